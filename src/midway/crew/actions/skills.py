"""What cleaners can learn: adding, renaming and retiring a skill."""

from datetime import datetime

from django.utils.text import slugify

from midway.core.actor import Actor
from midway.core.codes import free_code
from midway.crew.models import Skill
from midway.crew.queries import skill_subject
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class SkillKnown(ValueError):
    """There is a skill of this name already."""


@one_transaction
def add_skill(*, name: str, by: Actor, now: datetime) -> Skill:
    """Will add a skill that people can have and services can ask for. Raises `SkillKnown`."""
    _check_name(name)
    skill = Skill.objects.create(code=_code_for(name), name=name)
    record(event="crew.skill.added", subject=skill_subject(skill), by=by, at=now, facts={"name": name})
    return skill


@one_transaction
def rename_skill(*, skill: Skill, name: str, by: Actor, now: datetime) -> None:
    """Will call a skill something else; whoever has it keeps it. Raises `SkillKnown`."""
    _check_name(name, besides=skill)
    facts = {"from": skill.name, "name": name}
    skill.name = name
    skill.save(update_fields=["name"])
    record(event="crew.skill.renamed", subject=skill_subject(skill), by=by, at=now, facts=facts)


@one_transaction
def retire_skill(*, skill: Skill, by: Actor, now: datetime) -> None:
    """Will no longer offer a skill to be learnt.

    `booking.actions.retire_skill` asks first whether a service needs it.
    """
    skill.retired_at = now
    skill.save(update_fields=["retired_at"])
    record(event="crew.skill.retired", subject=skill_subject(skill), by=by, at=now, facts={"name": skill.name})


@one_transaction
def restore_skill(*, skill: Skill, by: Actor, now: datetime) -> None:
    """Will offer a retired skill again; whoever had it has it still. Raises `SkillKnown`."""
    _check_name(skill.name, besides=skill)
    skill.retired_at = None
    skill.save(update_fields=["retired_at"])
    record(event="crew.skill.restored", subject=skill_subject(skill), by=by, at=now, facts={"name": skill.name})


def _check_name(name: str, *, besides: Skill | None = None) -> None:
    same = Skill.objects.in_use().filter(name__iexact=name)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if same.exists():
        raise SkillKnown(SkillKnown.__doc__)


def _code_for(name: str) -> str:
    wanted = slugify(name)[:30] or "skill"
    return free_code(wanted, taken=set(Skill.objects.filter(code__startswith=wanted).values_list("code", flat=True)))
