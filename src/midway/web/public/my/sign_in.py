"""Signing in as a customer: by a link sent to the address, or with a password."""

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from midway.accounts.access import Right, anyone, has_right
from midway.crew.models import Branch
from midway.customers.sign_in import Company, LinkNotValid, ask_for_link, sign_in_by_link
from midway.runtime.clock import now


class AddressForm(forms.Form):
    """Where to send the link."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("The address you book with."),
        error_messages={
            "required": _("We need the address you book with."),
            "invalid": _("This does not look like an e-mail address; it should be like name@example.com."),
        },
    )


@anyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Asks for the address and sends a link to it; a stranger reads the same answer as a customer."""
    if has_right(request.user, Right.SEE_OWN_BOOKINGS):
        return redirect("public:my_home")
    if request.method != "POST":
        return render(request, "public/my/sign_in.html", {"form": AddressForm()})
    form = AddressForm(request.POST)
    if not form.is_valid():
        return render(request, "public/my/sign_in.html", {"form": form}, status=422)
    branch = Branch.objects.order_by("id").first()
    company = Company(branch.name, branch.phone) if branch else Company("Midway", "")
    ask_for_link(email=form.cleaned_data["email"], company=company, now=now())
    return render(request, "public/my/link_sent.html", {"email": form.cleaned_data["email"]})


@anyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """One button uses the link up: programs that look at mail open links, but press nothing."""
    if request.method != "POST":
        return _unreferred(render(request, "public/my/use_link.html"))
    try:
        user = sign_in_by_link(secret=secret, now=now())
    except LinkNotValid:
        return render(request, "public/my/link_not_valid.html", status=410)
    return _let_in(request, user)


def _let_in(request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
    # Allauth goes on to a second factor where the customer has set one up.
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url="/my/", email_verification="none"))
    return response


def _unreferred(response: HttpResponse) -> HttpResponse:
    # Not "no-referrer": a browser then sends the button's form with the origin "null", which is refused as forged.
    response["Referrer-Policy"] = "same-origin"
    return response
