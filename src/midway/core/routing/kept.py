"""Where compiled code is kept, and until when: until any source it was compiled from changes.

numba by itself looks only at the file of the function Python calls. What that function calls is compiled into it, so
the mark of freshness here is taken from all files it is put together from.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from numba.core import caching

OURS = re.compile(r"^from midway\.core\.routing\.(\w+) import", re.MULTILINE)


def stamp_of(file: str) -> str:
    """A mark that changes with the file and with every file of ours it imports, directly or not."""
    folder = Path(file).parent
    sources: dict[str, str] = {}
    waiting = [Path(file).stem]
    while waiting:
        name = waiting.pop()
        if name not in sources and (folder / f"{name}.py").exists():
            sources[name] = (folder / f"{name}.py").read_text()
            waiting += OURS.findall(sources[name])
    return hashlib.sha256(repr(sorted(sources.items())).encode()).hexdigest()


class _FromAllSources:
    _py_file: str

    def get_source_stamp(self) -> Any:
        return stamp_of(self._py_file)


class WhereTold(_FromAllSources, caching.UserProvidedCacheLocator):
    """In the folder `NUMBA_CACHE_DIR` names."""


class BesideTheSource(_FromAllSources, caching.InTreeCacheLocator):
    """In the source's own `__pycache__`."""


class WithTheUser(_FromAllSources, caching.UserWideCacheLocator):
    """In the user's folder for caches."""


PLACES = ",".join(f"{place.__module__}.{place.__name__}" for place in (WhereTold, BesideTheSource, WithTheUser))
"""As numba's setting wants them: the first that can be written to is taken."""
