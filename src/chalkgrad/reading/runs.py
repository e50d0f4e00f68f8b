"""Runs of letters that are products: `wx`, `XW_1`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from chalkgrad.page.syntax import Name, Product, Syntax
from chalkgrad.reading.scope import Scope

_LONGEST_RUN = 4


def split_letters(name: Name, alone: Collection[str], defined: Collection[str] = ()) -> Syntax:
    """A run of letters as the product that it is: `wx`.

    Each of them stands `alone` elsewhere, of capitals one is enough; or they are two, the second of which is `defined`,
    or the data x.
    """
    letters = name.base
    if not (1 < len(letters) <= _LONGEST_RUN and letters.isascii() and letters.isalpha()) or name.style or name.accents:
        return name
    if letters in alone or Scope().function(name) is not None:
        return name
    known = set(letters) & set(alone)
    with_known = len(letters) == 2 and letters[0] != "d" and letters[1] in {*defined, "x"}
    if not with_known and not (known and letters.isupper()) and known != set(letters):
        return name
    begin = name.span[0]
    firsts = [Name(each, span=(begin + k, begin + k + 1)) for k, each in enumerate(letters[:-1])]
    factors = (*firsts, replace(name, base=letters[-1]))
    return Product(("",) * len(factors), factors, name.span)


def split_run(name: Name) -> Syntax:
    r"""Two letters of which one is a capital as the product that they are: `xW_1`, `Hw`; any other name as it is.

    >>> [factor.base for factor in split_run(Name("xW")).factors]
    ['x', 'W']
    """
    letters = name.base
    mixed = len(letters) == 2 and letters.isalpha() and letters.isascii() and letters.lower() != letters
    if not mixed or letters[0] == "d" or name.accents or name.style or Scope().function(name) is not None:
        return name
    begin, end = name.span
    first = Name(letters[0], span=(begin, begin + 1))
    return Product(("", ""), (first, replace(name, base=letters[1], span=(begin + 1, end))), name.span)
