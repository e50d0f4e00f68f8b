"""A function of a few variables to hold: its partials, gradient and Hessian, written and evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalkgrad.descent.function import ScalarFunction, function_of_program
from chalkgrad.language import Expression
from chalkgrad.reading.programs import read_function
from chalkgrad.writing.equations import write_expression


def function(text: str) -> FunctionSheet:
    """The function of the named variables that a text describes; raises `ReadingError` with the place.

    >>> g = function("(1-x^3) + 100*(y^2-x)^2")
    >>> print(g.partial("y"))
    400(y² − x)y
    >>> g(x=1, y=2)
    900.0
    """
    return FunctionSheet(function_of_program(read_function(text)))


@dataclass(frozen=True)
class Formula:
    """An expression that writes itself: `latex()`, `mathml()`, `unicode()`, `text()`."""

    expression: Expression

    def latex(self) -> str:
        """In LaTeX."""
        return write_expression(self.expression, to="latex")

    def mathml(self) -> str:
        """In MathML."""
        return write_expression(self.expression, to="mathml")

    def unicode(self) -> str:
        """For the terminal."""
        return write_expression(self.expression, to="unicode")

    def text(self) -> str:
        """In plain text that can be read back."""
        return str(self.expression)

    def __str__(self) -> str:
        return self.unicode()

    def __repr__(self) -> str:
        return f"<{self.text()}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True)
class FunctionSheet:
    """A function: `partial("x")`, `gradient()`, `hessian()`, `g(x=1, y=2)`; in a notebook it shows itself.

    >>> g = function("x^2*y")
    >>> g.variables, str(g.partial("x")), str(g.hessian()[0][1])
    (('x', 'y'), '2xy', '2x')
    """

    scalar: ScalarFunction

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, in order of first occurrence."""
        return self.scalar.variables

    def partial(self, variable: str) -> Formula:
        """The partial derivative by a variable; raises `UnknownNameError`."""
        return Formula(self.scalar.partial(variable))

    def gradient(self) -> dict[str, Formula]:
        """The partial derivatives by variable."""
        return {name: self.partial(name) for name in self.variables}

    def hessian(self) -> tuple[tuple[Formula, ...], ...]:
        """The matrix of second derivatives."""
        return tuple(tuple(Formula(entry) for entry in row) for row in self.scalar.hessian)

    def __call__(self, **point: Any) -> float:
        return float(self.scalar.value(point))

    def latex(self) -> str:
        """The formula in LaTeX."""
        return Formula(self.scalar.expression).latex()

    def __str__(self) -> str:
        return f"f({', '.join(self.variables)}) = {Formula(self.scalar.expression)}"

    def __repr__(self) -> str:
        return f"<function {self.scalar.expression}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle f({', '.join(self.variables)}) = {self.latex()}$"
