"""A new kind of cleaning to sell, and what an existing one is called."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.text import slugify

from midway.booking.actions.offer_service import service_subject
from midway.booking.models import Service
from midway.core.actor import Actor
from midway.core.codes import free_code
from midway.crew.models import Skill
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class ServiceKnown(Exception):
    """A service has this name already. Call this one something else."""


@dataclass(frozen=True)
class ServiceDetails:
    """How a service is called and described, in both languages, and what whoever does it must have learnt."""

    name: str
    kind: str = Service.Kind.REGULAR
    name_es: str = ""
    description: str = ""
    description_es: str = ""
    skill: Skill | None = None

    @property
    def facts(self) -> dict[str, str]:
        """The same, as the journal keeps it."""
        return {**asdict(self), "skill": self.skill.code if self.skill else ""}


USUAL = (
    ServiceDetails(
        "Regular clean", Service.Kind.REGULAR, "Limpieza regular",
        "Kitchen, bathrooms, dusting and floors, as often as you like.",
        "Cocina, baños, polvo y suelos, con la frecuencia que quiera.",
    ),
    ServiceDetails(
        "Deep clean", Service.Kind.DEEP, "Limpieza a fondo",
        "Everything of a regular clean and what is seldom reached.",
        "Todo lo de una limpieza regular y lo que pocas veces se alcanza.",
    ),
    ServiceDetails(
        "Moving in or out", Service.Kind.MOVE, "Mudanza",
        "An empty home from top to bottom, cupboards inside too.",
        "Una casa vacía de arriba abajo, también los armarios por dentro.",
    ),
)  # fmt: skip
"""What nearly every cleaning company sells: something to begin with."""


@one_transaction
def add_service(*, details: ServiceDetails, by: Actor, now: datetime) -> Service:
    """Will add a service. Customers see it when it has prices and was put on offer. Raises `ServiceKnown`."""
    _check_name(details.name)
    wanted = slugify(details.name)[:30] or "service"
    codes = Service.objects.filter(code__startswith=wanted).values_list("code", flat=True)
    last = Service.objects.aggregate(Max("position"))["position__max"]
    service = Service.objects.create(
        code=free_code(wanted, taken=set(codes)),
        position=0 if last is None else last + 1,
        is_offered=False,
        **_columns(details),
    )
    record(
        event="booking.service.added",
        subject=service_subject(service),
        by=by,
        at=now,
        facts={"service": service.name, **details.facts},
    )
    return service


@one_transaction
def change_service(*, service: Service, details: ServiceDetails, by: Actor, now: datetime) -> None:
    """Will call or describe a service otherwise; visits and prices stay as they are. Raises `ServiceKnown`."""
    _check_name(details.name, besides=service)
    columns = _columns(details)
    before = {name: getattr(service, name) for name in columns}
    if before == columns:
        return
    Service.objects.filter(pk=service.pk).update(**columns)
    facts = {"service": details.name, "before": service.name, **details.facts}
    record(event="booking.service.changed", subject=service_subject(service), by=by, at=now, facts=facts)


@one_transaction
def add_usual_services(*, by: Actor, now: datetime) -> list[Service]:
    """Will add what nearly every cleaning company sells, as far as it is not there yet."""
    known = {name.casefold() for name in Service.objects.values_list("name", flat=True)}
    return [add_service(details=details, by=by, now=now) for details in USUAL if details.name.casefold() not in known]


def _columns(details: ServiceDetails) -> dict[str, object]:
    return {
        "name": details.name,
        "kind": details.kind,
        "name_es": details.name_es,
        "description": details.description,
        "description_es": details.description_es,
        "skill": details.skill,
    }


def _check_name(name: str, *, besides: Service | None = None) -> None:
    same = Service.objects.filter(name__iexact=name)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if same.exists():
        raise ServiceKnown(ServiceKnown.__doc__)
