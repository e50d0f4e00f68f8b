"""Rewriting that keeps float64 exact where the equation as written overflows or cancels; for engines, not for paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from chalkgrad.calculus.matching import rewrite
from chalkgrad.calculus.normalised import softmax_is
from chalkgrad.language import (
    Call,
    Definition,
    Element,
    Expression,
    Program,
    Tensor,
    bound_axes,
    rebuild,
    substitute_elements,
    walk,
)

_A, _B = Tensor("a"), Tensor("b")
A, B = Element(_A, ()), Element(_B, ())
_LOOK_THROUGH = 3


@dataclass(frozen=True)
class StableForm:
    """`pattern` and `replacement` are equal; float64 computes the first badly where `a` is `trouble`, and why."""

    name: str
    pattern: Expression
    replacement: Expression
    reason: str
    trouble: float


def _f(name: str, argument: Expression) -> Expression:
    return Call(name, argument)


STABLE_FORMS = (
    StableForm(
        "logarithm of a sigmoid",
        _f("log", _f("sigmoid", A)),
        -_f("softplus", -A),
        "σ(a) underflows to 0 for very negative a, and its logarithm is then infinite",
        -1000.0,
    ),
    StableForm(
        "logarithm of one minus a sigmoid",
        _f("log", 1 - _f("sigmoid", A)),
        -_f("softplus", A),
        "σ(a) rounds to 1 for large a, and the logarithm of the difference is then infinite",
        1000.0,
    ),
    StableForm(
        "one minus a sigmoid",
        1 - _f("sigmoid", A),
        _f("sigmoid", -A),
        "the difference cancels where σ(a) is close to 1",
        40.0,
    ),
    StableForm(
        "logarithm of one plus an exponential",
        _f("log", 1 + _f("exp", A)),
        _f("softplus", A),
        "the exponential overflows for large a",
        1000.0,
    ),
    StableForm(
        "log1p of an exponential",
        _f("log1p", _f("exp", A)),
        _f("softplus", A),
        "the exponential overflows for large a",
        1000.0,
    ),
    StableForm(
        "logarithm of a quotient with an exponential",
        _f("log", _f("exp", A) / B),
        A - _f("log", B),
        "the exponential underflows to 0 for very negative a: the logarithm of a softmax",
        -1000.0,
    ),
    StableForm(
        "logarithm of an exponential", _f("log", _f("exp", A)), A, "the exponential overflows for large a", 1000.0
    ),
    StableForm(
        "exponential minus one",
        _f("exp", A) - 1,
        _f("expm1", A),
        "the difference cancels where the exponential is close to 1",
        1e-12,
    ),
    StableForm(
        "logarithm of one plus a small number",
        _f("log", 1 + A),
        _f("log1p", A),
        "1 + a rounds the digits of a small a away",
        1e-12,
    ),
)


def stabilised_expression(expression: Expression) -> Expression:
    """The expression with every stable form written in, in the order of the list.

    >>> z = Tensor("z")[()]
    >>> str(stabilised_expression(Call("log", 1 - Call("sigmoid", z))))
    '-softplus(z)'
    """
    for form in STABLE_FORMS:
        expression = rewrite(expression, form.pattern, form.replacement, frozenset({_A, _B}))
    return expression


@lru_cache(maxsize=256)
def stabilised(program: Program) -> Program:
    """The same program in forms that float64 can compute: the loss of a network is finite at extreme logits.

    A logarithm is followed through the definitions of what stands in it: with p := σ(z), log(p) becomes -softplus(-z).

    >>> z, p, L = Tensor("z"), Tensor("p"), Tensor("L")
    >>> lines = (Definition(p, (), Call("sigmoid", z[()])), Definition(L, (), -Call("log", p[()])))
    >>> print(stabilised(Program((z,), lines, (L,))).definitions[-1])
    L = softplus(-z)
    """
    bodies: dict[Tensor, Definition] = {}
    definitions = []
    for definition in program.definitions:
        body = stabilised_expression(_logarithms_followed(definition.body, bodies))
        definitions.append(Definition(definition.tensor, definition.indices, body))
        bodies[definition.tensor] = definition
    return Program(program.declared, tuple(definitions), program.results, program.assumptions)


def _logarithms_followed(expression: Expression, bodies: dict[Tensor, Definition]) -> Expression:
    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        if isinstance(node, Call) and node.function == "log" and not node.order:
            return _followed(node, bodies)
        return node

    return change(expression)


def _followed(logarithm: Call, bodies: dict[Tensor, Definition]) -> Expression:
    """The logarithm with definitions written into it until a stable form applies; itself if none does."""
    written: Expression = logarithm
    for _ in range(_LOOK_THROUGH):
        inside = [node for node in walk(written) if isinstance(node, Element) and node.tensor in bodies]
        if not inside or any(index.axis is None for node in inside for index in node.indices):
            return logarithm
        used = {node.tensor: bodies[node.tensor] for node in inside}
        simple = {t: (d.indices, d.body) for t, d in used.items() if not bound_axes(d.body) or softmax_is(d.body)}
        if not simple:
            return logarithm
        written = substitute_elements(written, simple)
        stable = _stable_logarithm(written)
        if stable is not written:
            return stable
    return logarithm


def _stable_logarithm(logarithm: Expression) -> Expression:
    """The logarithm in the first stable form for logarithms of functions that applies; itself if none does."""
    for form in STABLE_FORMS:
        if any(isinstance(node, Call) and node.function in ("sigmoid", "exp") for node in walk(form.pattern)):
            changed = rewrite(logarithm, form.pattern, form.replacement, frozenset({_A, _B}))
            if changed is not logarithm:
                return changed
    return logarithm
