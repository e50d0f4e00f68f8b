"""Compiled functions by name, from the disk where they were compiled before."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

from chalkgrad.engines.native.cache import keep, kept, key_of
from chalkgrad.engines.native.host import Compiled, compile_assembly, load_object

_loaded: dict[str, Compiled] = {}


def compiled_code(parts: tuple[object, ...], assembly: Callable[[], str]) -> Compiled:
    """The machine code of some assembly.

    `parts` say all that the assembly is made from: it is asked for, and compiled, only if that was never done before
    on this machine.
    """
    key = key_of(*parts)
    if key not in _loaded:
        code = kept(key)
        if code is None:
            code = compile_assembly(assembly())
            keep(key, code)
        _loaded[key] = load_object(code)
    return _loaded[key]


def procedure(code: Compiled, name: str, pointers: int) -> Callable[..., None]:
    """A function that takes that many pointers (addresses, or None) and gives nothing; runs without Python's lock."""
    made: Any = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * pointers)(code.address(name))
    return made  # type: ignore[no-any-return]


def in_threads(work: Callable[[int], None], threads: int) -> None:
    """Calls a function with the numbers from 0 to that of the threads, side by side."""
    others = [threading.Thread(target=work, args=(thread,)) for thread in range(1, threads)]
    for other in others:
        other.start()
    try:
        work(0)
    finally:  # after Ctrl-C too: they work on arrays that are ours
        for other in others:
            other.join()


def whole_number(code: Compiled, name: str) -> int:
    """What a function without arguments says of the code: a 64-bit integer."""
    return int(ctypes.CFUNCTYPE(ctypes.c_int64)(code.address(name))())
