r"""The variables of statements about functions: the x of `\sigma'(x) = \sigma(x)(1 - \sigma(x))`.

Such a statement holds for any number, whatever else the document calls x: it gets a variable of its own, so that an
input x that is a vector makes no product of vectors of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.language import FUNCTIONS
from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    Text,
    mapped_chain,
    walk_syntax,
)
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of, is_transpose
from chalkgrad.reading.vocabulary import Vocabulary, applications, quantities

OWN = "§00"  # the accent of a variable that is a function's own
_CONSTANTS = frozenset(("e", "pi"))
_OF_VECTORS = frozenset((r"\odot", r"\circ", r"\otimes", ".*", "@", ":"))
_ASSERTED = frozenset(("=", "≈", "≡", ":="))


def with_own_variables(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The statements, where those about functions of one number have a variable that nothing else speaks of."""
    plain = _plain_functions(statements, vocabulary)
    variables = [_variable(statement.chain, plain, vocabulary) for statement in statements]
    elsewhere = {
        base_of(name)
        for statement, variable in zip(statements, variables, strict=True)
        if variable is None and not _defines(statement.chain, plain)
        for name in quantities(statement.chain)
    }
    return [
        replace(statement, chain=_renamed(statement.chain, variable))
        if variable is not None and base_of(variable) in elsewhere else statement
        for statement, variable in zip(statements, variables, strict=True)
    ]  # fmt: skip


def _plain_functions(statements: Sequence[Statement], vocabulary: Vocabulary) -> frozenset[str]:
    """The functions that a document defines as formulas of one number."""
    bodies: dict[str, bool] = {}
    for statement in statements:
        left, *sides = statement.chain.sides
        called = _called(left)
        if called is not None and not called[0].primes and statement.chain.relations[0] in _ASSERTED:
            base, variable = base_of(called[0]), called[1]
            plain = all(_is_of_numbers(side, variable, frozenset(), vocabulary) for side in sides)
            bodies[base] = bodies.get(base, True) and plain
    return frozenset(base for base, plain in bodies.items() if plain)


def _defines(chain: Chain, plain: frozenset[str]) -> bool:
    """Whether a statement says what a function is, as a formula of its own variable."""
    called = _called(chain.sides[0])
    return called is not None and not called[0].primes and base_of(called[0]) in plain


def _variable(chain: Chain, plain: frozenset[str], vocabulary: Vocabulary) -> Name | None:
    """The variable of a statement that says what the derivative of a function is, and of nothing else."""
    left, *sides = chain.sides
    called = _derived(left)
    if any(relation not in _ASSERTED for relation in chain.relations):
        return None
    if called is None:
        variable = _of_formula(left, plain, vocabulary)
        if variable is None:
            return None
    else:
        function, variable = called
        if not _is_elementwise(function, plain, vocabulary):
            return None
    return variable if all(_is_of_numbers(side, variable, plain, vocabulary) for side in sides) else None


def _derived(left: Syntax) -> tuple[Name, Name] | None:
    r"""The function and the variable of a derivative: `f'(x)`, `\frac{d f(x)}{dx}`, `\frac{d}{dx} f(x)`."""
    called = _called(left)
    if called is not None:
        return called if called[0].primes else None
    if isinstance(left, Derivative) and left.numerator is not None and len(left.denominators) == 1:
        called = _called(left.numerator)
        return called if called is not None and left.denominators[0] == called[1] else None
    if isinstance(left, Product) and len(left.factors) > 1 and isinstance(left.factors[0], Derivative):
        sign = left.factors[0]
        rest = replace(left, operators=("", *left.operators[2:]), factors=left.factors[1:])
        called = _called(rest if len(rest.factors) > 1 else rest.factors[0])
        if sign.numerator is None and called is not None and sign.denominators == (called[1],):
            return called
    return None


