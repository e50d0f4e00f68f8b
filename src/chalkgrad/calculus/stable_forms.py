"""Forms that floating-point numbers compute badly, what they are computed as, and why: for engines, and as steps."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.calculus.logistic import LOGISTIC, with_logistic
from chalkgrad.calculus.matching import rewrite
from chalkgrad.calculus.steps import Step
from chalkgrad.language import (
    Call,
    Definition,
    Element,
    Expression,
    Max,
    Program,
    Sum,
    Tensor,
    add,
    multiply,
    rebuild,
    walk,
)

_A, _B = Tensor("a"), Tensor("b")
A, B = Element(_A, ()), Element(_B, ())
PLACEHOLDERS = frozenset({_A, _B})


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
        expression = rewrite(expression, form.pattern, form.replacement, PLACEHOLDERS)
    return expression


LOGISTIC_REASON = "an exponential that overflows divides another or 1"
SHIFTED = "logarithm of a sum of exponentials"
SHIFTED_REASON = "the exponentials overflow for large a: the greatest is taken off, and none exceeds 1"


def stable_steps(definition: Definition) -> list[Step]:
    """The steps from a definition as it is written to what is computed, each with its numerical reason.

    >>> x, L = Tensor("x"), Tensor("L")
    >>> for step in stable_steps(Definition(L, (), Call("log", 1 + Call("exp", x[()])))):
    ...     print(step.rule, step.after, sep=" => ")
    logarithm of one plus an exponential, as the exponential overflows for large a => softplus(x)
    """
    steps: list[Step] = []
    body = definition.body

    def note(name: str, reason: str, changed: Expression) -> None:
        nonlocal body
        if changed is not body:
            steps.append(Step(definition.left, f"{name}, as {reason}", body, changed))
            body = changed

    note(LOGISTIC, LOGISTIC_REASON, with_logistic(body))
    note(SHIFTED, SHIFTED_REASON, _with_greatest_taken_off(body))
    for form in STABLE_FORMS:
        if not any(isinstance(node, Max) for node in walk(body)):
            note(form.name, form.reason, rewrite(body, form.pattern, form.replacement, PLACEHOLDERS))
    return steps


def _with_greatest_taken_off(node: Expression) -> Expression:
    """log Σ exp a as max a + log Σ exp(a - max a)."""
    node = rebuild(node, _with_greatest_taken_off)
    if not isinstance(node, Call) or node.function != "log" or node.order:
        return node
    axes, body = [], node.argument
    while isinstance(body, Sum):
        axes.append(body.axis)
        body = body.body
    if not axes or not isinstance(body, Call) or body.function != "exp" or body.order:
        return node
    inner: Expression = body.argument
    for axis in axes:
        inner = Max(inner, axis) if axis in inner.free else inner
    total: Expression = Call("exp", add(body.argument, multiply(-1, inner)))
    for axis in reversed(axes):
        total = Sum(total, axis)
    return add(inner, Call("log", total))


def with_logistic_named(program: Program) -> Program:
    """The program with the logistic function under its name wherever it is written out.

    >>> x, L = Tensor("x"), Tensor("L")
    >>> logistic = Definition(L, (), 1 / (1 + Call("exp", -x[()])))
    >>> print(*with_logistic_named(Program((x,), (logistic,), (L,))).definitions)
    L = sigmoid(x)
    """
    definitions = (Definition(each.tensor, each.indices, with_logistic(each.body)) for each in program.definitions)
    return Program(program.declared, tuple(definitions), program.results, program.assumptions)
