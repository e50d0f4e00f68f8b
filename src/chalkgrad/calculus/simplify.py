"""From what the rules of differentiation give to what a person would write, each change a named step."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as with_fields

from chalkgrad.calculus.beyond import Places, places_of
from chalkgrad.calculus.cancel import cancel
from chalkgrad.calculus.known_sums import KNOWN_SUM, KnownSums, named_sum, sums_of, with_known_sums
from chalkgrad.calculus.logistic import LOGISTIC, with_logistic
from chalkgrad.calculus.matching import rewrite
from chalkgrad.calculus.matrix_rules import with_inverses_cancelled
from chalkgrad.calculus.quotients import Quotient, quotient_of, read_backwards
from chalkgrad.calculus.rules import apply_rules
from chalkgrad.calculus.steps import Step
from chalkgrad.calculus.sums import sum_over
from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Axis,
    Call,
    Definition,
    Delta,
    Element,
    Expression,
    Indicator,
    Multiply,
    Program,
    Sum,
    Tensor,
    add,
    bound_axes,
    divide,
    multiply,
    rebuild,
    replace,
    split_coefficient,
    substitute_axes,
    walk,
)
from chalkgrad.language.functions import X as ARGUMENT
from chalkgrad.language.functions import Y, derivative_expression

_ROUNDS = 4


def is_elementary(function: str) -> bool:
    """Whether people write the derivative of a function at once (exp, log, x²) instead of with a prime (σ', tanh')."""
    row = FUNCTIONS[function]
    return row.style != "call" or (row.primitive and function != "tanh")


class Simplifier:
    """Simplifies expressions over the tensors of one program, whose definitions it recognises in them."""

    def __init__(self, program: Program) -> None:
        self.assumptions = program.assumptions
        self.recognised: dict[Tensor, list[_Recognised]] = {}
        self.quotients: list[Quotient] = []
        self.cancelled: dict[Expression, Expression] = {}
        self.done: dict[tuple[Element, Expression], tuple[Expression, list[Step]]] = {}
        self.known_sums: KnownSums = {}
        self.named_sums: KnownSums = {}
        summed: set[Tensor] = set()
        for definition in (with_fields(each, body=resummed(each.body)) for each in program.definitions):
            quotient = quotient_of(definition)
            if quotient is not None:
                self.quotients.append(quotient)
            recognised = _recognised(definition)
            if recognised is not None:
                for tensor in recognised.pattern.tensors:
                    self.recognised.setdefault(tensor, []).append(recognised)
            self.known_sums |= sums_of(definition, frozenset(summed), self._total)
            self.named_sums |= named_sum(definition)
            if summed.intersection(definition.body.tensors) or bound_axes(definition.body):
                summed.add(definition.tensor)

    def simplified(self, subject: Element, expression: Expression) -> tuple[Expression, list[Step]]:
        """The simplified expression and the steps that led there."""
        known = self.done.get((subject, expression))
        if known is None:
            known = self.done[subject, expression] = self._simplified(subject, expression)
        return known

    def _simplified(self, subject: Element, expression: Expression) -> tuple[Expression, list[Step]]:
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
            note("a quotient read backwards", self._read_backwards(expression))
            note(KNOWN_SUM, self._with_known_sums(expression))
            whole, rule = with_inverses_cancelled(expression)
            note(rule, whole)
            for assumption in self.assumptions:
                changed = rewrite(expression, assumption.left, assumption.right, variables=assumption.left.free)
                note(f"assumption: {assumption.reason}", changed)
            changed, rule = apply_rules(expression)
            note(rule, changed)
            note(LOGISTIC, with_logistic(expression))
            note("cancel", self._cancelled(expression))
            if expression is before:
                break
        tidy = positive_first(expression)
        if steps and tidy is not expression:
            steps[-1] = with_fields(steps[-1], after=tidy)
        return tidy, steps

    def _cancelled(self, expression: Expression) -> Expression:
        known = self.cancelled.get(expression)
        if known is None:
            known = self.cancelled[expression] = cancel(expression)
            self.cancelled[known] = known
        return known

    def _with_known_sums(self, expression: Expression) -> Expression:
        """Sums that are known worked out; those that have a name where the result is shorter then."""
        expression = with_known_sums(expression, self.known_sums)
        named = with_known_sums(expression, self.named_sums)
        if named is not expression:
            named = self._cancelled(self._read_backwards(self._folded(named)))
            if named.cost < self._cancelled(expression).cost:
                return named
        return expression

    def _total(self, expression: Expression) -> Expression:
        """A sum over a definition, by the definitions before it."""
        return self._cancelled(with_known_sums(self._folded(expression), self.known_sums))

    def _read_backwards(self, expression: Expression) -> Expression:
        """The expression in quotients instead of what they divide, where it is shorter then."""
        present = set(expression.tensors)
        for quotient in self.quotients:
            if present.issuperset(quotient.above.tensors):
                changed = read_backwards(expression, quotient)
                if changed is not expression:
                    changed = self._cancelled(resummed(changed))
                    if changed.cost <= self._cancelled(expression).cost:
                        expression = changed
        return expression

    def elementary(self, expression: Expression) -> Expression:
        """Derivatives of elementary functions written out at once; those of activations keep their prime."""
        node = rebuild(expression, self.elementary)
        if isinstance(node, Call) and node.order and is_elementary(node.function):
            return replace(derivative_expression(node.function, node.order), {ARGUMENT.identity: node.argument})
        return node

    def _expanded(self, expression: Expression, function: str) -> Expression:
        """The derivative of one function of the table written out, in its own value where that has a name."""
        row = FUNCTIONS[function]

        def change(node: Expression, around: Places) -> Expression:
            inner = places_of(node, around)
            node = rebuild(node, lambda each: change(each, inner))
            if not isinstance(node, Call) or node.function != function or node.order == 0:
                return node
            by_value = row.derivative_by_value
            if node.order == 1 and by_value is not None and not isinstance(by_value, Indicator):
                value = self._folded(Call(function, node.argument), around)
                if isinstance(value, Element):
                    return replace(by_value, {Y.identity: value})
            return replace(derivative_expression(function, node.order), {ARGUMENT.identity: node.argument})

        return change(expression, frozenset())

    def _folded(self, expression: Expression, around: Places = frozenset()) -> Expression:
        """Bodies of definitions replaced by what they define, beside what is 0 beyond the places `around`."""
        before = None
        while expression is not before:
            before, present = expression, set(expression.tensors)
            candidates = dict.fromkeys(one for tensor in present for one in self.recognised.get(tensor, ()))
            for one in candidates:
                if one.pattern.cost <= expression.cost and present.issuperset(one.pattern.tensors):
                    expression = rewrite(
                        expression, one.pattern, one.replacement, variables=one.variables, around=around
                    )
        return expression


@dataclass(frozen=True, eq=False)
class _Recognised:
    """What is recognised as a definition: its body without constant factors, and what that equals."""

    pattern: Expression
    replacement: Expression
    variables: frozenset[Axis]


def _recognised(definition: Definition) -> _Recognised | None:
    """With μ = Σx/d, also Σx = d μ is recognised. None for a bare name, or where an index of the left is not used."""
    body: Expression = definition.body
    replacement: Expression = definition.left
    if isinstance(body, Multiply):
        constant = [factor for factor in body.factors if not factor.tensors and not factor.free]
        body, replacement = (
            multiply(*(f for f in body.factors if f not in constant)),
            divide(replacement, multiply(*constant)),
        )
    variables = frozenset(definition.indices)
    return _Recognised(body, replacement, variables) if body.cost > 1 and variables <= body.free else None


def positive_first(expression: Expression) -> Expression:
    """Every sum with a term with a plus in front, where it has one: ŷ - y and not -y + ŷ.

    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> str(positive_first(y - x)), str(positive_first(-x + y))
    ('y - x', 'y - x')
    """
    node = rebuild(expression, positive_first)
    if isinstance(node, Add) and split_coefficient(node.terms[0])[0] < 0:
        return add(*sorted(node.terms, key=lambda term: split_coefficient(term)[0] < 0))
    return node


def resummed(expression: Expression) -> Expression:
    """Every sum in normal form: deltas eliminated, constant factors in front.

    >>> from chalkgrad.language import Axis, delta
    >>> i, j = Axis("i", 3), Axis("j", 3)
    >>> a = Tensor("a", (i,))
    >>> str(resummed(Sum(delta(i, j) * a[i], i)))
    'a[j]'
    """
    changed = rebuild(expression, resummed)
    if isinstance(changed, Multiply):
        return _at_one_place(changed)
    return sum_over(changed.body, changed.axis) if isinstance(changed, Sum) else changed


def _at_one_place(product: Multiply) -> Expression:
    """A product with a delta of two indices that its other factors both have, with one of them in these."""
    for delta in product.factors:
        if not isinstance(delta, Delta) or delta.left.axis is None or delta.right.axis is None:
            continue
        kept, gone = sorted((delta.left.axis, delta.right.axis), key=lambda axis: (len(axis.name), axis.name))
        others = [factor for factor in product.factors if factor is not delta]
        free = frozenset().union(*(factor.free for factor in others))
        if kept.size == gone.size and {kept, gone} <= free:
            return multiply(delta, *(substitute_axes(factor, {gone: kept}) for factor in others))
    return product
