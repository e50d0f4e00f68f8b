"""The JavaScript engine for programs of plain numbers: source that runs in any browser, as it stands.

Programs with axes are not printed yet; they are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from chalkgrad.engines.names import Names
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    Indicator,
    Multiply,
    Number,
    Power,
    Program,
    Tensor,
    multiply,
    replace,
    split_coefficient,
)
from chalkgrad.language.functions import X, derivative_expression

_OPERATORS = {"=": "==", "!=": "!="}
_MATH = {"arctan": "atan"}
RESERVED = (
    *("arguments", "case", "catch", "const", "debugger", "default", "delete", "do", "enum", "eval", "export"),
    *("extends", "false", "function", "implements", "instanceof", "interface", "let", "new", "null", "package"),
    *("private", "protected", "public", "static", "super", "switch", "this", "throw", "true", "typeof", "undefined"),
    *("var", "void", "Infinity", "NaN", "Math", "gate", "erf"),
)

# What the printed source uses besides Math. The error function is summed as a series, and far out as a fraction.
ERF = """\
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  let term = size, sum = size;
  if (size < 3) {
    for (let n = 1; n < 120 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= 2 * size * size / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * 2 / Math.sqrt(Math.PI) * Math.exp(-size * size) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / (size + fraction) / Math.sqrt(Math.PI));
}"""
HELPERS = f"function gate(holds, value) {{ return holds ? value : 0; }}\n{ERF}\n"


def javascript_source(program: Program, function_name: str) -> str:
    """A JavaScript function that computes a program of plain numbers: the declared tensors in, the results as a list.

    It uses `HELPERS`, which are to stand beside it. Raises `ProgramError` for a program with axes.

    >>> from chalkgrad.language import Definition, Role
    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("y")
    >>> print(javascript_source(Program((x,), (Definition(y, (), Call("relu", x[()]) ** 2),), (y,)), "f"))
    function f(x) {
      const y = gate(x > 0, x)**2;
      return [y];
    }
    """
    identifiers = Names([*RESERVED, function_name])
    names: dict[Tensor, str] = {}
    for tensor in (*program.declared, *(definition.tensor for definition in program.definitions)):
        if tensor.axes:
            raise ProgramError(f"'{tensor.name}' has axes; the JavaScript engine takes programs of plain numbers")
        names[tensor] = identifiers.of(tensor, tensor.name)
    lines = [
        f"  const {names[definition.tensor]} = {javascript_expression(definition.body, names)};"
        for definition in program.definitions
    ]
    arguments = ", ".join(names[tensor] for tensor in program.declared)
    results = ", ".join(names[tensor] for tensor in program.results)
    return "\n".join([f"function {function_name}({arguments}) {{", *lines, f"  return [{results}];", "}"])


def javascript_expression(expression: Expression, names: Mapping[Tensor, str]) -> str:
    """One expression of plain numbers in JavaScript. Raises `ProgramError` for indices, sums and maxima.

    >>> x = Tensor("x")
    >>> javascript_expression(Call("sqrt", 1 + x[()] ** 2) / 3 - x[()], {x: "x"})
    '(1/3)*Math.sqrt(1 + x**2) - x'
    """
    return _written(expression, names)[0]


_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4


def _written(expression: Expression, names: Mapping[Tensor, str]) -> tuple[str, int]:
    """The text of an expression and how strongly it holds together."""
    match expression:
        case Number(value=value):
            return _number(value)
        case Constant():
            return "Math.PI", _ATOM
        case Element(tensor=tensor) if tensor in names:
            return names[tensor], _ATOM
        case Add(terms=terms):
            text = _at_least(terms[0], names, _SUM)
            for term in terms[1:]:
                negative = split_coefficient(term)[0] < 0
                written = _at_least(multiply(-1, term) if negative else term, names, _PRODUCT)
                text += f" - {written}" if negative else f" + {written}"
            return text, _SUM
        case Multiply(factors=factors):
            return _product(factors, names)
        case Power(base=base, exponent=exponent):
            if exponent == Number(Fraction(-1)):
                return f"1/{_at_least(base, names, _POWER)}", _PRODUCT
            return f"{_at_least(base, names, _ATOM)}**{_at_least(exponent, names, _ATOM)}", _POWER
        case Indicator():
            return f"gate({_condition(expression, names)}, 1)", _ATOM
        case Call(function=function, argument=argument, order=order):
            row = FUNCTIONS[function]
            body = derivative_expression(function, order) if order else row.form
            if body is not None:
                return _written(replace(body, {X.identity: argument}), names)
            name = "erf" if function == "erf" else f"Math.{_MATH.get(function, function)}"
            return f"{name}({_at_least(argument, names, _SUM)})", _ATOM
    raise ProgramError(f"{expression} has indices; the JavaScript engine takes programs of plain numbers")


def _at_least(expression: Expression, names: Mapping[Tensor, str], strength: int) -> str:
    text, own = _written(expression, names)
    return text if own >= strength else f"({text})"


def _number(value: Fraction) -> tuple[str, int]:
    if value.denominator == 1:
        text = str(value.numerator) if abs(value.numerator) < 2**53 else repr(float(value))
    else:
        small = max(abs(value.numerator), value.denominator) < 1000
        text = f"{value.numerator}/{value.denominator}" if small else repr(float(value))
    return text, _PRODUCT if "/" in text or value < 0 else _ATOM


def _condition(indicator: Indicator, names: Mapping[Tensor, str]) -> str:
    operator = _OPERATORS.get(indicator.comparison, indicator.comparison)
    return f"{_at_least(indicator.left, names, _SUM)} {operator} {_at_least(indicator.right, names, _SUM)}"


def _product(factors: tuple[Expression, ...], names: Mapping[Tensor, str]) -> tuple[str, int]:
    """Conditions gate what they multiply: where one fails the product is 0, whatever the rest is."""
    gates = [factor for factor in factors if isinstance(factor, Indicator | Delta)]
    others = [factor for factor in factors if not isinstance(factor, Indicator | Delta)]
    if gates:
        text = _product(tuple(others), names)[0] if others else "1"
        for gate in reversed(gates):
            if isinstance(gate, Delta):
                raise ProgramError(f"{gate} has indices; the JavaScript engine takes programs of plain numbers")
            text = f"gate({_condition(gate, names)}, {text})"
        return text, _ATOM
    sign, text = "", ""
    if len(others) > 1 and others[0] == Number(Fraction(-1)):
        sign, others = "-", others[1:]
    for factor in others:
        inverse = isinstance(factor, Power) and factor.exponent == Number(Fraction(-1))
        if inverse and text:
            assert isinstance(factor, Power)
            text += f"/{_at_least(factor.base, names, _POWER)}"
        else:
            whole = isinstance(factor, Number) and factor.value.denominator == 1
            weak = not whole and (isinstance(factor, Number) or (bool(sign) and not text))  # JavaScript refuses -x**2
            written = _at_least(factor, names, _PRODUCT if whole else _ATOM if weak else _POWER)
            text += f"*{written}" if text else written
    return sign + text, _PRODUCT
