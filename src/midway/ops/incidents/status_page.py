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

from midway.crew.models import Branch
from midway.ops.models import Incident, StatusUpdate
from midway.ops.oncall.roster import company_zone_name

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
    zone = ZoneInfo(company_zone_name())
    company = Branch.objects.order_by("id").values_list("name", flat=True).first() or "Midway"
    written = _write(where, company, zone, lambda language: troubles(language=language, zone=zone, now=now), now=now)
    _put(where / KNOWN, json.dumps({"company": company, "zone": zone.key}))
    return written


def write_status_away(*, now: datetime, folder: Path | None = None) -> list[Path]:
    """Will say that nothing can be booked just now, from what was known before the database went."""
    where = folder or status_folder()
    try:
        known = json.loads((where / KNOWN).read_text())
        company, zone = str(known["company"]), ZoneInfo(known["zone"])
    except (OSError, ValueError, KeyError):
        company, zone = "Midway", ZoneInfo("UTC")

    def away(language: str) -> list[Trouble]:
        from midway.ops.incidents.words import STAGES

        words = _("Nothing can be booked or changed just now. Somebody was called and looks into it.")
        told = Told(_spoken(now, zone, language), str(STAGES[StatusUpdate.Stage.LOOKING]), words)
        return [Trouble([told], is_over=False)]

    return _write(where, company, zone, away, now=now)


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
    """What is told of now and was in the last month, the latest first. A closed incident is over."""
    updates = StatusUpdate.objects.filter(is_public=True, at__gt=now - PAST).select_related("incident")
    found: dict[int, list[StatusUpdate]] = {}
    for one in updates.order_by("-at", "-id"):
        found.setdefault(one.incident_id, []).append(one)
    return [
        Trouble(
            updates=[_told(one, language, zone) for one in of_one],
            is_over=of_one[0].stage == StatusUpdate.Stage.OVER or not of_one[0].incident.is_open,
        )
        for of_one in found.values()
    ]


def _told(update: StatusUpdate, language: str, zone: ZoneInfo) -> Told:
    from midway.ops.incidents.words import STAGES

    text = update.text_es if language == "es" else update.text_en
    return Told(_spoken(update.at, zone, language), str(STAGES[update.stage]), text)


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
