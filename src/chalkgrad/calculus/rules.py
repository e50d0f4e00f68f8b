"""Rewriting rules as data: each an equation that holds for all values in its domain, named as a step shows it."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.calculus.matching import rewrite
from chalkgrad.language import Call, Element, Expression, Tensor, walk

_A, _B = Tensor("a"), Tensor("b")
A, B = Element(_A, ()), Element(_B, ())
PLACEHOLDERS = frozenset({_A, _B})


@dataclass(frozen=True)
class Rule:
    """`pattern = replacement` for whatever stands for a and b (positive where `positive` says so)."""

    name: str
    pattern: Expression
    replacement: Expression
    positive: bool = False


RULES = (
    Rule("logarithm of an exponential", Call("log", Call("exp", A)), A),
    Rule("exponential of a logarithm", Call("exp", Call("log", A)), A, positive=True),
    Rule("square of a root", Call("sqrt", A) ** 2, A, positive=True),
    Rule("sign over absolute value", Call("sign", A) * Call("abs", A) ** -1, A**-1),
    Rule("product of exponentials", Call("exp", A) * Call("exp", B), Call("exp", A + B)),
)
_FUNCTIONS = frozenset(node.function for rule in RULES for node in walk(rule.pattern) if isinstance(node, Call))


def apply_rules(expression: Expression) -> tuple[Expression, str]:
    """The expression after every simplifying rule that applies, and the names of those that did.

    >>> expression, names = apply_rules(Call("log", Call("exp", Tensor("z")[()])))
    >>> str(expression), names
    ('z', 'logarithm of an exponential')
    """
    used = []
    if any(isinstance(node, Call) and node.function in _FUNCTIONS for node in walk(expression)):
        for rule in RULES:
            changed = rewrite(expression, rule.pattern, rule.replacement, PLACEHOLDERS)
            if changed is not expression:
                expression = changed
                used.append(rule.name)
    return expression, ", ".join(used)
