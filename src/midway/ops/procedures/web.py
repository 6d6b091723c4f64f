"""How pages and the API answer: times by route, errors, the promise over four weeks, and who knocks."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from midway.ops.access_log import Survey
from midway.ops.access_survey import survey_of
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.trend import at_least

DAY, MONTH = timedelta(days=1), timedelta(days=31)
EPOCH = date(1970, 1, 1)
SLOW_SECONDS = 1.0
ROUTES = ("/", "/book/when/", "/api/v1/availability", "/office/board/")


def _line(at: datetime, uri: str = "/", status: int = 200, seconds: float = 0.05, visitor: str = "203.0.113.7") -> str:
    facts = {"at": at.isoformat(), "visitor": visitor, "method": "GET", "uri": uri, "status": status}
    return json.dumps({**facts, "bytes": 100, "seconds": seconds, "upstream_seconds": "0.05", "agent": "Firefox"})


@contextmanager
def ordinary_day(stage: Stage) -> Iterator[None]:
    """The scene: an ordinary day of eight hundred requests, a few of them slow, one of them broken."""
    now = stage.clock()
    lines = [_line(now - timedelta(seconds=80 * n), ROUTES[n % 4], seconds=0.02 + (n % 7) * 0.02) for n in range(800)]
    lines.append(_line(now - timedelta(hours=3), "/office/board/", 500, 1.4))
    path = stage.file("access.log", "\n".join(lines) + "\n")
    with stage.changed(nginx_access_log=path):
        yield


def adds(*, count: int = 1, days_ago: int = 0, **facts: object) -> Break:
    """A fault that adds requests and takes them away."""

    @contextmanager
    def added(stage: Stage) -> Iterator[None]:
        path = stage.folder / "files" / "access.log"
        before = path.read_text()
        at = stage.clock() - timedelta(days=days_ago)
        lines = [_line(at - timedelta(seconds=n), **facts) for n in range(count)]  # type: ignore[arg-type]
        path.write_text("\n".join(lines) + "\n" + before)
        yield
        path.write_text(before)

    return added


def log_of(look: Look) -> Path:
    """Nginx's log if there is one, which also knows what never reached Midway; else Midway's own lines."""
    found = look.around.nginx_access_log or look.around.app_log
    if found is None:
        look.skip("There is no log of requests: set MIDWAY_NGINX_ACCESS_LOG or MIDWAY_APP_LOG.")
    return found


@procedure(
    id="web.response-times",
    title="Pages and the API answer quickly and without errors",
    cadence=Cadence.DAILY,
    document_lines=(34, 246, 258),
    scene=ordinary_day,
    time_limit_seconds=60,
    limits=(
        Limit("p95", "ms within which 95 of 100 are answered", "ms", 500, 1000, "Netdata web_log: 500 and 1000 ms",
              least_sample=100),
        Limit("slower", "times its usual p95", "×", 2, 4, "Netdata web_log: twice and four times", least_sample=100),
        Limit("errors", "of the answers are surely errors of ours", "%", 1, 5, "Netdata web_log 2 and 5 %",
              least_sample=50),
        Limit("unparsed", "lines that are no requests", "%", 1, None, "Netdata web_log: more than 1 %"),
    ),
    faults=(
        Fault("slow", "two hundred requests for free times take 0.7 s", adds(count=200, uri="/api/v1/availability",
              seconds=0.7), Status.WARN, names="/api/v1/availability"),
        Fault("very-slow", "they take three seconds", adds(count=200, uri="/api/v1/availability", seconds=3),
              Status.CRIT, names="/api/v1/availability"),
        Fault("failing", "one in ten ends in an error", adds(count=90, uri="/book/when/", status=500), Status.CRIT,
              names="/book/when/"),
    ),
    manual=Manual(
        why="A page that takes a second loses customers, and nobody writes to say so.",
        read="The slowest route with at least a hundred requests in the last day. Below that nothing is judged.",
        mend="postgres.statements says whether a statement is behind it; the log's request_id leads to one request.",
        not_the_obvious="`tail -f | grep /api/` never ends and shows no time: the default log format has none. A timer"
        " around a handler is not stopped when the handler throws.",
    ),
)  # fmt: skip
def response_times(look: Look) -> None:
    """By route, over a day; keeps what is usual and what the weekly promise is counted from."""
    found = survey_of(log_of(look), since=look.now - DAY, until=look.now)
    look.note(requests=found.requests, statuses=dict(found.by_status), unparsed=found.unparsed)
    if found.requests < look.limit("errors").least_sample:
        look.skip(f"{found.requests} requests in a day are too few to judge.")
    look.count(found.requests)
    _judge_routes(look, found)
    # That something is not ready is an answer to whoever asks, and health.inside's to tell.
    broken = found.server_errors - found.errors_by_route.pop("/readyz", 0)
    share = 100 * broken / found.requests
    surely = 100 * at_least(broken, found.requests)
    worst = found.errors_by_route.most_common(1)
    at = f", most at {worst[0][0]}" if worst else ""
    says = f"{broken} of {found.requests} answers were errors ({share:.1f} %, surely {surely:.1f} %){at}."
    look.found("errors", surely, says)
    unread = 100 * found.unparsed / (found.requests + found.unparsed)
    look.found("unparsed", unread, f"{found.unparsed} lines of the log could not be read.")
    times = found.all
    look.keep("web.requests", times.count)
    look.keep("web.broken", times.slower_than(SLOW_SECONDS) + broken)
    look.fine(f"{found.requests} requests; 95 of 100 within {times.percentile(0.95) * 1000:.0f} ms, {share:.2f} %"
              " errors.")  # fmt: skip


def _judge_routes(look: Look, found: Survey) -> None:
    table = []
    for route, times in sorted(found.times_by_route.items()):
        p50, p95, p99 = (round(times.percentile(share) * 1000) for share in (0.5, 0.95, 0.99))
        table.append([route, times.count, p50, p95, p99])
        if times.count < look.limit("p95").least_sample or route == "/static/":
            continue
        usual = look.usual("web.p95", days=7, subject=route)
        look.keep("web.p95", p95, subject=route)
        says = f"{route}: 95 of 100 within {p95} ms, half within {p50} ms, of {times.count}."
        look.found("p95", p95, says, subject=route)
        if usual and p95 >= 100:
            look.found("slower", p95 / usual, f"{route} takes {p95 / usual:.1f} times its usual.", subject=route)
    look.note(routes=sorted(table, key=lambda row: -row[3]))


def _weeks(broken_a_day: int) -> Break:
    @contextmanager
    def lived(stage: Stage) -> Iterator[None]:
        from midway.ops.models import Sample

        Sample.objects.filter(series__in=["web.requests", "web.broken"]).delete()
        now = stage.clock()
        for day in range(28):
            at = now - timedelta(days=day, hours=1)
            Sample.objects.create(series="web.requests", at=at, value=2000)
            Sample.objects.create(series="web.broken", at=at, value=broken_a_day if day < 7 else 2)
        yield
        if broken_a_day > 2:
            with _weeks(2)(stage):
                pass

    return lived


@procedure(
    id="web.promise",
    title="The promise of quick answers is kept over four weeks",
    cadence=Cadence.WEEKLY,
    document_lines=(46,),
    kind=Kind.REPORT,
    scene=_weeks(2),
    limits=(
        Limit("burn", "times the allowed errors were used this week", "×", 2, 10,
              "Google SRE workbook: burn rates 2 and 10", least_sample=1000),
    ),
    faults=(
        Fault("slow-week", "three of a hundred requests were slow this week", _weeks(60), Status.WARN, names="allowed"),
        Fault("bad-week", "eight of a hundred were", _weeks(160), Status.CRIT, names="allowed"),
    ),
    manual=Manual(
        why="Promised: 99.5 of 100 requests answered within a second, without an error of ours, over four weeks.",
        read="1 means that this week used exactly its share of the half percent that may go wrong.",
        mend="Look at the days in web.response-times; stop changing things until it is below 1 again.",
    ),
)  # fmt: skip
def promise(look: Look) -> None:
    """Adds up what the daily look kept."""
    since = look.now - timedelta(days=28)
    all_of = look.known.series("web.requests", "", since)
    broken = look.known.series("web.broken", "", since)
    total, bad = sum(value for _, value in all_of), sum(value for _, value in broken)
    if total < look.limit("burn").least_sample:
        look.skip(f"{total:.0f} requests are kept; at least a thousand are needed.")
    look.count(int(total))
    week = look.now - timedelta(days=7)
    week_total = sum(value for at, value in all_of if at >= week)
    week_bad = sum(value for at, value in broken if at >= week)
    burn = (week_bad / max(week_total, 1)) / 0.005
    left = 100 * (1 - bad / (total * 0.005))
    look.note(requests=total, broken=bad, budget_left_percent=round(left, 1))
    look.found(
        "burn",
        burn,
        f"This week used {burn:.1f} times the allowed errors; {max(left, 0):.0f} % of four weeks' are left.",
    )


@contextmanager
def _elsewhere(stage: Stage) -> Iterator[None]:
    with adds(count=5, uri="/office/customers/", visitor="192.0.2.77")(stage):
        yield


@procedure(
    id="web.access-review",
    title="Nobody tries the doors",
    cadence=Cadence.MONTHLY,
    document_lines=(60, 246),
    scene=ordinary_day,
    time_limit_seconds=120,
    limits=(
        Limit("failed", "failed sign-ins by one visitor in an hour", "", 20, 200, "fail2ban's jail: 5 in 10 min"),
        Limit("scans", "guesses at doors that are not ours", "", 50, None, "Midway: an office never does"),
        Limit("refused", "refusals (401, 403, 404, 429) of one visitor", "", 300, None, "GoAccess: not found by host"),
        Limit("night", "office pages opened between 1 and 4 at night", "", 200, None, "Midway: companies sleep"),
    ),
    faults=(
        Fault("guessing", "a visitor fails to sign in fifty times", adds(count=50, uri="/accounts/login/", status=429,
              visitor="198.51.100.9"), Status.WARN, names="198.51.100.9"),
        Fault("weeks-ago", "one did so three weeks ago", adds(count=50, days_ago=21, uri="/accounts/login/", status=429,
              visitor="198.51.100.11"), Status.WARN, names="198.51.100.11"),
        Fault("scanning", "one asks for doors of other houses", adds(count=60, uri="/wp-login.php", status=404,
              visitor="198.51.100.7"), Status.WARN, names="198.51.100.7"),
        Fault("elsewhere", "office pages are opened from a network nobody has seen", _elsewhere, Status.WARN,
              names="192.0.2.0/24"),
        Fault("refused", "one is refused four hundred times", adds(count=400, uri="/my/visit", status=403,
              visitor="198.51.100.5"), Status.WARN, names="198.51.100.5"),
    ),
    manual=Manual(
        why="Who tries doors today has a key tomorrow.",
        read="The last month by visitor: failed sign-ins in an hour, guesses, refusals, office pages at night, and"
        " office pages opened from a network that was not there the month before.",
        mend="Midway's rate limits already slow them; firewall.propose writes a rule for one address.",
        not_the_obvious="Logs kept for seven days cannot be reviewed once a month: three weeks of them are gone.",
    ),
)  # fmt: skip
def access_review(look: Look) -> None:
    """One pass over a month of requests."""
    found = survey_of(log_of(look), since=look.now - MONTH, until=look.now)
    look.count(found.requests)
    for (visitor, _), count in found.failed.most_common(5):
        look.found("failed", count, f"{visitor} failed to sign in {count} times in an hour.", subject=visitor)
    for visitor, count in found.scans.most_common(5):
        look.found("scans", count, f"{visitor} guessed at {count} doors that are not ours.", subject=visitor)
    for visitor, count in found.refused.most_common(5):
        look.found("refused", count, f"{visitor} was refused {count} times.", subject=visitor)
    look.found("night", found.night, f"{found.night} office pages were opened in the small hours.")
    _judge_networks(look, found)
    tops = {name: getattr(found, name).most_common(10) for name in ("failed", "scans", "refused", "by_visitor")}
    look.note(**tops, visits_by_day=[[str(EPOCH + DAY * day), count] for day, count in sorted(found.visits.items())])
    look.fine(f"{look.examined} requests of a month, nobody tried the doors.")


def _judge_networks(look: Look, found: Survey) -> None:
    """Where office pages were opened from. Which country that is, nothing here knows: a new network is what is told."""
    networks: Counter[str] = Counter()
    for visitor, count in found.office.items():
        networks[_network(visitor)] += count
    known = set(look.known.memory.get("networks", ()))
    for network in sorted(set(networks) - known) if known else ():
        says = f"{networks[network]} office pages were opened from {network}, a network not seen before."
        look.alarm(Status.WARN, says, subject=network, do="Ask who works from there; if nobody, end their sessions.")
    look.remember({"networks": sorted(known | set(networks))[-2000:]})


def _network(visitor: str) -> str:
    """The network of an address: the house or the provider's street, not the person."""
    try:
        address = ip_address(visitor)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))
