"""A derivation to hold: every gradient, written in any form, with its steps, and evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from chalkgrad.board.defined import check_defined
from chalkgrad.board.network import NetworkSheet, network
from chalkgrad.board.tensors import TensorFormula
from chalkgrad.calculus import Derivation, Step
from chalkgrad.calculus import derive as derive_program
from chalkgrad.calculus.kinds import KIND_ALIASES, KINDS, check_derivable, kind_named, with_kinds, with_zeros
from chalkgrad.calculus.named_parts import with_parts_named
from chalkgrad.calculus.normalised import with_softmax_named
from chalkgrad.calculus.orders import second as second_derivative
from chalkgrad.calculus.stable_forms import with_logistic_named
from chalkgrad.errors import EvaluationError, UnknownNameError
from chalkgrad.language import (
    Definition,
    Element,
    Program,
    Role,
)
from chalkgrad.notation import Notation
from chalkgrad.writing.derivation import Line, derivation_lines, line_text, stable_lines, write_derivation
from chalkgrad.writing.equations import serialised, write_definition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chalkgrad.board.orders import DerivativesSheet
    from chalkgrad.checking import GradientCheck
    from chalkgrad.engines.numpy import NumpyFunction


Wrt: TypeAlias = "str | TensorFormula | Sequence[str | TensorFormula] | None"
_SPEC = re.compile(r"\s*\d+\b[^*/+^]*[-–—→×>]\s*\d+\b\s*(?![*/+^(])")  # layer sizes first, and no formula


@overload
def derive(
    source: NetworkSheet | Program | TensorFormula | str,
    wrt: Wrt = None,
    kinds: Mapping[str, str] | None = None,
) -> DerivationSheet: ...


@overload
def derive(
    source: NetworkSheet | Program | TensorFormula | str,
    wrt: Wrt = None,
    kinds: Mapping[str, str] | None = None,
    *,
    order: str,
    along: str | None = None,
    degree: int = 2,
) -> DerivativesSheet: ...


def derive(
    source: NetworkSheet | Program | TensorFormula | str,
    wrt: Wrt = None,
    kinds: Mapping[str, str] | None = None,
    *,
    order: str | None = None,
    along: str | None = None,
    degree: int = 2,
) -> DerivationSheet | DerivativesSheet:
    r"""The gradient of a network's loss for every parameter, or of any formula by the names in `wrt`.

    A text is a network's spec or a formula, derived by all its names unless told: plain text with indices
    (`sum(i, log(1+exp(-t[i]*sum(j, X[i,j]*w[j]))))`) or of matrices (`norm2(A*x-b)^2`), or LaTeX (`\log\det X`).
    `kinds` says what its names are (scalar, vector, row, matrix, symmetric, positive definite, diagonal, orthogonal,
    lower or upper triangular) where that should not be found out from how they are used. The gradient by a symmetric or
    orthogonal matrix is that in which each entry counts for itself.

    With an `order` it is another derivative: jacobian, hessian, hessian-diagonal, hvp (the Hessian times a direction),
    jvp and vjp (the Jacobian times a direction, a vector times the Jacobian), directional (along a direction scaled to
    length 1) or taylor, a polynomial of some `degree`. Directions are called v, or what `along` says.
    Raises `ReadingError` and `UnknownNameError`.

    >>> print(derive(network("2-3-1 relu sigmoid bce"))["W2"])
    ∂L/∂w⁽²⁾ⱼ = ∂L/∂z⁽²⁾ · h⁽¹⁾ⱼ
    >>> print(derive("sum(i, (x[i] - a[i])^2)", wrt="x")["x"].text())
    dL_dx[i] = 2*(x[i] - a[i])
    >>> print(derive("x'*A*x", wrt="x")["x"].unicode(form="matrix"))
    ∂L/∂x = (A + Aᵀ)x
    >>> print(derive("x'*A*x", wrt="x", kinds={"A": "symmetric"})["x"].unicode(form="matrix"))
    ∂L/∂x = 2Ax
    >>> print(derive("x'*A*x", wrt="x", order="taylor", along="h"))
    L(x + h) ≈ xᵀAx + hᵀ(A + Aᵀ)x + hᵀ(A + Aᵀ)h/2
    """
    names = _names(wrt)
    first = _first_derivatives(source, names, kinds)
    if order is None:
        return first
    from chalkgrad.board.orders import sheet_of

    return sheet_of(first, order, names, along, degree)


def _names(wrt: Wrt) -> list[str] | None:
    if wrt is None:
        return None
    several = [wrt] if isinstance(wrt, str | TensorFormula) else list(wrt)
    return [each.name if isinstance(each, TensorFormula) else each for each in several]


def _not_fixed(source: NetworkSheet) -> tuple[str, ...] | None:
    """What a network is derived by where some of its parameters stay as they are."""
    return tuple(name for name in source.parameters if name not in source.fixed) if source.fixed else None


def _first_derivatives(
    source: NetworkSheet | Program | TensorFormula | str, names: Sequence[str] | None, kinds: Mapping[str, str] | None
) -> DerivationSheet:
    if isinstance(source, TensorFormula):
        return _with_kinds(source.program(names), names, source.kinds)
    if isinstance(source, str) and not _SPEC.match(source):
        from chalkgrad.reading.formulas import is_latex, read_formula
        from chalkgrad.reading.index_text import read_index_text
        from chalkgrad.reading.matrix_text import is_matrix_text

        if "[" in source and not is_latex(source) and not is_matrix_text(source):
            program = read_index_text(source, names)
            return _with_kinds(program, names, kinds or {})
        if kinds or is_latex(source) or is_matrix_text(source):
            formula = read_formula(source, names, kinds)
            derived = derive_program(with_softmax_named(with_logistic_named(formula.program)))
            return DerivationSheet(with_kinds(derived, formula.kinds), None, "plain", None, formula.kinds)
        source = with_softmax_named(with_logistic_named(read_index_text(source, names)))
    elif isinstance(source, str):
        source = network(source)
    if isinstance(source, NetworkSheet):
        names = names or source.derived or _not_fixed(source)
        one = derive_program(source.sample_program, names)
        return DerivationSheet(one, derive_program(source.program, names), source.notation, source)
    return DerivationSheet(derive_program(source, names), None, "plain", None)


def _with_kinds(program: Program, names: Sequence[str] | None, kinds: Mapping[str, str]) -> DerivationSheet:
    """The derivation of a program by some names, or by all that may be derived by, with its tensors of their kinds."""
    known = [tensor.name for tensor in program.declared]
    for name, kind in kinds.items():
        if name not in known:
            raise UnknownNameError("name", name, known)
        if kind_named(kind) is None:
            raise UnknownNameError("kind of tensor", kind, (*KINDS, *KIND_ALIASES))
    if names is None:
        rows = {name: kind_named(kind) for name, kind in kinds.items()}
        names = [name for name in known if not ((row := rows.get(name)) and row.of_any_shape)]
    check_derivable(names, kinds)
    derived = derive_program(with_softmax_named(with_logistic_named(with_zeros(program, kinds))), names)
    return DerivationSheet(with_kinds(derived, kinds), None, "plain", None, kinds)


@dataclass(frozen=True)
class Gradient:
    """The derivative by one tensor: `latex()`, `mathml()`, `unicode()`, `text()`, `steps`, `lines()`.

    >>> derive(network("2-1 sigmoid bce"))["W1"].latex(form="matrix")
    '\\\\frac{\\\\partial L}{\\\\partial W} = x\\\\left(\\\\frac{\\\\partial L}{\\\\partial z}\\\\right)^\\\\top'
    """

    sheet: DerivationSheet
    name: str

    @property
    def definition(self) -> Definition:
        """The equation for the derivative, in terms of derivatives nearer to the result."""
        return self.sheet.named.definition(self.name)

    @property
    def closed(self) -> Definition:
        """The equation for the derivative with everything written in."""
        equation = self.definition
        return Definition(equation.tensor, equation.indices, self.sheet.derivation.closed_form(self.name))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that led to it."""
        return self.sheet.derivation.steps_for(self.name)

    @property
    def chain(self) -> tuple[str, ...]:
        """The names along the chain rule, such as L, yhat, z2, W2."""
        return self.sheet.derivation.chain(self.name)

    def write(
        self, form: str = "index", to: str = "unicode", notation: Notation | str | None = None, closed: bool = False
    ) -> str:
        """The equation in a form (scalar, index, matrix) and an output (latex, mathml, unicode, text).

        With `closed`, all derivatives on the way are written in.
        """
        equation = self.closed if closed else self.definition
        program = self.sheet.named.program
        return write_definition(equation, notation or self.sheet.notation, form, to, program)

    def where(self, form: str = "index", to: str = "unicode", notation: Notation | str | None = None) -> list[str]:
        """The equations of what it has names for: of the result, and of what a formula has no name for itself.

        These are also derivatives on the way, as those that a recurrence runs backwards with.

        >>> gradient = derive("v'*softmax(x)", wrt="x")["x"]
        >>> print(*gradient.where("matrix"), gradient.unicode("matrix"), sep="; ")
        p = softmax(x); L = pᵀv; ∂L/∂x = p ⊙ (v − L)
        """
        program = self.sheet.named.program
        own = self.definition.tensor
        shown = [
            write_definition(each, notation or self.sheet.notation, form, to, program)
            for each in program.needed_for(own).definitions
            if each.tensor is not own and (self.sheet.source is None or each.tensor.role is not Role.ADJOINT)
        ]
        return shown

    def latex(self, form: str = "index", notation: Notation | str | None = None, closed: bool = False) -> str:
        """The equation in LaTeX."""
        return self.write(form, "latex", notation, closed)

    def mathml(self, form: str = "index", notation: Notation | str | None = None, closed: bool = False) -> str:
        """The equation in MathML."""
        return self.write(form, "mathml", notation, closed)

    def unicode(self, form: str = "index", notation: Notation | str | None = None, closed: bool = False) -> str:
        """The equation for the terminal."""
        return self.write(form, "unicode", notation, closed)

    def text(self, form: str = "index", closed: bool = False) -> str:
        """The equation in plain text that can be read back."""
        return self.write(form, "text", None, closed)

    def worked(self, form: str = "index", to: str = "unicode", notation: Notation | str | None = None) -> str:
        """The derivation step by step, as a person would write it."""
        chosen = notation or self.sheet.notation
        written = write_derivation(self.sheet.derivation, [self.name], chosen, form, to)
        return "\n".join([written, *(line_text(line, to) for line in self._computed(form, chosen))])

    def lines(self, to: str = "latex", form: str = "index") -> list[tuple[str, str, str]]:
        """The lines of the derivation: the rule, the sentence before it, and the formula in an output."""
        found = derivation_lines(self.sheet.derivation, [self.name], self.sheet.notation, form)[self.name]
        found += self._computed(form, self.sheet.notation)
        return [(line.rule, line.sentence, serialised(line.box, to)) for line in found]

    def _computed(self, form: str, notation: Notation | str) -> list[Line]:
        """What a formula is computed as where floating-point numbers want another form."""
        return stable_lines(self.sheet.derivation, self.name, notation, form) if self.sheet.source is None else []

    def evaluate(self, **values: Any) -> NDArray[np.float64]:
        """Its value in float64, for one sample or a batch; raises what `DerivationSheet.evaluate` raises."""
        return self.sheet.evaluate(**values)[self.name]

    def __str__(self) -> str:
        return self.unicode()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True)
