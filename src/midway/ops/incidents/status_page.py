"""The public status page: files that Nginx serves also when Midway is down, written whole or not at all."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from midway.core.triage import Impact, Severity
from midway.crew.models import Branch
from midway.ops.models import Incident, StatusUpdate
from midway.ops.oncall.roster import company_zone

FOLDER = "status"
PAST = timedelta(days=30)
LANGUAGES = {"en": "index.html", "es": "index.es.html"}
KNOWN = "company.json"
"""What the page needs of the database, for when that is away."""
STYLE = Path(__file__).with_name("status.css")


@dataclass(frozen=True)
class Told:
    """One update in the page's language."""

    at: str
    stage: str
    text: str


@dataclass(frozen=True)
class Trouble:
    """One incident as the public reads it: only what was written for them."""

    updates: list[Told]
    is_over: bool


def status_folder() -> Path:
    """Where the page lies."""
    return settings.ENVIRONMENT.data / FOLDER


def write_status(*, now: datetime, folder: Path | None = None) -> list[Path]:
    """Will write the page in every language, and its style beside it."""
    where = folder or status_folder()
    zone = company_zone()
    company = Branch.objects.order_by("id").values_list("name", flat=True).first() or "Midway"
    written = _write(where, company, zone, lambda language: troubles(language=language, zone=zone, now=now), now=now)
    _put(where / KNOWN, json.dumps({"company": company, "zone": zone.key}))
    return written


def write_status_away(*, now: datetime, folder: Path | None = None) -> list[Path]:
    """Will say that nothing can be booked just now, from what was known before the database went."""
    where = folder or status_folder()
    company, zone = known_company(where)

    def away(language: str) -> list[Trouble]:
        words = _("Nothing can be booked or changed just now. Somebody was called and looks into it.")
        told = Told(_spoken(now, zone, language), _stage(StatusUpdate.Stage.LOOKING), words)
        return [Trouble([told], is_over=False)]

    return _write(where, company, zone, away, now=now)


def known_company(folder: Path) -> tuple[str, ZoneInfo]:
    """The company's name and time as they were when the page was written last."""
    try:
        known = json.loads((folder / KNOWN).read_text())
        return str(known["company"]), ZoneInfo(known["zone"])
    except (OSError, ValueError, KeyError):
        return "Midway", ZoneInfo("UTC")


def _write(
    where: Path, company: str, zone: ZoneInfo, of: Callable[[str], list[Trouble]], *, now: datetime
) -> list[Path]:
    where.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # another account's, which has seen to it
        where.chmod(where.stat().st_mode | 0o755)  # whoever serves it need not be us
    _put(where / "status.css", STYLE.read_text())
    written = []
    for language, name in LANGUAGES.items():
        with override(language):
            facts = {
                "language": language,
                "company": company,
                "troubles": of(language),
                "written_at": _spoken(now, zone, language),
            }
            _put(where / name, render_to_string("ops_status/page.html", facts))
        written.append(where / name)
    return written


def troubles(*, language: str, zone: ZoneInfo, now: datetime) -> list[Trouble]:
    """What is told of now, then what was in the last month, the latest first. A closed incident is over."""
    updates = StatusUpdate.objects.filter(is_public=True, at__gt=now - PAST).select_related("incident")
    found: dict[int, list[StatusUpdate]] = {}
    for one in updates.order_by("-at", "-id"):
        found.setdefault(one.incident_id, []).append(one)
    told = [_trouble(of_one, language, zone) for of_one in found.values()]
    return sorted([*_untold(language, zone), *told], key=lambda trouble: trouble.is_over)


def _trouble(updates: list[StatusUpdate], language: str, zone: ZoneInfo) -> Trouble:
    """An incident as it was told of, the latest first. Closed, it ends so, whatever was told last."""
    latest, told = updates[0], [_told(one, language, zone) for one in updates]
    is_over = latest.stage == StatusUpdate.Stage.OVER
    closed_at = latest.incident.closed_at
    if closed_at is not None and not is_over:
        told.insert(0, Told(_spoken(closed_at, zone, language), _stage(StatusUpdate.Stage.OVER), ""))
    return Trouble(told, is_over or closed_at is not None)


def _untold(language: str, zone: ZoneInfo) -> list[Trouble]:
    """What stopped for everybody and nobody has told of yet. That it is so is said, what it is is not."""
    found = Incident.objects.filter(
        closed_at=None, verified_at=None, severity=Severity.STOPPED, impact=Impact.EVERYBODY, updates=None
    ).order_by("-opened_at")
    words = _("Something may not work just now. Somebody was called and looks into it.")
    return [
        Trouble(
            [Told(_spoken(one.opened_at, zone, language), _stage(StatusUpdate.Stage.LOOKING), words)], is_over=False
        )
        for one in found[:1]
    ]


def _told(update: StatusUpdate, language: str, zone: ZoneInfo) -> Told:
    text = update.text_es if language == "es" else update.text_en
    return Told(_spoken(update.at, zone, language), _stage(update.stage), text)


def _stage(stage: str) -> str:
    from midway.ops.incidents.words import STAGES

    return str(STAGES[stage])


def _spoken(at: datetime, zone: ZoneInfo, language: str) -> str:
    return format_datetime(at.astimezone(zone), "d MMMM, H:mm", locale=language)


def _put(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)  # left by a process that was killed, perhaps under another account
    beside.write_text(text)
    beside.chmod(0o644)
    beside.replace(path)


def is_public(incident: Incident) -> bool:
    """Whether the public was told of it."""
    return incident.updates.filter(is_public=True).exists()
