import json

import pytest
from click.testing import CliRunner, Result

from midway.cli import main
from midway.ops.models import Snooze

pytestmark = pytest.mark.django_db


def snooze(*words: str) -> Result:
    return CliRunner().invoke(main, ("ops", "snooze", *words))


def test_a_finding_sleeps_for_its_object_with_a_reason_and_an_end() -> None:
    done = snooze("host.disk", "--object", "/data", "--reason", "The new disk comes on Friday", "--days", "5", "--json")
    assert done.exit_code == 0, done.output
    row = Snooze.objects.get()
    assert (row.procedure, row.subject, row.reason) == ("host.disk", "/data", "The new disk comes on Friday")
    assert (row.expires_at - row.created_at).days == 5
    assert json.loads(done.stdout) == {"procedure": "host.disk", "object": "/data", "until": row.expires_at.isoformat()}


@pytest.mark.parametrize(
    ("words", "refusal", "code"),
    [
        (["no.such", "--reason", "because"], "There is no procedure no.such", 3),
        (["host.disk", "--reason", "  "], "Say why, in a few words", 3),
        (["host.disk", "--reason", "because", "--days", "93"], "93 is not in the range", 2),
        (["host.disk"], "Missing option '--reason'", 2),
    ],
)
def test_what_is_refused_leaves_nothing_behind(words: list[str], refusal: str, code: int) -> None:
    done = snooze(*words)
    assert (done.exit_code, refusal in done.stderr) == (code, True), done.output
    assert not Snooze.objects.exists()
