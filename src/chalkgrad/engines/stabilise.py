"""Rewriting that keeps float64 exact where the equation as written overflows or cancels; for engines, not for paper."""

from __future__ import annotations

from functools import lru_cache

from chalkgrad.calculus.matching import rewrite
from chalkgrad.calculus.normalised import softmax_is
from chalkgrad.calculus.stable_forms import PLACEHOLDERS, STABLE_FORMS, stabilised_expression
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

_LOOK_THROUGH = 3


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
            changed = rewrite(logarithm, form.pattern, form.replacement, PLACEHOLDERS)
            if changed is not logarithm:
                return changed
    return logarithm
