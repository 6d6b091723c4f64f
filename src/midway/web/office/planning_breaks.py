"""The breaks of a working day, as the office sets them: how long, when they may begin, whether the law asks for it."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

BREAKS_AT_MOST = 4


def _clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class BreakForm(forms.Form):
    """One break; without minutes there is none."""

    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=5, max_value=240, required=False)
    opens = forms.TimeField(label=gettext_lazy("Begins at the earliest"), required=False, widget=_clock())
    closes = forms.TimeField(label=gettext_lazy("Begins at the latest"), required=False, widget=_clock())
    is_law = forms.BooleanField(label=gettext_lazy("The law asks for it: no plan goes without"), required=False)

    def clean(self) -> dict[str, Any]:
        """A break says from when to when it may begin, in this order."""
        said: dict[str, Any] = super().clean() or {}
        if not said.get("minutes"):
            return said
        for name in ("opens", "closes"):
            if said.get(name) is None and name not in self.errors:
                self.add_error(name, _("Say a time, or leave the minutes empty if there is no such break."))
        if not self.errors and said["closes"] < said["opens"]:
            self.add_error("closes", _("This is before the earliest time."))
        return said


class _Breaks(forms.BaseFormSet):  # type: ignore[type-arg] # generic in the stubs alone
    def rules(self) -> list[dict[str, Any]]:
        """As `DispatchSetting.breaks` keeps them, in the order of the day."""
        said = [form.cleaned_data for form in self.forms if form.cleaned_data.get("minutes")]
        return [
            {
                "minutes": one["minutes"],
                "opens": f"{one['opens']:%H:%M}",
                "closes": f"{one['closes']:%H:%M}",
                "is_law": one["is_law"],
            }
            for one in sorted(said, key=lambda one: one["opens"])
        ]


BreakForms = forms.formset_factory(BreakForm, formset=_Breaks, extra=1, max_num=BREAKS_AT_MOST)


def break_forms(data: Any, rules: Sequence[dict[str, Any]]) -> _Breaks:
    """The breaks there are, and room for one more."""
    initial = [
        {**rule, "opens": time.fromisoformat(rule["opens"]), "closes": time.fromisoformat(rule["closes"])}
        for rule in rules
    ]
    forms_of_breaks = BreakForms(data, initial=initial, prefix="break")
    assert isinstance(forms_of_breaks, _Breaks)
    return forms_of_breaks
