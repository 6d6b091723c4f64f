"""Compiled where numba is there, the same plain Python where it is not.

What is compiled is kept on disk (numba's cache: `NUMBA_CACHE_DIR`, beside the source, or the user's cache folder), so
only the first start after an update compiles. Where no folder can be written, each process compiles for itself.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # the solver is then some fifty times slower, and still right
    numba = None


def compiled(function: Function) -> Function:
    """Will compile a function of arrays and numbers at its first call. It must not make arrays."""
    return _compiled(function, forceinline=False)


def inlined(function: Function) -> Function:
    """The same for small functions, laid into their callers."""
    return _compiled(function, forceinline=True)


def _compiled(function: Function, *, forceinline: bool) -> Function:
    if numba is None:
        return function
    # Without counting references (`_nrt`): handing a dozen arrays to a small function costs more than its work.
    options = {"error_model": "numpy", "_nrt": False, "forceinline": forceinline}
    try:
        made: Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder to keep it in
        made = numba.njit(**options)(function)
    return made
