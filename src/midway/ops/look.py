"""What a procedure's function is given: how to ask, and where to say what it found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, NoReturn

from midway.config.redis_address import redis_client
from midway.ops.procedure import Finding, Limit, Procedure, Status
from midway.ops.surroundings import Surroundings

if TYPE_CHECKING:
    import psycopg
    import redis

SHOWN = 20
"""So many findings and rows are kept as evidence; the counts are complete."""


class CannotLook(Exception):
    """It could not be measured; `because` names the procedure that already says why."""

    def __init__(self, says: str, next_step: str = "", because: str = "") -> None:
        super().__init__(says)
        self.says, self.next_step, self.because = says, next_step, because


class NothingToLookAt(Exception):
    """What this is about does not exist here, by decision."""


@dataclass(frozen=True)
class Known:
    """What is known from before: what rang, the changed thresholds, what was remembered, and the series."""

    rang: frozenset[str] = frozenset()
    limits: Mapping[str, Limit] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)
    remembered_at: datetime | None = None
    series: Callable[[str, str, datetime], list[tuple[datetime, float]]] = lambda name, subject, since: []


@dataclass(frozen=True)
class Step:
    """One thing a repair would do or has done."""

    says: str
    subject: str
    outcome: str = ""


class Look:
    """One look of one procedure. It ends in findings; `examined` stays 0 unless something was looked at."""

    def __init__(self, procedure: Procedure, around: Surroundings, known: Known, *, mends: bool = False) -> None:
        self.procedure, self.around, self.known, self.mends = procedure, around, known, mends
        self.now = around.clock()
        self.examined = 0
        self.findings: list[Finding] = []
        self.evidence: dict[str, Any] = {}
        self.summary_when_fine = ""
        self.memory: dict[str, Any] | None = None
        self.samples: list[tuple[str, str, float]] = []
        self.steps: list[Step] = []
        self.is_left = False
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._redis: redis.Redis | None = None

    # --- asking -----------------------------------------------------------------------------------------------------

    @property
    def connection(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """PostgreSQL on a connection of this look's own."""
        if self._connection is None:
            self._connection = self.around.connect()
        return self._connection

    def ask(self, question: str, **words: Any) -> list[tuple[Any, ...]]:
        """PostgreSQL's rows; `%(now)s` is the moment of this look."""
        return self.connection.execute(question.encode(), {"now": self.now, **words}).fetchall()

    def number(self, question: str, **words: Any) -> float:
        """The one number PostgreSQL answers."""
        return float(self.ask(question, **words)[0][0])

    @property
    def redis(self) -> "redis.Redis":
        """Redis on a connection of this look's own."""
        if self._redis is None:
            self._redis = redis_client(
                self.around.redis_url, socket_timeout=3, socket_connect_timeout=3, decode_responses=True
            )
        return self._redis

    def redis_info(self, section: str) -> dict[str, Any]:
        """What Redis says of itself."""
        return dict(self.redis.info(section))  # type: ignore[arg-type] # a client that waits

    def redis_setting(self, name: str) -> str:
        """A setting of Redis."""
        return str(dict(self.redis.config_get(name))[name])  # type: ignore[arg-type] # a client that waits

    def close(self) -> None:
        """Will let go of what was opened."""
        if self._connection is not None:
            self._connection.close()
        if self._redis is not None:
            self._redis.close()

    def cancel(self) -> None:
        """Will make PostgreSQL stop what this look asked it, when its time is over, and let it mend nothing more."""
        self.is_left = True
        if self._connection is not None and not self._connection.closed:
            self._connection.cancel()

    # --- saying -----------------------------------------------------------------------------------------------------

    def count(self, examined: int) -> None:
        """Will count what was looked at. Nothing looked at is unknown, not fine."""
        self.examined += examined

    def limit(self, name: str) -> Limit:
        """A threshold of this procedure, as it was last changed."""
        return self.known.limits.get(name) or self.procedure.limit(name)

    def found(self, name: str, value: float, says: str, *, subject: str = "", do: str = "") -> Status:
        """Will judge this number by the threshold of that name."""
        limit = self.limit(name)
        status = limit.judge(value, rang=f"{name}:{subject}" in self.known.rang or subject in self.known.rang)
        self.findings.append(Finding(status, says, subject, do, value, limit))
        return status

    def alarm(self, status: Status, says: str, *, subject: str = "", do: str = "", because: str = "") -> None:
        """Will say what is wrong where no number says it; `because` names who rings for the same trouble."""
        self.findings.append(Finding(status, says, subject, do, because=because))

    def fine(self, says: str) -> None:
        """What to say when nothing is wrong."""
        self.summary_when_fine = says

    def note(self, **facts: Any) -> None:
        """Will keep facts as evidence; of long lists, the first twenty."""
        for name, fact in facts.items():
            is_list = isinstance(fact, Sequence) and not isinstance(fact, str)
            self.evidence[name] = list(fact[:SHOWN]) if is_list else fact

    def cannot(self, says: str, do: str = "", *, because: str = "") -> NoReturn:
        """It could not be measured. Where another procedure says why, nobody is told twice."""
        raise CannotLook(says, do, because)

    def skip(self, says: str) -> NoReturn:
        """There is nothing to look at here, and that was decided."""
        raise NothingToLookAt(says)

    # --- remembering ------------------------------------------------------------------------------------------------

    def remember(self, facts: dict[str, Any]) -> None:
        """Will keep this for the next look, which finds it in `known.memory`."""
        self.memory = facts

    def keep(self, series: str, value: float, *, subject: str = "") -> None:
        """Will add a point to a series in the database."""
        self.samples.append((series, subject, value))

    def usual(self, series: str, *, days: int, subject: str = "") -> float | None:
        """The median of the last days of a series; nothing when there are fewer than three points."""
        values = [value for _, value in self.known.series(series, subject, self.now - timedelta(days=days))]
        return median(values) if len(values) >= 3 else None

    # --- mending ----------------------------------------------------------------------------------------------------

    def step(self, says: str, do: Callable[[], object], *, subject: str = "") -> None:
        """Will do this now if we mend; otherwise say that it would."""
        if not self.mends:
            self.steps.append(Step(says, subject))
            return
        if self.is_left:
            raise CannotLook("Its time was over before it could mend this.")
        outcome = do()
        self.steps.append(Step(says, subject, str(outcome) if outcome is not None else "done"))

    def refuse(self, says: str, *, subject: str = "", do: str = "") -> None:
        """A guard stands in the way of mending this."""
        self.findings.append(Finding(Status.WARN, f"refused: {says}", subject, do))


def snoozed(finding: Finding, reason: str) -> Finding:
    """The finding, put to sleep with a reason."""
    return replace(finding, status=Status.SKIPPED, snoozed_because=reason)
