"""What is written in several ways is written in one, over a document; each step sees what those before it made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from chalkgrad.page.syntax import Chain, Syntax
from chalkgrad.reading.bare_applications import with_bare_applications
from chalkgrad.reading.called_alike import called_alike
from chalkgrad.reading.changes_by_delta import changes_by_delta
from chalkgrad.reading.conditional_names import conditional_names
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.functions_at_formulas import functions_at_formulas
from chalkgrad.reading.functions_below import functions_below
from chalkgrad.reading.functions_of_samples import functions_of_samples
from chalkgrad.reading.layers_in_brackets import layers_in_brackets
from chalkgrad.reading.marked_indices import with_marked_indices
from chalkgrad.reading.places_in_brackets import places_in_brackets
from chalkgrad.reading.primes_of_functions import primes_of_functions
from chalkgrad.reading.products_by_name import products_by_name
from chalkgrad.reading.transposes import other_transposes
from chalkgrad.reading.written_forms import in_one_form

Change: TypeAlias = Callable[[Chain], Syntax]

# From all equations of a document, how each of them is written then.
_SPELLINGS: tuple[Callable[[Sequence[Chain]], Change], ...] = (
    other_transposes,
    changes_by_delta,
    products_by_name,
    primes_of_functions,
    lambda chains: in_one_form,
    conditional_names,
    layers_in_brackets,
    functions_below,
    places_in_brackets,
    called_alike,
    with_bare_applications,
    functions_of_samples,
    functions_at_formulas,
)


def respelled(statements: Sequence[Statement], spelling: Callable[[Sequence[Chain]], Change]) -> list[Statement]:
    """The equations in one of the spellings."""
    change = spelling([statement.chain for statement in statements])
    found = []
    for statement in statements:
        chain = change(statement.chain)
        assert isinstance(chain, Chain)
        found.append(replace(statement, chain=chain))
    return found


def in_one_spelling(statements: Sequence[Statement]) -> list[Statement]:
    """The equations in all of them, one after the other."""
    found = list(statements)
    for spelling in _SPELLINGS:
        found = respelled(found, spelling)
    return with_marked_indices(found)


__all__ = ["in_one_spelling", "respelled"]
