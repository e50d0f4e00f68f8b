"""From what the rules of differentiation give to what a person would write, each change a named step."""

from __future__ import annotations

from chalkgrad.calculus.cancel import cancel, cost
from chalkgrad.calculus.derivation import Step
from chalkgrad.calculus.matching import rewrite
from chalkgrad.calculus.rules import apply_rules
from chalkgrad.calculus.sums import sum_over
from chalkgrad.language import (
    FUNCTIONS,
    Call,
    Definition,
    Element,
    Expression,
    Indicator,
    Program,
    Sum,
    Tensor,
    rebuild,
    replace,
    tensors_in,
    walk,
)
from chalkgrad.language.functions import Y, derivative_expression
from chalkgrad.language.functions import X as ARGUMENT

_ROUNDS = 4


def is_elementary(function: str) -> bool:
    """Whether people write the derivative of a function at once (exp, log, x²) instead of with a prime (σ', tanh')."""
    row = FUNCTIONS[function]
    return row.style != "call" or (row.primitive and function != "tanh")


class Simplifier:
    """Simplifies expressions over the tensors of one program, whose definitions it recognises in them."""

    def __init__(self, program: Program) -> None:
        self.assumptions = program.assumptions
        self.users: dict[Tensor, list[Definition]] = {}
        for definition in program.definitions:
            if cost(definition.body) > 1:
                for tensor in tensors_in(definition.body):
                    self.users.setdefault(tensor, []).append(definition)

    def simplified(self, subject: Element, expression: Expression) -> tuple[Expression, list[Step]]:
        """The simplified expression and the steps that led there."""
        steps: list[Step] = []

        def note(rule: str, changed: Expression) -> None:
            nonlocal expression
            if changed is not expression:
                steps.append(Step(subject, rule, expression, changed))
                expression = changed

        primed = {node.function: None for node in walk(expression) if isinstance(node, Call) and node.order}
        for function in primed:
            note(f"derivative of {FUNCTIONS[function].unicode or function}", self._expanded(expression, function))
        for _ in range(_ROUNDS):
            before = expression
            note("sum of a delta", resummed(expression))
            note("by definition", self._folded(expression))
            for assumption in self.assumptions:
                changed = rewrite(expression, assumption.left, assumption.right, variables=assumption.left.free)
                note(f"assumption: {assumption.reason}", changed)
            changed, rule = apply_rules(expression)
            note(rule, changed)
            note("cancel", cancel(expression))
            if expression is before:
                break
        return expression, steps

    def elementary(self, expression: Expression) -> Expression:
        """Derivatives of elementary functions written out at once; those of activations keep their prime."""

        def change(node: Expression) -> Expression:
            node = rebuild(node, change)
            if isinstance(node, Call) and node.order and is_elementary(node.function):
                return replace(derivative_expression(node.function, node.order), {ARGUMENT.identity: node.argument})
            return node

        return change(expression)

    def _expanded(self, expression: Expression, function: str) -> Expression:
        """The derivative of one function of the table written out, in the function's own value where that has a name."""
        row = FUNCTIONS[function]

        def change(node: Expression) -> Expression:
            node = rebuild(node, change)
            if not isinstance(node, Call) or node.function != function or node.order == 0:
                return node
            by_value = row.derivative_by_value
            if node.order == 1 and by_value is not None and not isinstance(by_value, Indicator):
                value = self._folded(Call(function, node.argument))
                if isinstance(value, Element):
                    return replace(by_value, {Y.identity: value})
            return replace(derivative_expression(function, node.order), {ARGUMENT.identity: node.argument})

        return change(expression)

    def _folded(self, expression: Expression) -> Expression:
        """Bodies of definitions replaced by what they define."""
        candidates = dict.fromkeys(
            definition for tensor in tensors_in(expression) for definition in self.users.get(tensor, ())
        )
        for definition in candidates:
            expression = rewrite(
                expression, definition.body, definition.left, variables=frozenset(definition.indices)
            )
        return expression


def resummed(expression: Expression) -> Expression:
    """Every sum in normal form: deltas eliminated, constant factors in front.

    >>> from chalkgrad.language import Axis, delta
    >>> i, j = Axis("i", 3), Axis("j", 3)
    >>> a = Tensor("a", (i,))
    >>> str(resummed(Sum(delta(i, j) * a[i], i)))
    'a[j]'
    """

    def change(node: Expression) -> Expression:
        changed = rebuild(node, change)
        return sum_over(changed.body, changed.axis) if isinstance(changed, Sum) else changed

    return change(expression)
