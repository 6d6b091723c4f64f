"""The calendar's read is asked all day: PostgreSQL plans it once, not for every answer."""

import pytest
from django.db import connection
from tests.cast import TODAY, make_cast

from midway.crew.queries import free_bits
from midway.ops.stage.stage import let_go_of_connections

pytestmark = pytest.mark.django_db(transaction=True)
TRIED_FIRST = 5
"""So often PostgreSQL plans a prepared statement anew before it compares."""


@pytest.mark.parametrize("with_skill", [False, True])
def test_after_the_first_few_no_answer_is_planned_anew(with_skill: bool) -> None:
    let_go_of_connections()  # a connection that other tests asked on weighs its plans by what they had in the tables
    cast = make_cast()
    skill = cast.deep_skill.pk if with_skill else None
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crew_cleaner, crew_cleaner_skills, crew_calendarday")

    answers = {
        free_bits(branch_id=cast.branch.pk, skill_id=skill, first=TODAY, cells=[96] * 5) for _ in range(TRIED_FIRST + 3)
    }

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE name = %s",
            ["free_bits_of_skill" if with_skill else "free_bits"],
        )
        assert cursor.fetchall() == [(TRIED_FIRST, 3)]
    assert len(answers) == 1
