"""Who usually goes out together: adding, renaming and retiring a team."""

from datetime import datetime

from midway.core.actor import Actor
from midway.crew.models import Branch, Team
from midway.crew.queries import team_subject
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class TeamKnown(ValueError):
    """This branch has a team of this name already."""


@one_transaction
def add_team(*, branch: Branch, name: str, by: Actor, now: datetime) -> Team:
    """Will add a team; people join it from their own page. Raises `TeamKnown`."""
    _check_name(branch, name)
    team = Team.objects.create(branch=branch, name=name)
    record(event="crew.team.added", subject=team_subject(team), by=by, at=now, facts={"name": name})
    return team


@one_transaction
def rename_team(*, team: Team, name: str, by: Actor, now: datetime) -> None:
    """Will call a team something else; its people stay in it. Raises `TeamKnown`."""
    _check_name(team.branch, name, besides=team)
    facts = {"from": team.name, "name": name}
    team.name = name
    team.save(update_fields=["name"])
    record(event="crew.team.renamed", subject=team_subject(team), by=by, at=now, facts=facts)


@one_transaction
def retire_team(*, team: Team, by: Actor, now: datetime) -> None:
    """Will no longer show a team; restored, it has its people again unless they joined another meanwhile."""
    team.retired_at = now
    team.save(update_fields=["retired_at"])
    record(event="crew.team.retired", subject=team_subject(team), by=by, at=now, facts={"name": team.name})


@one_transaction
def restore_team(*, team: Team, by: Actor, now: datetime) -> None:
    """Will show a retired team again. Raises `TeamKnown` when another has its name by now."""
    _check_name(team.branch, team.name, besides=team)
    team.retired_at = None
    team.save(update_fields=["retired_at"])
    record(event="crew.team.restored", subject=team_subject(team), by=by, at=now, facts={"name": team.name})


def _check_name(branch: Branch, name: str, *, besides: Team | None = None) -> None:
    # The branch's row makes two who add the same name at once wait for each other.
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    same = Team.objects.in_use().filter(branch=branch, name__iexact=name)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if same.exists():
        raise TeamKnown(TeamKnown.__doc__)
