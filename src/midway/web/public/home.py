"""Step one, "your home": what to clean, how often and where, with the price as it is chosen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from midway.accounts.access import anyone
from midway.booking.actions.quote_home import quote_home
from midway.booking.codes import CODE_FIELDS, referral_terms
from midway.booking.queries import NoPrices, NotServed, UnknownService, find_offer
from midway.core.pricing import PriceError
from midway.runtime.clock import now
from midway.web.design.words import length_in_words
from midway.web.public import words
from midway.web.public.asking import Asked, asked_with, wishes_of
from midway.web.public.catalogue import Catalogue, PricePanel, catalogue_for
from midway.web.public.forms import DEFAULT_HOME, HomeForm
from midway.web.public.summary import policy_sentence

COUNTED = ("bedrooms", "bathrooms", "half_baths", "people", "minutes")
LENGTHS = range(60, 8 * 60 + 1, 30)


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The first page; with HX-Request only the price, and the sizes when another service was chosen."""
    given = request.POST if request.method == "POST" else request.GET
    try:
        catalogue = catalogue_for(given.get("postcode", ""), now=now())
    except (NotServed, NoPrices):
        return render(request, "public/not_open.html", status=503)
    form = read_home(request, catalogue)
    if request.method == "POST" and form.is_valid():
        answer = _quote(request, form, catalogue)
        if answer is not None:
            return answer
    is_fragment = request.headers.get("HX-Request") == "true" and request.method == "GET"
    response = render(
        request,
        "public/price_fragment.html" if is_fragment else "public/home.html",
        home_context(request, form, catalogue),
        status=422 if request.method == "POST" else 200,
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def read_home(request: HttpRequest, catalogue: Catalogue) -> HomeForm:
    """Will read what was chosen; on a first visit, what most people choose."""
    given = request.POST if request.method == "POST" else request.GET
    if "service" in given:
        data: dict[str, Any] = {"half_baths": "0", **given.dict(), "extras": given.getlist("extras")}
    else:
        choices = catalogue.service_choices
        first = choices[0].value if choices else ""
        data = {**DEFAULT_HOME, **given.dict(), "service": first, "extras": []}
    if catalogue.is_hourly(data["service"]) and not data.get("people"):
        data["people"] = catalogue.rates.services[data["service"]].team_size
    extras = [extra.code for extra in catalogue.rates.extras]
    return HomeForm(data, extras=extras, is_complete=request.method == "POST")


def home_context(request: HttpRequest, form: HomeForm, catalogue: Catalogue) -> dict[str, object]:
    """Everything the first page and its price fragment show."""
    chosen = catalogue.fitting(form.home())
    wrong = [str(text) for name in COUNTED for text in form.errors.get(name, ())]
    asked = asked_with(request, form, catalogue)
    panel = PricePanel(problem=wrong[0]) if wrong else _panel(form, catalogue, asked)
    return {
        "asks_half_baths": catalogue.asks_half_baths,
        "is_hourly": catalogue.is_hourly(chosen.service),
        "lengths": [(minutes, length_in_words(minutes)) for minutes in LENGTHS],
        "has_codes": any(form[name].value() or form[name].errors for name in CODE_FIELDS),
        "asks_friend": referral_terms(catalogue.branch) is not None,
        "earns": asked.earns,
        "code_problems": [form.errors[name][0] for name in CODE_FIELDS if form.errors.get(name)],
        "form": form,
        "chosen": chosen,
        "panel": panel,
        "services": catalogue.service_choices,
        "sizes": catalogue.size_choices(chosen.service),
        "chosen_size": "" if chosen.square_feet is None else str(chosen.square_feet),
        "extras": catalogue.extra_choices,
        "frequencies": catalogue.frequency_choices,
        "branch": catalogue.branch,
        "service_title": next((c.title for c in catalogue.service_choices if c.value == chosen.service), ""),
        "policy": policy_sentence(catalogue.branch),
        "postcode_problem": "" if catalogue.is_served else words.PRICE_PROBLEMS["postcode"],
        "is_other_service": request.headers.get("HX-Trigger-Name") == "service",
    }


def _panel(form: HomeForm, catalogue: Catalogue, asked: Asked) -> PricePanel:
    return catalogue.panel(form.home(), asked.circumstances, card_cents=asked.card_cents)


def _quote(request: HttpRequest, form: HomeForm, catalogue: Catalogue) -> HttpResponse | None:
    postcode = form.cleaned_data["postcode"]
    try:
        offer = find_offer(service=form.cleaned_data["service"], postcode=postcode)
        home = catalogue.fitting(form.home())
        quote = quote_home(offer=offer, home=home, postcode=postcode, wishes=wishes_of(request, form), now=now())
    except NotServed:
        form.add_error("postcode", str(words.PRICE_PROBLEMS["postcode"]))
    except UnknownService:
        form.add_error("service", _("Choose a service."))
    except PriceError as problem:
        form.add_error(
            problem.field if problem.field in form.fields else None,
            words.price_problem(problem),
        )
    else:
        return redirect("public:when", code=quote.code)
    return None
