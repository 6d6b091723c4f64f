"""The first prices of a branch that has none."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.actions import PricesKnown, begin_price_list
from midway.booking.queries import NoPrices
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def first_prices(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will publish another branch's figures, or figures to start from, as this branch's first prices."""
    like = Branch.objects.filter(code=request.POST.get("like", "")).exclude(pk=branch.pk).first()
    try:
        begin_price_list(branch=branch, like=like, by=hand_of(request), now=clock())
        messages.success(request, _("These are the first prices. Go through them before anybody books."))
    except (PricesKnown, NoPrices) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:prices")