class DerivationSheet:
    """The gradients of one result: `d["W2"]`, `d.steps`, `d.program`, `d.evaluate(…)`, `d.check(…)`.

    For a network, `derivation` is for one sample and `batch` for a batch of them.

    >>> d = derive(network("2-3-1 relu sigmoid bce"))
    >>> d.names, d["W1"].chain
    (('W1', 'b1', 'W2', 'b2'), ('L', 'yhat', 'z2', 'h1', 'z1', 'W1'))
    """

    derivation: Derivation
    batch: Derivation | None
    notation: Notation | str
    source: NetworkSheet | None
    kinds: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def named(self) -> Derivation:
        """The derivation as it is written and run: of a formula, long parts that occur several times have names."""
        return self.derivation if self.source is not None else with_parts_named(self.derivation)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in the order in which it was made."""
        return self.derivation.steps

    @property
    def program(self) -> Program:
        """The gradient program for one sample: the equations, and one for each derivative."""
        return self.derivation.program

    @property
    def names(self) -> tuple[str, ...]:
        """By what was derived."""
        return tuple(self.derivation.gradients)

    def __getitem__(self, name: str) -> Gradient:
        """The derivative by a tensor, also by one on the way; raises `UnknownNameError`."""
        self.derivation.definition(name)
        return Gradient(self, name)

    def __iter__(self) -> Any:
        return iter(self.names)

    def evaluate(self, **values: Any) -> dict[str, NDArray[np.float64]]:
        """Every gradient in float64 by parameter name, for one sample or a batch (then of the batch's loss).

        Raises `ShapeError`, `UnknownNameError`, and `EvaluationError` for a singular matrix and where a formula is not
        defined, as the logarithm of a negative number is not.

        >>> d = derive(network("2-1 sigmoid bce"))
        >>> d.evaluate(x=[1.0, 2.0], y=1.0, W1=[[0], [0]], b1=[0])["W1"].tolist()
        [[-0.5], [-1.0]]
        """
        import numpy as np

        from chalkgrad.board.samples import fitted

        chosen = self._chosen(values)
        given = fitted(chosen.program, values)
        _check_kinds(self.kinds, given)
        names = {name: equation.tensor.name for name, equation in chosen.gradients.items()}
        result = chosen.source.tensor(chosen.of)
        is_formula = self.source is None and result in {each.tensor for each in chosen.program.definitions}
        try:
            results = _compiled(chosen.program, result.name if is_formula else "")(**given)
        except EvaluationError:
            if is_formula:
                check_defined(chosen.source, given, np.array(np.nan))  # which says where
            raise
        if is_formula:
            check_defined(chosen.source, given, results[result.name])
        return {name: results[tensor] for name, tensor in names.items()}

    def code(self, to: str = "numpy", of: Sequence[str] = ("value", "gradient")) -> str:
        """Source that stands alone and computes some of value, gradient and hvp (the Hessian times a direction).

        `to` is numpy, torch, jax, c, javascript or julia. Of a network it is for a batch. Raises `UnknownNameError` for
        a language or part that there is not, and `ProgramError` for what a language cannot do.

        >>> print(derive("norm2(A*x-b)^2", wrt="x").code(of=["gradient"]).splitlines()[-2])
            dL_dx = 2 * ((A @ x - b) @ A)  # (d,)
        """
        from chalkgrad.engines.emitted.targets import code_for

        notation = self.notation if isinstance(self.notation, str) else "plain"
        return code_for(self.batch or self.named, to, of, notation)

    def _chosen(self, values: Mapping[str, Any]) -> Derivation:
        """The derivation for a batch where the inputs are one, else that for one sample."""
        from chalkgrad.board.samples import is_batch

        if self.batch is not None and is_batch(self.derivation.source, values):
            return self.batch
        return self.named

    def check(self, method: str = "central", **values: Any) -> GradientCheck:
        """The numerical check of every gradient at the given values, parameter block by parameter block.

        `method` is "central" (differences for each entry) or "direction" (along some random directions, for many).
        """
        from chalkgrad.board.samples import fitted
        from chalkgrad.checking import gradcheck_program

        chosen = self._chosen(values)
        return gradcheck_program(chosen, fitted(chosen.program, values), method=method)

    def kinks(self, **values: Any) -> list[str]:
        """Where the values lie exactly on a kink of an activation: there a numerical derivative need not agree.

        >>> d = derive(network("1-1-1 relu sigmoid bce"))
        >>> d.kinks(x=[1.0], y=1.0, W1=[[0]], b1=[0], W2=[[1]], b2=[0])
        ['z1[0] = 0 is on the kink of ReLU, whose derivative is taken as 0 there']
        """
        from chalkgrad.board.samples import fitted
        from chalkgrad.language import FUNCTIONS, Call, evaluate

        source = self._chosen(values).source
        arrays = evaluate(source, fitted(source, values))
        found = []
        for body in (definition.body for definition in source.definitions):
            if isinstance(body, Call) and isinstance(body.argument, Element):
                row, array = FUNCTIONS[body.function], arrays[body.argument.tensor.name]
                name = body.argument.tensor.name
                for place, number in zip(array.places(), array.numbers, strict=True):
                    for kink in (kink for kink in row.kinks if number == kink.at):
                        where = f"{name}[{', '.join(map(str, place))}]" if place else name
                        said = f"{where} = {kink.at} is on the kink of {row.unicode or row.name}"
                        found.append(f"{said}, whose derivative is taken as {kink.derivative} there")
        return found

    def pack(self, gradients: Mapping[str, Any]) -> NDArray[np.float64]:
        """Gradients as one flat vector, in the order of the parameters."""
        from chalkgrad.networks import pack, parameter_shapes

        return pack(parameter_shapes(self.derivation.source), gradients)

    def hessian(self, first: str, second: str) -> Gradient:
        """The second derivative by two tensors, the axes of the first coming first, with everything written in.

        Raises `UnknownNameError` for what the derivation does not derive by, and for a second name that is not known.

        >>> print(derive("sum(i, x[i]^3)", wrt="x").hessian("x", "x").text())
        ddL_dx_dx[i',i] = 6*delta(i', i)*x[i]
        """
        if first not in self.names:
            raise UnknownNameError("gradient", first, self.names)
        once = self.derivation
        if self.source is None:
            once = replace(once, program=with_softmax_named(once.program))
        batch = None if self.batch is None else second_derivative(self.batch, first, second)
        return DerivationSheet(second_derivative(once, first, second), batch, self.notation, self.source)[second]

    def write_result(self, form: str = "index", to: str = "unicode", notation: Notation | str | None = None) -> str:
        """The equation of what was derived."""
        source = self.derivation.source
        return write_definition(source.definitions[-1], notation or self.notation, form, to, source)

    @cached_property
    def model(self) -> str:
        """The spec of the network, or the text of what was derived."""
        if self.source is not None and self.source.spec is not None:
            return self.source.spec
        return str(self.derivation.source.definitions[-1])

    def worked(self, form: str = "index", to: str = "unicode", notation: Notation | str | None = None) -> str:
        """The whole derivation step by step."""
        return write_derivation(self.derivation, self.names, notation or self.notation, form, to)

    def to_json(self, wrt: Sequence[str] | None = None, notation: Notation | str | None = None) -> dict[str, Any]:
        """The gradients in every form with their steps, as plain data."""
        chosen = wrt or self.names
        written = self if notation is None else replace(self, notation=notation)
        return {"model": self.model, "gradients": [_gradient_json(written[name]) for name in chosen]}

    def equations(
        self, form: str = "index", to: str = "unicode", notation: Notation | str | None = None
    ) -> tuple[str, ...]:
        """All that one needs to know: of a formula what it has names for; the derivatives on the way; the gradients.

        >>> print(*derive(network("2-1 sigmoid bce")).equations(), sep="; ")
        ∂L/∂z = ŷ − y; ∂L/∂wᵢ = ∂L/∂z · xᵢ; ∂L/∂b = ∂L/∂z
        """
        program = self.program
        needed = {equation.tensor for equation in self.derivation.gradients.values()}
        for each in reversed(program.definitions):
            if each.tensor in needed:
                needed.update(t for t in each.body.tensors if self.source is None or t.role is Role.ADJOINT)
        shown = [each for each in program.definitions if each.tensor in needed]
        return tuple(write_definition(each, notation or self.notation, form, to, program) for each in shown)

    def __str__(self) -> str:
        return "\n".join(self.equations())

    def __repr__(self) -> str:
        return f"<derivation of {self.derivation.of} by {', '.join(self.names)}>"

    def _repr_latex_(self) -> str:
        lines = r" \\ ".join(self.equations(to="latex"))
        return f"$\\displaystyle \\begin{{gathered}} {lines} \\end{{gathered}}$"

    def _repr_html_(self) -> str:
        return "<div>" + "".join(self.equations(to="mathml")) + "</div>"


def _check_kinds(kinds: Mapping[str, str], values: Mapping[str, Any]) -> None:
    """Raises `EvaluationError` for a matrix that is not what it was declared to be."""
    import numpy as np

    for name, declared in kinds.items():
        kind, value = kind_named(declared), np.asarray(values.get(name, 0.0))
        if kind is None or (not value.ndim and not kind.of_any_shape):
            continue
        square = kind.of_any_shape or (value.ndim == 2 and value.shape[0] == value.shape[1])
        if not square or np.abs(kind.holds(value)).max(initial=0.0) > 1e-8 * max(1.0, np.abs(value).max(initial=0.0)):
            raise EvaluationError(f"'{name}' was declared {declared}, and this value is not")


@lru_cache(maxsize=64)
def _compiled(program: Program, more: str = "") -> NumpyFunction:
    """The results of a program, and one more tensor of it where that is named."""
    from chalkgrad.engines.numpy import compile_numpy

    names = [tensor.name for tensor in program.results]
    return compile_numpy(program, [*names, more] if more else names)


def _gradient_json(gradient: Gradient) -> dict[str, Any]:
    equation = gradient.definition
    return {
        "of": gradient.sheet.derivation.of,
        "wrt": gradient.name,
        "axes": [axis.name for axis in equation.indices],
        "latex": {form: gradient.latex(form) for form in ("scalar", "index", "matrix")},
        "text": gradient.text(),
        "steps": [{"rule": rule, "text": said, "latex": written} for rule, said, written in gradient.lines("latex")],
    }
