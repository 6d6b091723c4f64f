"""The words of one kind of message, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.messaging.actions import UnknownPlaceholder
from midway.messaging.actions.change_text import check_placeholders
from midway.messaging.catalogue import Kind
from midway.messaging.texts import Words


class TextForm(forms.Form):
    """A subject, where the message has one, and what it says. Unknown placeholders are refused beside their field."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    body = forms.CharField(label=gettext_lazy("Text"), max_length=10_000, strip=False, widget=forms.Textarea)

    def __init__(self, data: Any = None, *, kind: Kind, channel: str, begun: Words | None = None) -> None:
        super().__init__(data, initial={"subject": begun.subject, "body": begun.body} if begun else None)
        self._kind = kind
        self.fields["body"].widget.attrs["rows"] = 5 if channel == "sms" else 18
        if channel == "sms":
            del self.fields["subject"]

    def clean_subject(self) -> str:
        """Will refuse a placeholder this message does not know."""
        return self._checked("subject")

    def clean_body(self) -> str:
        """Will refuse nothing but blanks, and a placeholder this message does not know."""
        if not self.cleaned_data["body"].strip():
            raise forms.ValidationError(self.fields["body"].error_messages["required"], code="required")
        return self._checked("body")

    def words(self) -> Words:
        """What was written."""
        return Words(subject=self.cleaned_data.get("subject", ""), body=self.cleaned_data["body"])

    def _checked(self, field: str) -> str:
        said: str = self.cleaned_data[field]
        try:
            check_placeholders(self._kind, said)
        except UnknownPlaceholder as problem:
            words = {"unknown": ", ".join(problem.unknown), "known": ", ".join(problem.known)}
            text = _("This message does not know: %(unknown)s. It knows: %(known)s.")
            raise forms.ValidationError(text % words) from problem
        return said
