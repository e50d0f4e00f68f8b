"""Derivatives of every order to hold: each equation written in any form, evaluated, and printed as code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalkgrad.board.samples import fitted
from chalkgrad.calculus.orders import Derivatives, derivatives
from chalkgrad.errors import UnknownNameError
from chalkgrad.language import Definition, Program
from chalkgrad.language.recurrences import recurrent_tensors
from chalkgrad.notation import Notation
from chalkgrad.writing.equations import FORMS, write_definition
from chalkgrad.writing.orders import write_derivatives

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chalkgrad.board.derivation import DerivationSheet
    from chalkgrad.engines.emitted.wanted import Wanted
    from chalkgrad.engines.numpy import NumpyFunction


@dataclass(frozen=True)
class Derivative:
    """One equation: `latex()`, `mathml()`, `unicode()`, `text()`, `evaluate(…)`.

    >>> import chalkgrad as cg
    >>> print(cg.derive("x'*A*x", wrt="x", order="hvp")["x"])
    ∇²L[v] = (A + Aᵀ)v
    """

    sheet: DerivativesSheet
    names: tuple[str, ...]

    @property
    def definition(self) -> Definition:
        """The equation."""
        return self.sheet.derivatives.equations[self.names]

    def write(self, form: str = "matrix", to: str = "unicode", notation: Notation | str | None = None) -> str:
        """The equation in a form (scalar, index, matrix, kronecker) and an output (latex, mathml, unicode, text)."""
        sheet, chosen = self.sheet, notation or self.sheet.first.notation
        return write_derivatives(sheet.derivatives, sheet.first.derivation, self.names, chosen, form, to)

    def latex(self, form: str = "matrix", notation: Notation | str | None = None) -> str:
        """The equation in LaTeX."""
        return self.write(form, "latex", notation)

    def mathml(self, form: str = "matrix", notation: Notation | str | None = None) -> str:
        """The equation in MathML."""
        return self.write(form, "mathml", notation)

    def unicode(self, form: str = "matrix", notation: Notation | str | None = None) -> str:
        """The equation for the terminal."""
        return self.write(form, "unicode", notation)

    def text(self) -> str:
        """The equation in plain text of indices, which can be read back."""
        return str(self.definition)

    def evaluate(self, **values: Any) -> NDArray[np.float64]:
        """Its value in float64; raises what `DerivativesSheet.evaluate` raises."""
        return self.sheet.evaluate(**values)[_label(self.names)]

    def __str__(self) -> str:
        return self.unicode()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True)
class DerivativesSheet:
    """The derivatives of one order by name, a Hessian's by two: `d["x"]`, `d["x", "A"]`, `d.evaluate(x=…, v=…)`.

    `directions` are the names of the inputs that come with the order, by the name of what moves along them.

    >>> import chalkgrad as cg
    >>> d = cg.derive("norm2(A*x-b)^2", wrt=["x", "A"], order="hvp")
    >>> print(d["x"].text()[:20], dict(d.directions))
    hvp_x[j] = 2*sum(i,  {'x': 'v_x', 'A': 'v_A'}
    >>> cg.derive("norm2(A*x-b)^2", wrt="x", order="hessian").evaluate(A=[[1, 2], [3, 4]], x=[1, 1], b=[0, 0])["x"]
    array([[20., 28.],
           [28., 40.]])
    """

    first: DerivationSheet
    derivatives: Derivatives

    @property
    def order(self) -> str:
        """Which derivatives these are."""
        return self.derivatives.order

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """What there is an equation for."""
        return tuple(self.derivatives.equations)

    @property
    def directions(self) -> dict[str, str]:
        """The names of the directions, by the name of what moves along them."""
        return {name: tensor.name for name, tensor in self.derivatives.directions.items()}

    @property
    def program(self) -> Program:
        """The source with the equations, as a program."""
        return self.derivatives.program

    def __getitem__(self, names: str | tuple[str, ...]) -> Derivative:
        """The equation for a name, or for the two of a block of the Hessian; raises `UnknownNameError`."""
        asked = (names,) if isinstance(names, str) else tuple(names)
        for key in self.names:
            if key == asked or (self.order == "hessian" and key == asked * 2):
                return Derivative(self, key)
        raise UnknownNameError("derivative", ", ".join(asked), [", ".join(key) for key in self.names])

    def __iter__(self) -> Iterator[Derivative]:
        return (Derivative(self, key) for key in self.names)

    @cached_property
    def _compiled(self) -> NumpyFunction:
        from chalkgrad.engines.numpy import compile_numpy

        return compile_numpy(self.program)

    def evaluate(self, **values: Any) -> dict[Any, NDArray[np.float64]]:
        """Every equation in float64 at the values of the inputs and the directions, by name or pair of names.

        Raises `ShapeError`, `EvaluationError`, and `UnknownNameError` for a value that nothing is called after.
        """
        results = self._compiled(**fitted(self.program, values))
        names = {key: equation.tensor.name for key, equation in self.derivatives.equations.items()}
        return {_label(key): results[tensor] for key, tensor in names.items()}

    def code(self, to: str = "numpy") -> str:
        """Source that stands alone and computes all equations; `to` as for `DerivationSheet.code`.

        >>> import chalkgrad as cg
        >>> print(cg.derive("x'*A*x", wrt="x", order="hvp").code().splitlines()[-2].strip())
        hvp_x = v @ A + A @ v  # (m,)
        """
        from chalkgrad.engines.emitted.targets import source_of

        return source_of(self.wanted(), to)

    def where(self, form: str = "matrix", to: str = "unicode", notation: Notation | str | None = None) -> list[str]:
        """The equations of what the derivatives of a recurrence rest on, which cannot be written into them.

        >>> import chalkgrad as cg
        >>> print(*cg.derive("h[t] = w*h[t-1] + x[t]; sum(t, h[t]^2)", wrt="x", order="jvp").where("index"), sep="; ")
        hₜ = whₜ₋₁ + xₜ; tangentₕ,ₜ = w tangentₕ,ₜ₋₁ + vₜ
        """
        if not recurrent_tensors(self.program.definitions):
            return []
        chosen, equations = notation or self.first.notation, {each.definition.tensor for each in self}
        needed = self.program.needed_for(*self.program.results).definitions
        return [
            write_definition(each, chosen, form if form in FORMS else "matrix", to, self.program)
            for each in needed
            if each.tensor not in equations
        ]

    def wanted(self) -> Wanted:
        """The function that computes all equations, as an ordered program."""
        from chalkgrad.engines.emitted.wanted import wanted_derivatives

        return wanted_derivatives(self.derivatives, [each.unicode() for each in self])

    def to_json(self) -> dict[str, Any]:
        """The equations in every form, as plain data."""
        return {
            "model": self.first.model,
            "order": self.order,
            "directions": self.directions,
            "derivatives": [
                {
                    "wrt": list(each.names),
                    "axes": [axis.name for axis in each.definition.indices],
                    "latex": {form: each.latex(form) for form in ("scalar", "index", "matrix")},
                    "text": each.text(),
                }
                for each in self
            ],
        }

    def __str__(self) -> str:
        return "\n".join([*self.where(), *map(str, self)])

    def __repr__(self) -> str:
        return f"<{self.order} of {self.derivatives.of.name} by {', '.join(self.first.names)}>"

    def _repr_latex_(self) -> str:
        lines = r" \\ ".join(each.latex() for each in self)
        return f"$\\displaystyle \\begin{{gathered}} {lines} \\end{{gathered}}$"


def sheet_of(
    first: DerivationSheet, order: str, wrt: Sequence[str] | None, along: str | None, degree: int
) -> DerivativesSheet:
    """The derivatives of an order, from a derivation of the first; raises what `derivatives` raises."""
    return DerivativesSheet(first, derivatives(first.derivation, order, wrt, along, degree))


def _label(names: tuple[str, ...]) -> str | tuple[str, ...]:
    """How a value is called: by its name; by both where a Hessian is by two."""
    return names[0] if len(set(names)) == 1 else names
