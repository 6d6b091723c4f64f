"""Compiled where numba is there, the same plain Python where it is not.

What is compiled is kept on disk (`NUMBA_CACHE_DIR`, beside the source, or the user's cache folder) until a source
it was compiled from changes, so only the first start after an update compiles. Where no folder can be written, each
process compiles for itself.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

numba: Any
try:
    import numba
except ImportError:  # the solver is then some fifty times slower, and still right
    numba = None


NONE: Any = np.int64(0)
NOBODY: Any = np.int64(-1)
"""Numbers to begin with: a plain 0 would be a type of its own, and all it is handed to would be compiled twice."""


def entry(function: Function, *, nogil: bool = False) -> Function:
    """Will compile what Python calls, and keep it on disk. Like the others it must not make arrays.

    With `nogil` other threads run meanwhile.
    """
    options = {**INNER, "no_cpython_wrapper": False, "nogil": nogil}
    if numba is None:
        return function
    from midway.core.routing.kept import PLACES

    before, numba.config.CACHE_LOCATOR_CLASSES = numba.config.CACHE_LOCATOR_CLASSES, PLACES
    try:
        return _compiled(function, cache=True, **options)
    except RuntimeError:  # no folder to keep it in
        return _compiled(function, **options)
    finally:
        numba.config.CACHE_LOCATOR_CLASSES = before


def compiled(function: Function) -> Function:
    """Will compile what only compiled functions call; it is kept as part of them."""
    return _compiled(function, **INNER)


def inlined(function: Function) -> Function:
    """The same for small functions, laid into their callers."""
    return _compiled(function, forceinline=True, **INNER)


def plain(function: Function) -> Function:
    """The Python behind a compiled function that calls no other compiled one."""
    return getattr(function, "py_func", function)


# Without counting references (`_nrt`): handing a dozen arrays to a small function costs more than its work. Without
# ways in from Python, which take longer to compile than the function.
INNER: dict[str, Any] = {
    "error_model": "numpy",
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def _compiled(function: Function, **options: Any) -> Function:
    made: Function = function if numba is None else numba.njit(**options)(function)
    return made
