"""The demo company's standing rows: branch, offer, prices, office, crew and customers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from allauth.account.models import EmailAddress

from midway.accounts.models import User
from midway.booking.models import Policy, PriceList, Service
from midway.booking.policies import terms_to_json
from midway.booking.rates import rates_to_json
from midway.core.actor import Actor, ActorKind
from midway.core.timespan import local_midnight
from midway.crew.models import Area, Branch, Cleaner, Holiday, Shift, ShiftException, Skill, Team
from midway.customers.encryption import EncryptedTextField
from midway.customers.models import Customer, Property
from midway.demo import city
from midway.demo.clients import Client
from midway.demo.crew import Squad, Worker
from midway.demo.names import phone_number
from midway.demo.offer import DEMO_TERMS, FIRST_RATES, OFFERS, SECOND_RATES, SKILLS
from midway.demo.quarters import PAD, random_code
from midway.demo.sheets import Sheet
from midway.demo.sign_ins import DEMO_SIGN_INS, stored_password

_OFFICE_NAMES = {"owner": "Olivia Grant", "dispatcher": "Dana Whitfield"}


@dataclass(frozen=True)
class Period:
    """The days the demo company's diary covers, both ends included, around today."""

    first: date
    today: date
    last: date


@dataclass(frozen=True)
class Premises:
    """The standing rows other rows refer to."""

    branch: Branch
    services: Mapping[str, int]
    price_lists: Mapping[int, int]
    users: Mapping[str, User]

    @property
    def office(self) -> Actor:
        """The dispatcher as an actor."""
        user = self.users["dispatcher"]
        return Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)


def open_branch(
    rng: Random, *, period: Period, holidays: Mapping[date, str], second_from: date, names: Mapping[str, str]
) -> Premises:
    """Will write the branch with its area, holidays, services, prices and sign-ins (`names` by role)."""
    branch = Branch.objects.create(
        code="baltimore",
        name=f"Midway {city.NAME}",
        zone=city.ZONE,
        currency=FIRST_RATES.currency,
        phone=phone_number(0),
        email="office@example.com",
        latitude=city.OFFICE[0],
        longitude=city.OFFICE[1],
        pad_minutes=PAD * 15,
    )
    opened_at = local_midnight(period.first - timedelta(days=760), branch.zoneinfo)
    Area.objects.bulk_create(
        Area(branch=branch, name=p.name, postcode=p.postcode, latitude=p.latitude, longitude=p.longitude)
        for p in city.served_postcodes()
    )
    Holiday.objects.bulk_create(Holiday(branch=branch, on=day, name=name) for day, name in holidays.items())
    services = _write_services()
    versions = ((1, opened_at.date(), FIRST_RATES, opened_at), (2, second_from, SECOND_RATES, None))
    price_lists = {
        version: PriceList.objects.create(
            branch=branch,
            version=version,
            effective_on=effective_on,
            rates=rates_to_json(rates),
            created_at=created_at or local_midnight(effective_on - timedelta(days=21), branch.zoneinfo),
        ).pk
        for version, effective_on, rates, created_at in versions
    }
    Policy.objects.create(
        branch=branch,
        version=1,
        effective_on=opened_at.date(),
        terms=terms_to_json(DEMO_TERMS),
        created_at=opened_at,
        by_label=_OFFICE_NAMES["owner"],
    )
    users = _write_users(rng, names={**_OFFICE_NAMES, **names}, at=opened_at)
    return Premises(branch, services, price_lists, users)


def _write_services() -> dict[str, int]:
    skills = {code: Skill.objects.create(code=code, name=name) for code, name in SKILLS.items()}
    return {
        offer.code: Service.objects.create(
            code=offer.code,
            kind=offer.kind,
            name=offer.name,
            name_es=offer.name_es,
            description=offer.description,
            description_es=offer.description_es,
            skill=skills[offer.skill] if offer.skill else None,
            position=position,
        ).pk
        for position, offer in enumerate(OFFERS)
    }


