r"""The functions that a document defines, told apart where several have one letter: f_1 and f_2.

A function is found by its letter, whatever hangs on it: `h_\theta(x)` is the h(x) that was defined. Where several with
one letter are defined, their marks tell which is meant, and one with another mark is none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.reading.vocabulary import Use

if TYPE_CHECKING:
    from chalkgrad.reading.sense import Head


def note_function(heads: dict[str, Head], use: Use, head: Head) -> None:
    """Keeps a definition of a function, the first that each letter has and each letter with its marks."""
    key = _key(use)
    known = heads.setdefault(use.symbol.base, replace(head, key=key))
    if known.key != key:
        heads.setdefault(key, replace(head, key=key))


def function_of(heads: Mapping[str, Head], use: Use) -> Head | None:
    """The definition of a function that a name stands for, if there is one."""
    base, key = use.symbol.base, _key(use)
    known = heads.get(base)
    if known is None or known.key == key:
        return known
    if key != base and key in heads:
        return heads[key]
    of_any = known.key in ("", base)  # f_i for every i, or f
    apart = any(head.symbol.base == base and at != base for at, head in heads.items())
    return known if of_any or not apart else None


def _key(use: Use) -> str:
    """The letter of a name with the labels and numbers on it."""
    numbers = [f"[{item.text}]" for item in (*use.samples, *use.indices) if item.kind == "number"]
    return str(use.symbol) + "".join(numbers)


__all__ = ["function_of", "note_function"]
