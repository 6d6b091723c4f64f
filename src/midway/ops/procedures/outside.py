"""What others grant us and may take away: the name we are reached by, and how much we may send."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from midway.ops.http import HttpAnswer, fetch
from midway.ops.look import Look
from midway.ops.needs import setting
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.stage.peers import Answer, Reply

MOST_REDIRECTS = 4
GOING = ("redemption period", "pending delete", "client hold", "server hold")
QUOTAS = setting("quotas", "MIDWAY_QUOTAS", "no quota was declared")


def _registry(*, days: float = 200, statuses: Sequence[str] = ("active",), is_down: bool = False) -> Reply:
    """As registries speak (RDAP): they know the domain and nothing below it, and send on whom they do not serve."""

    def reply(method: str, path: str, body: bytes) -> Answer:
        if is_down:
            return Answer(503)
        if path == "/domain/midway.example":
            return Answer(302, headers={"Location": "/registry/domain/midway.example"})
        if path != "/registry/domain/midway.example":
            return Answer(404, b'{"errorCode":404}')
        end = datetime.now(tz=UTC) + timedelta(days=days)
        said = {
            "objectClassName": "domain",
            "ldhName": "midway.example",
            "status": list(statuses),
            "events": [
                {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
                {"eventAction": "expiration", "eventDate": f"{end:%Y-%m-%dT%H:%M:%SZ}"},
            ],
        }
        return Answer(200, json.dumps(said).encode(), {"Content-Type": "application/rdap+json"})

    return reply


@contextmanager
def registered(stage: Stage) -> Iterator[None]:
    """The scene: our name has 200 days left."""
    with stage.peer(_registry()) as peer:
        stage.parts["registry"] = peer
        with stage.changed(rdap_url=peer.url, outside_url="https://clean.midway.example"):
            yield


def _says(**facts: object) -> Break:
    return lambda stage: stage.parts["registry"].replying(_registry(**facts))  # type: ignore[arg-type]


@procedure(
    id="limits.domains",
    title="The name we are reached by stays ours",
    cadence=Cadence.WEEKLY,
    document_lines=(56,),
    severity=Status.CRIT,
    scene=registered,
    time_limit_seconds=60,
    limits=(
        Limit("left", "days until it ends", "days", 30, 14, "registries: a month's notice, and a week to pay",
              low_is_bad=True),
    ),
    faults=(
        Fault("ending", "three weeks are left", _says(days=21), Status.WARN, names="midway.example"),
        Fault("last-days", "one week is left", _says(days=7), Status.CRIT, names="midway.example"),
        Fault("taken", "the registry is about to give it to others", _says(
            statuses=("pending delete",)), Status.CRIT, names="pending delete"),
        Fault("silent", "the registry does not answer", _says(is_down=True), Status.UNKNOWN, names="503"),
    ),
    manual=Manual(
        why="Without the name nobody finds the pages, no mail arrives, and no certificate is renewed.",
        read="Days until the registry's own date, which it tells by RDAP, for the domain of MIDWAY_PUBLIC_URL.",
        mend="Pay at the registrar, switch on renewal by itself, and see that the card there is valid.",
        not_the_obvious="Reminders of registrars go to whoever founded the company; whois is written for people, and"
        " another in each country.",
    ),
)  # fmt: skip
def domains(look: Look) -> None:
    """The registry knows the domain, which may lie some levels above the name."""
    host = urlsplit(look.around.outside_url).hostname or ""
    if not _is_registered_kind(host):
        look.skip("Midway is not reached by a name of the internet here.")
    labels = host.split(".")
    for level in range(len(labels) - 1):
        name = ".".join(labels[level:])
        answer = _followed(f"{look.around.rdap_url}/domain/{name}")
        if answer.status == 404:
            continue
        said = answer.json()
        if answer.status != 200 or not isinstance(said, dict):
            problem = answer.problem or f"it answers {answer.status}"
            look.cannot(
                f"The registry cannot be asked for {name}: {problem}.", "Is the network open to MIDWAY_RDAP_URL?"
            )
        _judge(look, name, said)
        return
    look.cannot(f"No registry tells of {host}.", "Not every country's does: watch the date at the registrar.")


def _judge(look: Look, name: str, said: dict[str, object]) -> None:
    look.count(1)
    statuses, events = said.get("status") or [], said.get("events") or []
    assert isinstance(statuses, list)
    assert isinstance(events, list)
    look.note(domain=name, statuses=statuses, events=events)
    for status in (one for one in statuses if one in GOING):
        look.alarm(Status.CRIT, f"The registry says of {name}: {status}.", subject=name)
    ends = [one["eventDate"] for one in events if one.get("eventAction") == "expiration"]
    if not ends:
        look.alarm(Status.UNKNOWN, f"The registry does not say when {name} ends.", subject=name)
        return
    end = datetime.fromisoformat(ends[0])
    days = (end - look.now) / timedelta(days=1)
    look.found("left", days, f"{name} ends on {end:%Y-%m-%d}, {days:.0f} days from now.", subject=name)


def _is_registered_kind(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost", ".test"))
    return False


def _followed(url: str) -> HttpAnswer:
    """What is answered in the end: whoever is asked first sends on to the registry itself."""
    answer = fetch(url, headers={"Accept": "application/rdap+json"})
    for _ in range(MOST_REDIRECTS):
        places = answer.all("Location") if answer.status in {301, 302, 303, 307, 308} else []
        url = urljoin(url, places[0]) if places else ""
        if not url.startswith(("http://", "https://")):
            break
        answer = fetch(url, headers={"Accept": "application/rdap+json"})
    return answer


@contextmanager
def _sent(stage: Stage, count: int = 10) -> Iterator[None]:
    """So many text messages were sent within the month, of a hundred that may be."""
    from uuid import uuid4

    from midway.messaging.models import OutboxMessage

    at = stage.clock() - timedelta(days=2)
    made = OutboxMessage.objects.bulk_create(
        OutboxMessage(
            key=f"drill-quota-{uuid4()}", channel="sms", template="drill", to="drill@example.com",
            subject_code=uuid4(), state="sent", next_try_at=at, created_at=at, sent_at=at,
        )
        for _ in range(count)
    )  # fmt: skip
    try:
        with stage.changed(**{**stage.changes, "quotas": {"sms": 100 + _before(stage)}}):
            yield
    finally:
        OutboxMessage.objects.filter(pk__in=[one.pk for one in made]).delete()


def _before(stage: Stage) -> int:
    """What else was sent on this stage."""
    from midway.messaging.models import OutboxMessage

    since = stage.clock() - timedelta(days=30)
    return OutboxMessage.objects.filter(channel="sms", sent_at__gte=since).exclude(template="drill").count()


def _sends(count: int) -> Break:
    return lambda stage: _sent(stage, count)


@procedure(
    id="limits.quotas",
    title="What may be sent in a month is enough",
    cadence=Cadence.DAILY,
    document_lines=(56,),
    needs=(QUOTAS,),
    depends_on=("postgres.writes",),
    scene=_sent,
    limits=(Limit("used", "of what may be sent in thirty days", "%", 80, 95, "Midway: a week's and a day's notice"),),
    faults=(
        Fault("close", "85 of a hundred text messages are sent", _sends(75), Status.WARN, names="sms"),
        Fault("over", "nearly all are", _sends(88), Status.CRIT, names="sms"),
    ),
    manual=Manual(
        why="After the last one a provider takes no more: reminders and sign-in links stop without an error of ours.",
        read="What was sent in the last thirty days, by channel, against what MIDWAY_QUOTAS says the contract allows.",
        mend="Book more at the provider, and write the new number into MIDWAY_QUOTAS. The office's page of messages"
        " says which kinds are sent most.",
        not_the_obvious="The provider's own warning is a mail, and comes when mail is what has run out.",
    ),
)
def quotas(look: Look) -> None:
    """From the outbox, which knows every message."""
    rows = look.ask(
        "SELECT channel, count(*) FROM messaging_outboxmessage WHERE sent_at > %(now)s - interval '30 days'"
        " GROUP BY channel"
    )
    sent = dict(rows)
    for channel, most in sorted(look.around.quotas.items()):
        look.count(1)
        used = int(sent.get(channel, 0))
        says = f"{used} of {most} ({channel}) were sent in thirty days."
        look.found("used", 100 * used / most, says, subject=channel)