def _write_users(rng: Random, *, names: Mapping[str, str], at: datetime) -> dict[str, User]:
    password = stored_password()
    users = {
        sign_in.role: User.objects.create(
            code=random_code(rng),
            email=sign_in.email,
            name=names[sign_in.role],
            role=sign_in.role,
            password=password,
            created_at=at,
        )
        for sign_in in DEMO_SIGN_INS
    }
    for user in users.values():
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return users


def write_crew(squads: Sequence[Squad], premises: Premises) -> dict[int, int]:
    """Will write cleaners with their teams, skills and hours; gives their ids by number."""
    branch, user = premises.branch, premises.users["cleaner"]
    workers = sorted((worker for squad in squads for worker in squad.members), key=lambda worker: worker.index)
    rows = Cleaner.objects.bulk_create(
        _cleaner(worker, branch, user if worker.index == 0 else None) for worker in workers
    )
    ids = {worker.index: row.pk for worker, row in zip(workers, rows, strict=True)}
    skills = {skill.code: skill.pk for skill in Skill.objects.all()}
    Cleaner.skills.through.objects.bulk_create(
        Cleaner.skills.through(cleaner_id=ids[worker.index], skill_id=skills[code])
        for worker in workers
        for code in SKILLS
        if code in worker.skills
    )
    Shift.objects.bulk_create(shift for worker in workers for shift in _shifts(worker, ids[worker.index]))
    ShiftException.objects.bulk_create(
        ShiftException(cleaner_id=ids[worker.index], on=day, start=time(start), end=time(end), reason=reason)
        for worker in workers
        for day, (start, end, reason) in sorted(worker.changed_days.items())
    )
    teams = Team.objects.bulk_create(Team(branch=branch, name=squad.name) for squad in squads)
    Team.members.through.objects.bulk_create(
        Team.members.through(team_id=team.pk, cleaner_id=ids[worker.index])
        for team, squad in zip(teams, squads, strict=True)
        for worker in squad.members
    )
    return ids


def _cleaner(worker: Worker, branch: Branch, user: User | None) -> Cleaner:
    return Cleaner(
        code=worker.code,
        branch=branch,
        user=user,
        name=worker.name,
        phone=worker.phone,
        language=worker.language,
        home_latitude=round(worker.home[0], 5),
        home_longitude=round(worker.home[1], 5),
        employed_from=worker.employed_from,
    )


def _shifts(worker: Worker, cleaner_id: int) -> Iterable[Shift]:
    for hours in worker.hours:
        for weekday in sorted(hours.weekdays):
            yield Shift(
                cleaner_id=cleaner_id,
                weekday=weekday,
                start=time(hours.start),
                end=time(hours.end),
                valid_from=hours.first,
                valid_to=hours.last,
            )


def write_customers(clients: Sequence[Client], premises: Premises) -> None:
    """Will write customers and their homes by COPY; access notes are encrypted like any other."""
    people = Sheet(Customer, ("id", "code", "user_id", "name", "email", "phone", "language", "created_at"))
    homes = Sheet(
        Property,
        (
            "id", "code", "customer_id", "line1", "line2", "city", "postcode", "latitude", "longitude", "bedrooms",
            "bathrooms", "square_feet", "access_notes", "created_at",
        ),
    )  # fmt: skip
    encrypted = EncryptedTextField().get_prep_value
    zone = premises.branch.zoneinfo
    for number, client in enumerate(clients):
        at = local_midnight(client.joined_on, zone) + timedelta(hours=8)
        user_id = premises.users["customer"].pk if number == 0 else None
        people.add(client.id, str(client.code), user_id, client.name, client.email, client.phone, client.language, at)
        homes.add(
            client.id, str(client.premises_code), client.id, client.line1, client.line2, city.NAME,
            client.place.postcode, client.latitude, client.longitude, client.bedrooms, client.bathrooms,
            client.square_feet, encrypted(client.access), at,
        )  # fmt: skip
    for sheet in (people, homes):
        sheet.next_id = len(clients) + 1
        sheet.close()
