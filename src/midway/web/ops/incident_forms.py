"""The forms of incidents and of what was learned."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.accounts.models import User
from midway.core.triage import Impact, Severity
from midway.ops.incidents.words import IMPACTS, KINDS, SEVERITIES, STAGES


def office_people() -> list[User]:
    """Whoever can be given something to do."""
    return [user for user in User.objects.filter(is_active=True).order_by("name") if user.is_office]


class AssessForm(forms.Form):
    """How bad it is and whom it touches."""

    severity = forms.ChoiceField(choices=list(SEVERITIES.items()), label=_("How bad"))
    impact = forms.ChoiceField(choices=list(IMPACTS.items()), label=_("Whom it touches"))

    def assessment(self) -> tuple[Severity, Impact]:
        """Both."""
        return Severity(self.cleaned_data["severity"]), Impact(self.cleaned_data["impact"])


class OpenForm(AssessForm):
    """Something broke, and a person saw it first."""

    title = forms.CharField(max_length=200, label=_("What does not work"))
    says = forms.CharField(
        max_length=2000, required=False, label=_("What you saw"), widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ["title", "severity", "impact", "says"]


class NoteForm(forms.Form):
    """One line for the timeline."""

    text = forms.CharField(max_length=4000, label=_("What happens"), widget=forms.Textarea(attrs={"rows": 2}))


class OwnerForm(forms.Form):
    """Who has it."""

    owner = forms.TypedChoiceField(coerce=int, label=_("Hand it to"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["owner"].choices = [(user.pk, user.name) for user in office_people()]  # type: ignore[attr-defined]


class UpdateForm(forms.Form):
    """What the people affected are told."""

    stage = forms.ChoiceField(choices=list(STAGES.items()), label=_("How far we are"))
    text_en = forms.CharField(max_length=2000, label=_("In English"), widget=forms.Textarea(attrs={"rows": 3}))
    text_es = forms.CharField(max_length=2000, label=_("In Spanish"), widget=forms.Textarea(attrs={"rows": 3}))
    tells_touched = forms.BooleanField(required=False, label=_("Also write to the customers of the next 24 hours"))


class ConfirmForm(forms.Form):
    """How a person saw that it is mended."""

    how = forms.CharField(max_length=300, label=_("How you saw that it is mended"))


class LearnedForm(forms.Form):
    """What people write into the draft."""

    summary = forms.CharField(label=_("What happened"), widget=forms.Textarea(attrs={"rows": 6}))
    impact = forms.CharField(label=_("Whom it touched"), widget=forms.Textarea(attrs={"rows": 3}))
    root_cause = forms.CharField(required=False, label=_("The root cause"), widget=forms.Textarea(attrs={"rows": 4}))
    factors = forms.CharField(required=False, label=_("What contributed"), widget=forms.Textarea(attrs={"rows": 5}))
    went_well = forms.CharField(required=False, label=_("What went well"), widget=forms.Textarea(attrs={"rows": 3}))


class FollowUpForm(OwnerForm):
    """What is done about it."""

    kind = forms.ChoiceField(choices=list(KINDS.items()), label=_("What for"))
    says = forms.CharField(max_length=300, label=_("What is to be done"))
    due_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ["says", "kind", "owner", "due_on"]

    def __init__(self, data: Any = None, *, due_on: date | None = None) -> None:
        super().__init__(data)
        self.fields["owner"].label = _("By whom")
        self.initial["due_on"] = due_on


class ProofForm(forms.Form):
    """The check that would now ring."""

    proof = forms.CharField(max_length=300, required=False, label=_("The check that would now ring"))
