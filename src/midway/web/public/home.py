"""Step one, "your home": what to clean, how often and where, with the price as it is chosen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from midway.accounts.access import anyone
from midway.booking.actions.quote_home import quote_home
from midway.booking.queries import NoPrices, NotServed, UnknownService, find_offer
from midway.core.pricing import PriceError
from midway.runtime.clock import now
from midway.web.public import words
from midway.web.public.catalogue import Catalogue, PricePanel, catalogue_for
from midway.web.public.forms import DEFAULT_HOME, HomeForm
from midway.web.public.summary import policy_sentence


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
        answer = _quote(form, catalogue)
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
        data = {**given.dict(), "extras": given.getlist("extras")}
    else:
        choices = catalogue.service_choices
        first = choices[0].value if choices else ""
        data = {**DEFAULT_HOME, **given.dict(), "service": first, "extras": []}
    extras = [extra.code for extra in catalogue.rates.extras]
    return HomeForm(data, extras=extras, is_complete=request.method == "POST")


def home_context(request: HttpRequest, form: HomeForm, catalogue: Catalogue) -> dict[str, object]:
    """Everything the first page and its price fragment show."""
    chosen = form.home()
    wrong = [str(text) for name in ("bedrooms", "bathrooms") for text in form.errors.get(name, ())]
    panel = PricePanel(problem=wrong[0]) if wrong else catalogue.panel(chosen)
    return {
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


def _quote(form: HomeForm, catalogue: Catalogue) -> HttpResponse | None:
    postcode = form.cleaned_data["postcode"]
    try:
        offer = find_offer(service=form.cleaned_data["service"], postcode=postcode)
        quote = quote_home(offer=offer, home=form.home(), postcode=postcode, now=now())
    except NotServed:
        form.add_error("postcode", str(words.PRICE_PROBLEMS["postcode"]))
    except UnknownService:
        form.add_error("service", _("Choose a service."))
    except PriceError as problem:
        form.add_error(
            problem.field if problem.field in form.fields else None,
            str(words.PRICE_PROBLEMS.get(problem.field, str(problem))),
        )
    else:
        return redirect("public:when", code=quote.code)
    return None
