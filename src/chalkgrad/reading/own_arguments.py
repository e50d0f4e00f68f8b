r"""The arguments that stand in the partials of a function: the x and y of `\frac{\partial f(x, y)}{\partial x}`.

Where the document defines a y besides, that is another one: the partial holds y fixed, whatever y is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.own_variables import OWN
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import Vocabulary, quantities


def with_own_arguments(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The statements, where such a function has arguments of its own in its definition and in its partials."""
    defined = {base_of(left) for each in statements if isinstance(left := each.chain.sides[0], Name)}
    found = list(statements)
    heads = {(base_of(head[0]), head[1]) for each in statements if (head := _called(each.chain.sides[0])) is not None}
    for function, arguments in sorted(heads, key=lambda head: head[0]):
        if not defined & set(map(base_of, arguments)):
            continue
        about = [k for k, each in enumerate(statements) if _is_about(each.chain, function, arguments, vocabulary)]
        partial = {k for k in about if _called(statements[k].chain.sides[0]) is None}
        derived = {k for k, each in enumerate(statements) if _derives(each.chain, function)}
        if partial and derived <= partial and len(about) > len(partial):
            for k in about:
                found[k] = replace(found[k], chain=_renamed(found[k].chain, arguments))
    return found


def _called(side: Syntax) -> tuple[Name, tuple[Name, ...]] | None:
    """A function and its arguments, where a side is nothing but it applied to several names."""
    match side:
        case Product(operators=("", ""), factors=(Name() as name, Group(bracket="(", contents=contents))):
            arguments = tuple(part for part in contents if isinstance(part, Name) and not part.superscripts)
            if len(arguments) == len(contents) > 1 and not name.primes:
                return name, arguments
    return None


def _is_about(chain: Chain, function: str, arguments: tuple[Name, ...], vocabulary: Vocabulary) -> bool:
    """Whether a statement defines the function by its arguments alone, or says what a partial of it is by them."""
    left, *sides = chain.sides
    if isinstance(left, Derivative) and left.numerator is not None:
        called = _called(left.numerator)
        if not set(left.denominators) <= set(arguments):
            return False
    else:
        called = _called(left)
    if called is None or base_of(called[0]) != function or called[1] != arguments:
        return False
    names = [name for side in sides for name in quantities(side) if vocabulary.row_of(name) is None]
    known = set(map(base_of, arguments)) | {"e", "pi"}
    return all(base_of(name) in known for name in names)


def _derives(chain: Chain, function: str) -> bool:
    """Whether an equation speaks of a derivative of a function."""
    for part in walk_syntax(chain):
        if isinstance(part, Derivative) and part.numerator is not None:
            if any(base_of(name) == function for name in quantities(part.numerator)):
                return True
    return False


def _renamed(chain: Chain, arguments: tuple[Name, ...]) -> Chain:
    bases = set(map(base_of, arguments))

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and base_of(part) in bases and OWN not in part.accents:
            return replace(part, accents=(*part.accents, OWN))
        return part

    return mapped_chain(chain, change)


__all__ = ["with_own_arguments"]
