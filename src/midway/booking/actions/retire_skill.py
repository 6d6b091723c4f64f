"""Retire a skill that no service on offer asks for."""

from datetime import datetime

from midway.booking.models import Service
from midway.core.actor import Actor
from midway.crew import actions as crew
from midway.crew.models import Skill
from midway.runtime.database import one_transaction


class SkillNeeded(Exception):
    """A service on offer asks for this skill. Take the service off first, or let it ask for another."""


@one_transaction
def retire_skill(*, skill: Skill, by: Actor, now: datetime) -> None:
    """Will no longer offer a skill to be learnt. Raises `SkillNeeded`."""
    if Service.objects.filter(skill=skill, is_offered=True).exists():
        raise SkillNeeded(SkillNeeded.__doc__)
    crew.retire_skill(skill=skill, by=by, now=now)
