"""The table of elementwise functions: one row each, from which everything else reads, writes, derives and runs them.

In a row, `X` stands for the argument and `Y` for the function's own value. A primitive is computed by the arithmetic
at hand; every other function is computed by its `form`, which is numerically stable and uses primitives only.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from chalkgrad.errors import UnknownNameError
from chalkgrad.language.algebra import ONE, ZERO, divide, indicator, number
from chalkgrad.language.expressions import Call, Constant, Element, Expression, Tensor

PI = Constant("pi")
X: Expression = Element(Tensor("x"), ())
Y: Expression = Element(Tensor("y"), ())
HALF = number("1/2")


@dataclass(frozen=True)
class Kink:
    """A place where the derivative jumps, the value that we take there, and where that convention comes from."""

    at: Fraction
    derivative: Fraction
    convention: str


@dataclass(frozen=True)
class ElementwiseFunction:
    """A row of the table.

    `definition` is how the function is written out on paper; `form` how it is computed (primitives have neither).
    `derivative` is in `X`; `derivative_by_value`, where it exists, in `Y`. `domain` says in words where it is defined.
    `style` is how a call is set: `call` (the name, then the argument), `bars`, `root`, `exponential`, `square`,
    `fraction`.
    """

    name: str
    derivative: Expression
    definition: Expression | None = None
    form: Expression | None = None
    derivative_by_value: Expression | None = None
    latex: str = ""
    unicode: str = ""
    aliases: tuple[str, ...] = ()
    kinks: tuple[Kink, ...] = ()
    domain: str = ""
    style: str = "call"

    @property
    def primitive(self) -> bool:
        """Whether the arithmetic itself computes it."""
        return self.form is None


def _f(name: str, argument: Expression) -> Expression:
    return Call(name, argument)


_PYTORCH = "0 at 0, as PyTorch and TensorFlow take it"
SELU_ALPHA = number("1.6732632423543772848170429916717")
SELU_SCALE = number("1.0507009873554804934193349852946")


def _rows() -> tuple[ElementwiseFunction, ...]:
    exp, tanh, absolute = _f("exp", X), _f("tanh", X), _f("abs", X)
    sigmoid, erf = _f("sigmoid", X), _f("erf", X / Call("sqrt", number(2)))
    positive, not_positive = indicator(">", X, 0), indicator("<=", X, 0)
    density = _f("exp", X**2 * Fraction(-1, 2)) / Call("sqrt", 2 * PI)
    # exp(-|x|) with |x| written by sides: sign(0) = 0 would give dual numbers no slope at 0, where these have one.
    decay_above = _f("exp", not_positive * X - positive * X)
    decay_from = _f("exp", indicator("<", X, 0) * X - indicator(">=", X, 0) * X)
    inner = Call("sqrt", 2 / PI) * (X + number("0.044715") * X**3)
    inner_slope = Call("sqrt", 2 / PI) * (1 + number("0.134145") * X**2)
    tanh_inner = _f("tanh", inner)
    inside = indicator("<", absolute, 1)
    inside_three = indicator("<", absolute, 3)
    softplus = _f("softplus", X)
    zero = (Kink(Fraction(0), Fraction(0), _PYTORCH),)
    return (
        ElementwiseFunction(
            "identity", ONE, definition=X, form=X, aliases=("linear", "none"), latex=r"\operatorname{id}"
        ),
        ElementwiseFunction(
            "relu",
            positive,
            definition=positive * X,
            form=positive * X,
            derivative_by_value=indicator(">", Y, 0),
            latex=r"\operatorname{ReLU}",
            unicode="ReLU",
            aliases=("rectifier",),
            kinks=zero,
        ),
        ElementwiseFunction(
            "leaky_relu",
            positive + number("0.01") * not_positive,
            definition=positive * X + number("0.01") * not_positive * X,
            form=positive * X + number("0.01") * not_positive * X,
            latex=r"\operatorname{LeakyReLU}",
            unicode="LeakyReLU",
            aliases=("lrelu", "leakyrelu"),
            kinks=(Kink(Fraction(0), Fraction(1, 100), "the slope of the left side at 0, as PyTorch takes it"),),
        ),
        ElementwiseFunction(
            "elu",
            positive + not_positive * exp,
            definition=positive * X + not_positive * (exp - 1),
            form=positive * X + not_positive * _f("expm1", X),
            latex=r"\operatorname{ELU}",
            unicode="ELU",
        ),
        ElementwiseFunction(
            "selu",
            SELU_SCALE * (positive + SELU_ALPHA * not_positive * exp),
            definition=SELU_SCALE * (positive * X + SELU_ALPHA * not_positive * (exp - 1)),
            form=SELU_SCALE * (positive * X + SELU_ALPHA * not_positive * _f("expm1", X)),
            latex=r"\operatorname{SELU}",
            unicode="SELU",
            kinks=(Kink(Fraction(0), (SELU_SCALE * SELU_ALPHA).value, "the left side at 0, as PyTorch takes it"),),  # type: ignore[attr-defined]
        ),
        ElementwiseFunction(
            "gelu",
            HALF * (1 + erf) + X * density,
            definition=HALF * X * (1 + erf),
            form=HALF * X * (1 + erf),
            latex=r"\operatorname{GELU}",
            unicode="GELU",
        ),
        ElementwiseFunction(
            "gelu_tanh",
            HALF * (1 + tanh_inner) + HALF * X * (1 - tanh_inner**2) * inner_slope,
            definition=HALF * X * (1 + tanh_inner),
            form=X * _f("sigmoid", 2 * inner),  # 1 + tanh cancels in the left tail
            latex=r"\operatorname{GELU}_{\tanh}",
            unicode="GELUₜ",
        ),
        ElementwiseFunction(
            "silu",
            sigmoid * (1 + X * (1 - sigmoid)),
            definition=X * sigmoid,
            form=X * sigmoid,
            latex=r"\operatorname{SiLU}",
            unicode="SiLU",
            aliases=("swish",),
        ),
        ElementwiseFunction(
            "mish",
            _f("tanh", softplus) + X * (1 - _f("tanh", softplus) ** 2) * sigmoid,
            definition=X * _f("tanh", softplus),
            form=X * _f("tanh", softplus),
            latex=r"\operatorname{Mish}",
            unicode="Mish",
        ),
        ElementwiseFunction(
            "softplus",
            sigmoid,
            definition=_f("log", 1 + exp),
            form=positive * X + _f("log1p", decay_above),
            derivative_by_value=1 - _f("exp", -Y),
            latex=r"\operatorname{softplus}",
        ),
        ElementwiseFunction(
            "sigmoid",
            sigmoid * (1 - sigmoid),
            definition=1 / (1 + _f("exp", -X)),
            form=(indicator(">=", X, 0) + indicator("<", X, 0) * decay_from) / (1 + decay_from),
            derivative_by_value=Y * (1 - Y),
            latex=r"\sigma",
            unicode="σ",
            aliases=("logistic", "sigma", "expit"),
        ),
        ElementwiseFunction("tanh", 1 - tanh**2, derivative_by_value=1 - Y**2, latex=r"\tanh", aliases=("th",)),
        ElementwiseFunction(
            "hard_sigmoid",
            inside_three / 6,
            definition=indicator(">=", X, 3) + inside_three * (X / 6 + HALF),
            form=indicator(">=", X, 3) + inside_three * (X / 6 + HALF),
            latex=r"\operatorname{hardsigmoid}",
            unicode="hardσ",
            aliases=("hardsigmoid",),
            kinks=tuple(Kink(Fraction(at), Fraction(0), "0 at -3 and 3, as PyTorch takes it") for at in (-3, 3)),
        ),
        ElementwiseFunction(
            "hard_tanh",
            inside,
            definition=indicator(">=", X, 1) - indicator("<=", X, -1) + inside * X,
            form=indicator(">=", X, 1) - indicator("<=", X, -1) + inside * X,
            latex=r"\operatorname{hardtanh}",
            unicode="hardtanh",
            aliases=("hardtanh",),
            kinks=tuple(Kink(Fraction(at), Fraction(0), "0 at -1 and 1, as PyTorch takes it") for at in (-1, 1)),
        ),
        ElementwiseFunction(
            "softsign",
            1 / (1 + absolute) ** 2,
            definition=X / (1 + absolute),
            form=X / (1 + absolute),
            derivative_by_value=(1 - _f("abs", Y)) ** 2,
            latex=r"\operatorname{softsign}",
        ),
        ElementwiseFunction("exp", exp, derivative_by_value=Y, latex=r"\exp", style="exponential"),
        ElementwiseFunction("log", 1 / X, latex=r"\log", aliases=("ln",), domain="positive numbers"),
        ElementwiseFunction("log1p", 1 / (1 + X), latex=r"\operatorname{log1p}", domain="numbers above -1"),
        ElementwiseFunction("expm1", exp, derivative_by_value=1 + Y, latex=r"\operatorname{expm1}"),
        ElementwiseFunction(
            "sqrt",
            HALF / _f("sqrt", X),
            derivative_by_value=HALF / Y,
            latex=r"\sqrt",
            unicode="√",
            style="root",
            domain="numbers that are not negative",
        ),
        ElementwiseFunction("abs", _f("sign", X), latex=r"\operatorname{abs}", unicode="abs", kinks=zero, style="bars"),
        ElementwiseFunction("sign", ZERO, latex=r"\operatorname{sign}", aliases=("sgn",), kinks=zero),
        ElementwiseFunction("sin", _f("cos", X), latex=r"\sin"),
        ElementwiseFunction("cos", -_f("sin", X), latex=r"\cos"),
        ElementwiseFunction("tan", 1 + _f("tan", X) ** 2, derivative_by_value=1 + Y**2, latex=r"\tan"),
        ElementwiseFunction("arctan", 1 / (1 + X**2), latex=r"\arctan", aliases=("atan",)),
        ElementwiseFunction(
            "arcsin",
            1 / Call("sqrt", 1 - X**2),
            definition=2 * _f("arctan", X / (1 + Call("sqrt", (1 - X) * (1 + X)))),
            form=2 * _f("arctan", X / (1 + Call("sqrt", (1 - X) * (1 + X)))),
            latex=r"\arcsin",
            aliases=("asin",),
            domain="numbers between -1 and 1",
        ),
        ElementwiseFunction(
            "arccos",
            -1 / Call("sqrt", 1 - X**2),
            definition=2 * _f("arctan", Call("sqrt", (1 - X) / (1 + X))),
            form=2 * _f("arctan", Call("sqrt", (1 - X) / (1 + X))),
            latex=r"\arccos",
            aliases=("acos",),
            domain="numbers between -1 and 1",
        ),
        ElementwiseFunction("sinh", _f("cosh", X), latex=r"\sinh"),
        ElementwiseFunction("cosh", _f("sinh", X), latex=r"\cosh"),
        ElementwiseFunction(
            "sech",
            -_f("sech", X) * tanh,
            definition=1 / _f("cosh", X),
            form=2 * decay_above / (1 + decay_above**2),  # cosh overflows
            latex=r"\operatorname{sech}",
        ),
        ElementwiseFunction("erf", 2 / Call("sqrt", PI) * _f("exp", -(X**2)), latex=r"\operatorname{erf}"),
        ElementwiseFunction(
            "normal_cdf",
            _f("normal_density", X),
            definition=HALF * (1 + erf),
            form=HALF * (1 + erf),
            latex=r"\Phi",
            unicode="Φ",
        ),
        ElementwiseFunction(
            "normal_density",
            -X * _f("normal_density", X),
            definition=density,
            form=density,
            latex=r"\phi",
            unicode="φ",
        ),
        ElementwiseFunction(
            "step",
            ZERO,
            definition=positive,
            form=positive,
            latex=r"\operatorname{step}",
            aliases=("heaviside",),
            kinks=(Kink(Fraction(0), Fraction(0), "0 everywhere: the jump has no derivative"),),
        ),
        ElementwiseFunction(
            "square", 2 * X, definition=X**2, form=X**2, latex=r"\operatorname{square}", style="square"
        ),
        ElementwiseFunction(
            "reciprocal",
            divide(-1, X**2),
            definition=1 / X,
            form=1 / X,
            latex=r"\operatorname{reciprocal}",
            style="fraction",
            domain="numbers other than 0",
        ),
    )


FUNCTIONS: dict[str, ElementwiseFunction] = {}
for _row in _rows():
    FUNCTIONS[_row.name] = _row
_NAMES = {name.lower(): row.name for row in FUNCTIONS.values() for name in (row.name, *row.aliases)}


def function_named(name: str) -> ElementwiseFunction:
    """The row for a name or alias; upper and lower case and hyphens do not matter.

    Raises `UnknownNameError` with the nearest name.

    >>> function_named("ReLU").name, function_named("swish").name
    ('relu', 'silu')
    """
    found = _NAMES.get(name.lower().replace("-", "_"))
    if found is None:
        raise UnknownNameError("function", name, sorted(_NAMES))
    return FUNCTIONS[found]


@lru_cache(maxsize=1024)
def derivative_expression(name: str, order: int) -> Expression:
    """The derivative of a function of the table, of order 1 or more, as an expression in `X`.

    >>> str(derivative_expression("tanh", 1))
    '1 - tanh(x)^2'
    """
    if order == 1:
        return FUNCTIONS[name].derivative
    from chalkgrad.language.differential import differential

    return expand_derivatives(differential(derivative_expression(name, order - 1), lambda element: ONE))


def expand_derivatives(expression: Expression) -> Expression:
    """The expression with every derivative of a function of the table replaced by what the table says it is.

    >>> str(expand_derivatives(Call("sigmoid", Tensor("z")[()], 1)))
    'sigmoid(z)*(1 - sigmoid(z))'
    """
    from chalkgrad.language.substitution import rebuild, replace

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        if isinstance(node, Call) and node.order:
            return replace(derivative_expression(node.function, node.order), {X.identity: node.argument})
        return node

    return change(expression)