def _of_formula(left: Syntax, plain: frozenset[str], vocabulary: Vocabulary) -> Name | None:
    r"""The variable of the derivative of a function of a function, `\frac{d}{dx} \ln \sigma(x)`."""
    sign, inner = left, left.numerator if isinstance(left, Derivative) else None
    if isinstance(left, Product) and isinstance(left.factors[0], Derivative) and left.factors[0].numerator is None:
        sign = left.factors[0]
        inner = replace(left, operators=("", *left.operators[2:]), factors=left.factors[1:])
    if not isinstance(sign, Derivative) or len(sign.denominators) != 1 or not isinstance(inner, Product):
        return None
    variable, functions = sign.denominators[0], [each for each in inner.factors[:-1] if isinstance(each, Name)]
    if not isinstance(variable, Name) or any(inner.operators) or not 0 < len(functions) == len(inner.factors) - 1:
        return None
    if not all(_is_elementwise(each, plain, vocabulary) for each in functions):
        return None
    if not any(_same(name, variable) for name in _names(inner, variable)):
        return None  # the `u_a` of `\log \pi_a`
    return variable if _is_of_numbers(inner, variable, plain, vocabulary) else None


def _called(side: Syntax) -> tuple[Name, Name] | None:
    """The function and the one name that it is applied to, where a side is nothing else."""
    if isinstance(side, Group) and side.bracket == "{" and len(side.contents) == 1:
        side = side.contents[0]
    if not isinstance(side, Product) or len(side.factors) != 2:
        return None
    found = next(applications(side), None)
    if found is None or len(found[1].contents) != 1 or not isinstance(found[1].contents[0], Name):
        return None
    if side.factors[1] is not found[1] or found[0].subscripts or found[0].superscripts:
        return None
    return found[0], found[1].contents[0]


def _is_elementwise(function: Name, plain: frozenset[str], vocabulary: Vocabulary) -> bool:
    row = vocabulary.row_of(replace(function, primes=0))
    return base_of(function) in plain or row in FUNCTIONS


def _is_of_numbers(side: Syntax, variable: Name, plain: frozenset[str], vocabulary: Vocabulary) -> bool:
    """Whether a side speaks of nothing but a variable and functions of it, and does nothing that asks for a vector."""
    for part in walk_syntax(side):
        if isinstance(part, BigOperator | Text) or (isinstance(part, Group) and part.bracket in ("|", r"\|")):
            return False
        if isinstance(part, Group) and part.bracket == "[" and not _is_bracket(part):
            return False
        if isinstance(part, Product) and _OF_VECTORS & set(part.operators):
            return False
        if isinstance(part, Scripted | Name) and part != variable and any(map(is_transpose, part.superscripts)):
            return False
    return all(
        _is_constant(name) or _same(name, variable) or _is_elementwise(name, plain, vocabulary)
        for name in _names(side, variable)
    )


def _is_constant(name: Name) -> bool:
    r"""Whether a name is e or π; a `\pi_a` is a quantity."""
    return base_of(name) in _CONSTANTS and not name.subscripts


def _is_bracket(group: Group) -> bool:
    """Whether square brackets only hold a formula together, and make no vector."""
    return len(group.contents) == 1 and not isinstance(group.contents[0], Name | Number)


def _names(side: Syntax, variable: Name) -> Iterator[Name]:
    """The quantities of a side; the marks of the variable itself are none."""
    yield from (name for name in quantities(side) if name not in variable.superscripts)


def _same(name: Name, variable: Name) -> bool:
    """Whether a name is the variable, be it raised to a power."""
    if name == variable:
        return True
    powers = name.superscripts
    return not variable.superscripts and replace(name, superscripts=()) == variable and all(
        isinstance(power, Number) for power in powers
    )  # fmt: skip


def _renamed(chain: Chain, variable: Name) -> Chain:
    own = replace(variable, subscripts=(), superscripts=(), accents=(*variable.accents, OWN))

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and _same(part, variable):
            powers = () if part == variable else part.superscripts
            return replace(own, superscripts=powers, span=part.span)
        return part

    return mapped_chain(chain, change)


__all__ = ["OWN", "with_own_variables"]
