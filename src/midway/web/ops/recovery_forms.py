"""The form of a restore."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RestoreForm(forms.Form):
    """The name of the database, typed by whoever is sure."""

    database = forms.CharField(
        max_length=200,
        label=_("Name of the database"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
