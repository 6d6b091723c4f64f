"""Who may sign in and as what: the owner invites, changes roles, takes access away."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from midway.accounts.access import Right, office
from midway.accounts.actions import (
    CannotMakeUser,
    LastOwner,
    NotYourself,
    change_role,
    deactivate_user,
    reactivate_user,
)
from midway.accounts.models import Role, User
from midway.config.invitations import invite_user, send_invitation
from midway.crew.actions import let_sign_in
from midway.crew.models import Cleaner
from midway.runtime.clock import now as clock
from midway.runtime.database import one_transaction
from midway.web.office.place import hand_of

ROLES = [
    (Role.DISPATCHER, gettext_lazy("Dispatcher: runs the day, people and customers")),
    (Role.SUPPORT, gettext_lazy("Support: answers the telephone, sees no door codes")),
    (Role.CLEANER, gettext_lazy("Cleaner: sees their own day")),
    (Role.OWNER, gettext_lazy("Owner: everything, prices and accounts too")),
]
SHORT_ROLES = {
    Role.OWNER: gettext_lazy("Owner"),
    Role.DISPATCHER: gettext_lazy("Dispatcher"),
    Role.SUPPORT: gettext_lazy("Support"),
    Role.CLEANER: gettext_lazy("Cleaner"),
}


class InviteForm(forms.Form):
    """Whom to let in, and as what."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=gettext_lazy("What they may do"), choices=ROLES)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[("en", "English"), ("es", "Español")])
    cleaner: "forms.ModelChoiceField[Cleaner]" = forms.ModelChoiceField(
        label=gettext_lazy("Whose day they see"),
        queryset=Cleaner.objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody’s"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        cleaner: Any = self.fields["cleaner"]
        cleaner.queryset = Cleaner.objects.employed().filter(user__isnull=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        """Will ask whose day a cleaner sees."""
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("role") == Role.CLEANER and not answers.get("cleaner"):
            self.add_error("cleaner", _("Choose who this is among the people who clean."))
        return answers


@office(Right.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """Everybody who may sign in besides customers; posted to, somebody is invited."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invited = _invite(request, form)
        except CannotMakeUser:
            form.add_error("email", _("This address can sign in already."))
        else:
            messages.success(request, _("%(name)s gets a letter with the link.") % {"name": invited.name})
            return redirect("office:accounts")
    secured = set(Authenticator.objects.exclude(type="recovery_codes").values_list("user_id", flat=True))
    listed = User.objects.exclude(role=Role.CUSTOMER).order_by("-is_active", "name")
    rows = [
        {
            "account": user,
            "role": SHORT_ROLES.get(Role(user.role), user.role),
            "has_second_factor": user.pk in secured,
            "has_password": user.has_usable_password(),
            "is_self": user.pk == request.user.pk,
        }
        for user in listed
    ]
    context = {"form": form, "rows": rows, "roles": ROLES}
    return render(request, "office/accounts.html", context, status=422 if form.errors else 200)


@one_transaction
def _invite(request: HttpRequest, form: InviteForm) -> User:
    said = form.cleaned_data
    who: dict[str, Any] = {"by": hand_of(request), "now": clock()}
    user = invite_user(email=said["email"], name=said["name"], role=said["role"], language=said["language"], **who)
    if said["role"] == Role.CLEANER:
        let_sign_in(cleaner=said["cleaner"], user=user, **who)
    return user


@office(Right.MANAGE_ACCOUNTS)
@require_POST
def account(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will change somebody's role, take their access away, give it back, or send the invitation again."""
    found = User.objects.exclude(role=Role.CUSTOMER).filter(code=code).first()
    if found is None:
        raise Http404
    who: dict[str, Any] = {"user": found, "by": hand_of(request), "now": clock()}
    deed, role = request.POST.get("deed", ""), request.POST.get("role", "")
    try:
        if deed == "deactivate":
            deactivate_user(**who)
        elif deed == "reactivate":
            reactivate_user(**who)
        elif deed == "invite":
            send_invitation(**who)
        elif role in SHORT_ROLES:
            change_role(role=role, **who)
        else:
            raise Http404
        messages.success(request, _("Kept."))
    except (LastOwner, NotYourself) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:accounts")
