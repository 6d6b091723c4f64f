"""How the customer wants to hear from us."""

from dataclasses import replace
from datetime import time

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from midway.accounts.access import customer
from midway.customers.actions import ContactPreferences, preferences_of, set_contact_preferences
from midway.customers.models import Customer
from midway.runtime.clock import now
from midway.web.design.words import time_in_words
from midway.web.public.my.who import customer_of, hand_of


class PreferencesForm(forms.Form):
    """The questions."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    channel = forms.ChoiceField(
        label=gettext_lazy("How we tell you"),
        choices=[
            (Customer.Channel.EMAIL, gettext_lazy("By e-mail")),
            (Customer.Channel.SMS, gettext_lazy("By text message")),
            (Customer.Channel.BOTH, gettext_lazy("By both")),
        ],
        help_text=gettext_lazy("What is too long for a text message goes by e-mail."),
    )
    quiet_starts = forms.TypedChoiceField(label=gettext_lazy("No text messages from"), coerce=time.fromisoformat)
    quiet_ends = forms.TypedChoiceField(label=gettext_lazy("until"), coerce=time.fromisoformat)
    has_reminders = forms.BooleanField(label=gettext_lazy("Remind me of visits"), required=False)
    is_asked_for_rating = forms.BooleanField(label=gettext_lazy("Ask me how it was"), required=False)

    def __init__(self, data: object = None, *, wanted: ContactPreferences) -> None:
        begun = {name: getattr(wanted, name) for name in self.base_fields}
        begun |= {name: begun[name].strftime("%H:%M") for name in ("quiet_starts", "quiet_ends")}
        super().__init__(data, initial=begun)  # type: ignore[arg-type] # what a request holds
        for name in ("quiet_starts", "quiet_ends"):
            hours = {time(hour) for hour in range(24)} | {getattr(wanted, name)}
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(f"{clock:%H:%M}", time_in_words(clock)) for clock in sorted(hours)]


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Shows what they want now, and keeps what they want from now on."""
    found = customer_of(request)
    wanted = preferences_of(found)
    form = PreferencesForm(request.POST if request.method == "POST" else None, wanted=wanted)
    if request.method == "POST" and form.is_valid():
        chosen = replace(wanted, **form.cleaned_data)
        set_contact_preferences(customer=found.code, preferences=chosen, by=hand_of(request), now=now())
        return _kept(request, chosen.language)
    context = {"customer": found, "form": form, "here": "preferences"}
    return render(request, "public/my/preferences.html", context, status=422 if form.is_bound else 200)


def _kept(request: HttpRequest, language: str) -> HttpResponse:
    """These pages speak the chosen language too."""
    with translation.override(language):
        messages.success(request, _("Kept. We write to you like this from now on."))
    response = redirect("public:my_preferences")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return response
