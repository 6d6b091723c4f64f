"""Skills and teams: added, renamed, retired, used again."""

import pytest
from tests.cast import NOW, make_cast, make_team

from midway.booking import actions as booking
from midway.core.actor import SYSTEM
from midway.crew import actions
from midway.crew.models import Skill, Team
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db

WHO = {"by": SYSTEM, "now": NOW}


def test_a_skill_gets_a_code_of_its_own() -> None:
    codes = []
    for name in ("Inside windows", "Inside: windows", "清掃"):
        codes.append(actions.add_skill(name=name, by=SYSTEM, now=NOW).code)

    assert codes == ["inside-windows", "inside-windows-2", "skill"]
    assert Entry.objects.filter(event="crew.skill.added").count() == 3


def test_no_two_skills_in_use_have_one_name() -> None:
    make_cast()

    with pytest.raises(actions.SkillKnown):
        actions.add_skill(name="deep CLEANING", by=SYSTEM, now=NOW)


def test_a_renamed_skill_stays_with_its_people() -> None:
    cast = make_cast()
    actions.rename_skill(skill=cast.deep_skill, name="Spring clean", by=SYSTEM, now=NOW)

    assert [skill.name for skill in cast.ana.skills.all()] == ["Spring clean"]


def test_a_skill_that_a_service_asks_for_is_not_retired() -> None:
    cast = make_cast()

    with pytest.raises(booking.SkillNeeded):
        booking.retire_skill(skill=cast.deep_skill, by=SYSTEM, now=NOW)
    booking.offer_service(service=cast.deep, is_offered=False, by=SYSTEM, now=NOW)
    booking.retire_skill(skill=cast.deep_skill, by=SYSTEM, now=NOW)
    assert not Skill.objects.in_use().exists()


def test_a_retired_skill_comes_back_unless_its_name_was_given_away() -> None:
    skill = actions.add_skill(name="Windows", by=SYSTEM, now=NOW)
    actions.retire_skill(skill=skill, by=SYSTEM, now=NOW)
    actions.restore_skill(skill=skill, by=SYSTEM, now=NOW)
    assert Skill.objects.in_use().get() == skill

    actions.retire_skill(skill=skill, by=SYSTEM, now=NOW)
    actions.add_skill(name="Windows", by=SYSTEM, now=NOW)
    with pytest.raises(actions.SkillKnown):
        actions.restore_skill(skill=skill, by=SYSTEM, now=NOW)


def test_a_team_is_known_once_in_its_branch() -> None:
    cast = make_cast()
    actions.add_team(branch=cast.branch, name="North", by=SYSTEM, now=NOW)

    with pytest.raises(actions.TeamKnown):
        actions.add_team(branch=cast.branch, name="north", by=SYSTEM, now=NOW)


def test_a_retired_team_frees_its_name_and_keeps_its_people() -> None:
    cast = make_cast()
    team = make_team(branch=cast.branch, name="North", members=[cast.ana])
    actions.retire_team(team=team, by=SYSTEM, now=NOW)
    other = actions.add_team(branch=cast.branch, name="North", by=SYSTEM, now=NOW)

    with pytest.raises(actions.TeamKnown):
        actions.restore_team(team=team, by=SYSTEM, now=NOW)
    actions.rename_team(team=other, name="South", by=SYSTEM, now=NOW)
    actions.restore_team(team=team, by=SYSTEM, now=NOW)
    assert [t.name for t in Team.objects.in_use().filter(members=cast.ana)] == ["North"]
