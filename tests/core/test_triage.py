from datetime import timedelta

from midway.core.triage import CLOCKS, TABLE, Impact, Priority, Severity, assessed, priority_of


def test_the_table_answers_for_everything() -> None:
    assert set(TABLE) == set(Severity)
    assert all(set(row) == set(Impact) for row in TABLE.values())
    assert set(CLOCKS) == set(Priority)


def test_worse_or_wider_is_never_less_urgent() -> None:
    for row in TABLE.values():
        assert sorted(row.values()) == [row[impact] for impact in Impact]
    for impact in Impact:
        column = [TABLE[severity][impact] for severity in Severity]
        assert sorted(column) == column


def test_the_two_highest_have_five_and_thirty_minutes_and_the_others_call_nobody() -> None:
    within = [CLOCKS[priority].answer_within for priority in Priority]
    assert within == [timedelta(minutes=5), timedelta(minutes=30), None, None]


def test_a_stopped_database_comes_first_and_an_unknown_part_is_broken_for_some() -> None:
    assert priority_of(*assessed("postgres")) is Priority.ONE
    assert assessed("no-such-part") == (Severity.BROKEN, Impact.SOME)
