"""Bringing in a spreadsheet: hand it in, see what would happen, say yes."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, find, office
from midway.booking.actions import (
    ImportNotWaiting,
    ImportOrder,
    confirm_import,
    hand_in_sheet,
    leave_import,
    look_again,
)
from midway.booking.actions.import_runs import rows_done
from midway.booking.intake.dates import DateStyle
from midway.booking.intake.headings import FIELDS
from midway.booking.intake.judge import Options
from midway.booking.intake.limits import LARGEST_BYTES
from midway.booking.intake.report import empty_sheet
from midway.booking.models import ImportRun
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch

RIGHTS = (Right.CHANGE_CUSTOMERS, Right.CHANGE_VISITS, Right.SEE_ACCESS_NOTES)
SHOWN = 200
"""So many rows are listed on the page; the file of refused rows has them all."""

_STYLES = (
    ("", gettext_lazy("As the file tells")),
    (DateStyle.US.value, gettext_lazy("3/31/2026, the month first")),
    (DateStyle.EUROPEAN.value, gettext_lazy("31/3/2026, the day first")),
    (DateStyle.ISO.value, gettext_lazy("2026-03-31")),
)
_READ_AS = {**dict(_STYLES), DateStyle.MIXED.value: gettext_lazy("in both ways")}


class SheetForm(forms.Form):
    """A file to be looked through."""

    file = forms.FileField(
        label=gettext_lazy("Spreadsheet, saved as CSV"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    dates = forms.ChoiceField(label=gettext_lazy("How dates are written"), choices=_STYLES, required=False)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(size)d MB. Split it and import the parts.")
                % {"size": LARGEST_BYTES // 1024 // 1024}
            )
        return file


@office(*RIGHTS)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def sheets(request: HttpRequest, branch: Branch) -> HttpResponse:
    """The form to hand in a file, and the files before."""
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        dates = form.cleaned_data["dates"]
        file = form.cleaned_data["file"]
        order = ImportOrder(file.name, file.read(), branch, Options(dates=DateStyle(dates) if dates else None))
        run = hand_in_sheet(order=order, by=hand_of(request), now=clock())
        return redirect("office:sheet", run.code)
    before = ImportRun.objects.filter(branch=branch).order_by("-created_at")[:10]
    context = {"form": form, "before": before, "branch": branch, "zone": branch.zoneinfo}
    return render(request, "office/sheets.html", context, status=422 if form.errors else 200)


@office(*RIGHTS)
@require_safe
@vary_on_headers("HX-Request")
def sheet(request: HttpRequest, code: UUID) -> HttpResponse:
    """What loading a file would do, or did."""
    run = _run(request, code)
    done, of = rows_done(run.code)
    results = run.report.get("results", [])
    told = [result for result in results if result["outcome"] == "refused" or result["remarks"]]
    context = {
        "run": run,
        "report": run.report,
        "is_busy": run.state in {ImportRun.State.LOOKING, ImportRun.State.QUEUED},
        "done": done,
        "of": of,
        "told": told[:SHOWN],
        "left_out": max(0, len(told) - SHOWN),
        "columns": _columns(run),
        "fields": sorted(FIELDS),
        "styles": _STYLES,
        "dates": run.options.get("dates", ""),
        "read_as": _READ_AS.get(run.report.get("dates", ""), ""),
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "office/sheet_part.html" if is_part else "office/sheet.html", context)


@office(*RIGHTS)
@require_POST
def reading(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will have the file looked through again, with other answers to what its columns are."""
    run = _run(request, code)
    columns = [
        (column["heading"], chosen)
        for number, column in enumerate(run.report.get("columns", ()))
        if (chosen := request.POST.get(f"column-{number}", "")) in FIELDS or not chosen
        if chosen != (column["taken_as"] or "")
    ]
    kept = [pair for pair in Options.from_json(run.options).columns if pair[0] not in {h for h, _field in columns}]
    dates = request.POST.get("dates", "")
    options = Options(
        dates=DateStyle(dates) if dates in {style.value for style in DateStyle} else None, columns=[*kept, *columns]
    )
    return _do(request, code, lambda: look_again(run=code, options=options, by=hand_of(request), now=clock()))


@office(*RIGHTS)
@require_POST
def loading(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will load the file that was looked through."""
    return _do(request, code, lambda: confirm_import(run=code, by=hand_of(request), now=clock()))


@office(*RIGHTS)
@require_POST
def leaving(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will forget the file."""
    return _do(request, code, lambda: leave_import(run=code, by=hand_of(request), now=clock()))


@office(*RIGHTS)
@require_safe
def rejects(request: HttpRequest, code: UUID) -> HttpResponse:
    """The refused rows as a file, to be mended and handed in again."""
    run = _run(request, code)
    return _file(run.rejects_file(), f"{run.created_at:%Y-%m-%d}-refused.csv")


@office(*RIGHTS)
@require_safe
def empty(request: HttpRequest) -> HttpResponse:
    """A sheet with every heading, to be filled in."""
    return _file(empty_sheet(), "customers.csv")


def _do(request: HttpRequest, code: UUID, deed: Any) -> HttpResponse:
    try:
        deed()
    except ImportNotWaiting as refusal:
        messages.error(request, _(str(refusal)))
    return redirect("office:sheet", code)


def _run(request: HttpRequest, code: UUID) -> ImportRun:
    runs = ImportRun.objects.select_related("branch")
    return find(runs, user=request.user, right=Right.CHANGE_CUSTOMERS, code=code)


def _columns(run: ImportRun) -> list[dict[str, Any]]:
    return [{"number": number, **column} for number, column in enumerate(run.report.get("columns", ()))]


def _file(text: str, name: str) -> HttpResponse:
    # The mark tells spreadsheets that this is UTF-8.
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
