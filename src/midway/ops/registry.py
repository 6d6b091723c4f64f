"""All procedures, by area: every module in `ops/procedures/` (and what other rooms add) is read."""

import pkgutil
from functools import cache
from importlib import import_module

from midway.ops import procedures
from midway.ops.procedure import Cadence, Procedure, declared_procedures


class UnknownProcedure(LookupError):
    """There is no procedure of that name: see midway ops list."""


@cache
def all_procedures() -> tuple[Procedure, ...]:
    """Every procedure, by id."""
    for found in pkgutil.walk_packages(procedures.__path__, f"{procedures.__name__}."):
        import_module(found.name)
    return tuple(sorted(declared_procedures().values(), key=lambda procedure: procedure.id))


def procedure_named(name: str) -> Procedure:
    """The procedure with this id. Raises `UnknownProcedure`."""
    for procedure in all_procedures():
        if procedure.id == name:
            return procedure
    raise UnknownProcedure(f"There is no procedure {name}: see midway ops list")


def asked_for(words: tuple[str, ...]) -> list[Procedure]:
    """What `daily`, `weekly`, `monthly`, `all`, an area or an id stands for, each once."""
    found: dict[str, Procedure] = {}
    for word in words:
        group = [p for p in all_procedures() if word in {p.cadence.value, p.area} or word == "all"]
        if word == "all":
            group = [p for p in group if p.cadence is not Cadence.DEMAND]
        for procedure in group or [procedure_named(word)]:
            found[procedure.id] = procedure
    return list(found.values())


def with_dependencies(wanted: list[Procedure]) -> list[Procedure]:
    """The wanted ones and what they depend on, causes first."""
    ordered: dict[str, Procedure] = {}

    chosen = {procedure.id for procedure in wanted}

    def add(procedure: Procedure) -> None:
        for cause in (*procedure.depends_on, *(one for one in procedure.after if one in chosen)):
            if cause not in ordered:
                add(procedure_named(cause))
        ordered.setdefault(procedure.id, procedure)

    for procedure in wanted:
        add(procedure)
    return list(ordered.values())
