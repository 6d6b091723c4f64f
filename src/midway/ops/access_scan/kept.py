"""The compiled reader as functions of plain numbers. What was compiled is kept, and run without its compiler.

numba takes longer to start than a gigabyte to read, and what it made of these functions needs nothing of it. So that
is kept as an object file, which the loader of LLVM alone takes up. It is known by all it was made from.
"""

import ctypes
import hashlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped] # it comes with numba

ARGUMENTS = {"scan": 5, "mark": 3}


@cache
def kept_function(name: str) -> Callable[..., int]:
    """This function of `count`, compiled: now, unless that was done before. Other threads run while it does."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    key = _key()
    for folder in _folders():
        found = _read(folder / f"access-{name}-{key}.o")
        if found:
            return _loaded(name, *found)
    symbol, made = _compile(name)
    _keep(f"access-{name}-{key}.o", symbol, made)
    return _loaded(name, symbol, made)


def _machine() -> Any:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, reloc="default", codemodel="jitdefault", jit=True
    )


def _compile(name: str) -> tuple[str, bytes]:
    from numba import types

    from midway.core.routing.compiled import compiled
    from midway.ops.access_scan import count

    function: Any = compiled(getattr(count, name))
    signature = (types.int64,) * ARGUMENTS[name]
    function.compile(signature)
    symbol = function.overloads[signature].fndesc.llvm_func_name
    module = llvm.parse_assembly(function.inspect_llvm(signature))
    return symbol, _machine().emit_object(module)


_engines: list[Any] = []
"""Kept for as long as their functions may be called."""


def _loaded(name: str, symbol: str, made: bytes) -> Callable[..., int]:
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(made))
    engine.finalize_object()
    _engines.append(engine)
    numbers = [ctypes.c_int64] * ARGUMENTS[name]
    # As numba has them called: where the answer goes, where a complaint goes, which these never have, and what is told.
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(ctypes.c_int64), ctypes.c_void_p, *numbers)
    run = kind(engine.get_function_address(symbol))

    def call(*told: int) -> int:
        answer, complaint = ctypes.c_int64(), ctypes.c_void_p()
        if run(ctypes.byref(answer), ctypes.addressof(complaint), *told):
            raise RuntimeError(name)
        return answer.value

    return call


def _key() -> str:
    """Changes with the sources, the compiler and the processor."""
    here = Path(__file__).parent
    sources = [*sorted(here.glob("*.py")), here.parent / "access_log.py", here.parents[1] / "core/routing/compiled.py"]
    told = hashlib.sha256()
    for part in (version("numba"), version("llvmlite"), llvm.get_host_cpu_name(),
                 llvm.get_host_cpu_features().flatten(), *(path.read_bytes() for path in sources)):  # fmt: skip
        told.update(part.encode() if isinstance(part, str) else part)
    return told.hexdigest()[:24]


def _folders() -> Iterator[Path]:
    """Where compiled code is kept, as `core.routing.kept` has it: where told, or beside the source, or at the user."""
    told = os.environ.get("NUMBA_CACHE_DIR")
    if told:
        yield Path(told)
        return
    yield Path(__file__).parent / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "midway"


def _read(path: Path) -> tuple[str, bytes] | None:
    """What is kept there, unless it is damaged."""
    try:
        checksum, symbol, made = path.read_bytes().split(b"\n", 2)
    except (OSError, ValueError):
        return None
    return (symbol.decode(), made) if hashlib.sha256(symbol + made).hexdigest().encode() == checksum else None


def _keep(name: str, symbol: str, made: bytes) -> None:
    """Will keep it in the first folder that can be written to, and let go of what older sources made."""
    checksum = hashlib.sha256(symbol.encode() + made).hexdigest()
    for folder in _folders():
        written = folder / f"{name}.{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob(name.rpartition("-")[0] + "-*.o"):
                old.unlink(missing_ok=True)
            written.write_bytes(b"\n".join((checksum.encode(), symbol.encode(), made)))
            written.replace(folder / name)
        except OSError:
            continue
        return
