"""Taking everything out: each table as CSV, or all of them in one ZIP."""

import tempfile

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Person, Right, has_right, office
from midway.booking.actions import note_export
from midway.booking.export_columns import ExportTable
from midway.booking.export_tables import TABLES
from midway.booking.exports import csv_lines, write_zip
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of

WORDS = {
    "customers": _("Customers"),
    "properties": _("Homes, with the way in"),
    "plans": _("Recurring plans"),
    "bookings": _("Agreements"),
    "visits": _("Visits"),
    "cleaners": _("Cleaners"),
    "shifts": _("Weekly hours"),
    "absences": _("Absences"),
    "prices": _("Price lists"),
    "messages": _("Messages sent"),
    "journal": _("Everything that happened"),
    "services": _("Services"),
    "plan_dates": _("Dates skipped and moved"),
    "times": _("When we came and went"),
    "ratings": _("Ratings"),
    "fees": _("Fees, charged and waived"),
    "policies": _("Rules for changes"),
    "credits": _("Gift cards and credit"),
    "coupons": _("Coupons"),
    "own_prices": _("Prices agreed with customers"),
    "referrals": _("Who brought whom"),
    "waiting": _("Waiting list"),
    "sheet": _("Customers and plans, to be brought in again"),
}


@office(Right.SEE_REPORTS)
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """What can be taken out by whoever asks."""
    tables = [(table, WORDS[table.name]) for table in _open_to(request.user)]
    return render(request, "office/exports.html", {"tables": tables})


@office(Right.SEE_REPORTS)
@require_POST
def take_out(request: HttpRequest, name: str) -> HttpResponse:
    """One table as CSV, sent as it is read; the journal keeps who took it."""
    table = TABLES.get(name)
    if table is None:
        raise Http404
    if table not in _open_to(request.user):
        raise PermissionDenied
    now = clock()
    note_export(tables=[name], by=hand_of(request), now=now)
    response = StreamingHttpResponse(
        (block.encode() for block in csv_lines(table, today=now.date())), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response  # type: ignore[return-value] # a streamed answer is guarded like any other


@office(Right.SEE_REPORTS)
@require_POST
def take_all(request: HttpRequest) -> HttpResponse:
    """Every table that is open to whoever asks, of one moment, in one ZIP."""
    now, tables = clock(), _open_to(request.user)
    note_export(tables=[table.name for table in tables], by=hand_of(request), now=now)
    # On the disk, not in memory: a year of visits is large.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write_zip(file, tables, today=now.date())
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"midway-{now:%Y-%m-%d}.zip")  # type: ignore[return-value]


def _open_to(user: Person) -> list[ExportTable]:
    return [table for table in TABLES.values() if has_right(user, Right(table.right))]
