"""Functions of a few real variables with their exact derivatives, computed in any arithmetic and over many points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.calculus import Derivation, derive
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import EvaluationError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import (
    FLOAT,
    Arithmetic,
    Axis,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    Tensor,
    bound_axes,
    evaluate,
    fresh_axis,
    inline,
    rebuild,
    substitute_elements,
)

Floats: TypeAlias = NDArray[np.float64]
Point: TypeAlias = "Sequence[Any] | Mapping[str, Any] | Floats"


@dataclass(frozen=True)
class ScalarFunction:
    """A function of named variables: its name, its variables in order, its expression, and the same as a program.

    Made by `scalar_function` or `function_of_program`. A point is given as numbers in the order of the variables or as
    a mapping from their names.

    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("(1-x^3) + 100*(y^2-x)^2"))
    >>> f.variables, str(f.partial("x")), str(f.partial("y"))
    (('x', 'y'), '200*x - 3*x^2 - 200*y^2', '400*(y^2 - x)*y')
    >>> f.value([2, 1]), f.gradient_at({"x": 2, "y": 1})
    (93.0, (188.0, -400.0))
    """

    name: str
    variables: tuple[str, ...]
    expression: Expression
    program: Program

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The variables as scalar tensors, in order."""
        return self.program.declared

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation of all partials, with its steps."""
        return derive(self.program, wrt=self.variables)

    def partial(self, variable: str) -> Expression:
        """The partial derivative by a variable, simplified; raises `UnknownNameError` for another name."""
        if variable not in self.variables:
            raise UnknownNameError(f"variable of {self.name}", variable, self.variables)
        return self.gradient[self.variables.index(variable)]

    @cached_property
    def gradient(self) -> tuple[Expression, ...]:
        """The partial derivatives in the order of the variables, in terms of these alone."""
        own = {self.program.result: ((), self.expression)}
        return tuple(substitute_elements(self.derivation.closed_form(name), own) for name in self.variables)

    @cached_property
    def partial_functions(self) -> tuple[ScalarFunction, ...]:
        """The partial derivatives as functions of the same variables, named `df_dx`, …"""
        return tuple(
            scalar_function(partial, self.variables, f"d{self.name}_d{variable}")
            for variable, partial in zip(self.variables, self.gradient, strict=True)
        )

    @cached_property
    def hessian(self) -> tuple[tuple[Expression, ...], ...]:
        """The second partial derivatives; row and column in the order of the variables.

        >>> from chalkgrad.reading.programs import read_function
        >>> f = function_of_program(read_function("x^3*y"))
        >>> [[str(entry) for entry in row] for row in f.hessian]
        [['6*x*y', '3*x^2'], ['3*x^2', '0']]
        """
        return tuple(partial.gradient for partial in self.partial_functions)

    def coordinates(self, point: Point) -> dict[str, Any]:
        """The point as a mapping from each variable to its number.

        Raises `UnknownNameError` for a name that is no variable, `ShapeError` for too few or too many numbers.
        """
        if isinstance(point, Mapping):
            for name in point:
                if name not in self.variables:
                    raise UnknownNameError(f"variable of {self.name}", name, self.variables)
            missing = [name for name in self.variables if name not in point]
            if missing:
                raise ShapeError(f"the point gives no number for {', '.join(missing)}")
            return {name: point[name] for name in self.variables}
        if len(point) != len(self.variables):
            wanted = ", ".join(self.variables)
            raise ShapeError(f"{self.name} has the variables {wanted}, but the point has {len(point)} numbers")
        return dict(zip(self.variables, point, strict=True))

    def value(self, point: Point, arithmetic: Arithmetic = FLOAT) -> Any:
        """f at a point, in floats unless another arithmetic is given (`EXACT`, `mpmath_arithmetic(50)`).

        Raises `EvaluationError` outside the domain, such as for the logarithm of a negative number.

        >>> from fractions import Fraction
        >>> from chalkgrad.language import EXACT
        >>> from chalkgrad.reading.programs import read_function
        >>> function_of_program(read_function("x^2/3")).value([Fraction(1, 2)], EXACT)
        Fraction(1, 12)
        """
        values = evaluate(self.program, self.coordinates(point), arithmetic)
        return values[self.name].numbers[0]

    def gradient_at(self, point: Point, arithmetic: Arithmetic = FLOAT) -> tuple[Any, ...]:
        """The gradient at a point, one number for each variable."""
        values = evaluate(self.gradient_program, self.coordinates(point), arithmetic)
        return tuple(values[tensor.name].numbers[0] for tensor in self.gradient_program.results)

    def hessian_at(self, point: Point, arithmetic: Arithmetic = FLOAT) -> tuple[tuple[Any, ...], ...]:
        """The Hessian matrix at a point, as rows."""
        return tuple(partial.gradient_at(point, arithmetic) for partial in self.partial_functions)

    @cached_property
    def gradient_program(self) -> Program:
        """The program whose results are the partials `df_dx`, …, each in closed form."""
        definitions = tuple(
            Definition(Tensor(f"d{self.name}_d{variable}", (), Role.ADJOINT, self.name, variable), (), partial)
            for variable, partial in zip(self.variables, self.gradient, strict=True)
        )
        return Program(self.tensors, definitions, tuple(definition.tensor for definition in definitions))

    @cached_property
    def at_points(self) -> Callable[[Floats], Floats]:
        """f at many points at once: from coordinates (points, variables) to values (points,). Outside the domain NaN.

        >>> from chalkgrad.reading.programs import read_function
        >>> f = function_of_program(read_function("x*y + 1"))
        >>> f.at_points(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
        [3.0, 13.0]
        """
        columns = compiled_over_points(self.program)
        return lambda points: columns(points)[:, 0]

    @cached_property
    def gradient_at_points(self) -> Callable[[Floats], Floats]:
        """The gradient at many points at once: from (points, variables) to (points, variables)."""
        return compiled_over_points(self.gradient_program)

    @cached_property
    def hessian_at_points(self) -> Callable[[Floats], Floats]:
        """The Hessian at many points at once: from (points, variables) to (points, variables, variables)."""
        rows = [partial.gradient_at_points for partial in self.partial_functions]
        return lambda points: np.stack([row(points) for row in rows], axis=1)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.variables)}) = {self.expression}"


def scalar_function(expression: Expression, variables: Sequence[str] | None = None, name: str = "f") -> ScalarFunction:
    """The function with this expression; its variables are the scalars in it, in order of first use, unless given.

    Raises `UnknownNameError` where the expression uses a name that is not among the variables, and `ProgramError` for a
    free index, a tensor with axes, or a function without variables.

    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> print(scalar_function(x * y + 1))
    f(x, y) = x*y + 1
    """
    used = expression.tensors
    names = tuple(tensor.name for tensor in used) if variables is None else tuple(variables)
    if expression.free:
        index = ", ".join(sorted(axis.name for axis in expression.free))
        raise ProgramError(f"{name} = {expression}: the index {index} is neither summed nor fixed")
    for tensor in used:
        if tensor.axes:
            raise ProgramError(f"{name} = {expression}: '{tensor.name}' has indices; a variable is one number")
        if tensor.name not in names:
            raise UnknownNameError(f"variable of {name}", tensor.name, names)
    if not names:
        raise ProgramError(f"{name} = {expression} has no variables")
    if len(set(names)) < len(names) or name in names:
        raise ProgramError(f"the names {name}, {', '.join(names)} are not all different")
    tensors = tuple(Tensor(variable, (), Role.INPUT) for variable in names)
    by_name = {tensor.name: tensor for tensor in tensors}

    def change(node: Expression) -> Expression:
        return by_name[node.tensor.name][()] if isinstance(node, Element) else rebuild(node, change)

    body = change(expression)
    result = Tensor(name)
    return ScalarFunction(name, names, body, Program(tensors, (Definition(result, (), body),), (result,)))


def function_of_program(program: Program) -> ScalarFunction:
    """The function that a program with scalar inputs and one scalar result is; its definitions are written into one.

    Raises `ProgramError` for a program with axes, and what `scalar_function` raises.

    >>> from chalkgrad.reading.programs import read_program
    >>> print(function_of_program(read_program("a = x - 1\\ng = a^2 + y")))
    g(x, y) = (x - 1)^2 + y
    """
    if len(program.results) != 1:
        raise ProgramError(f"a function has one result, but the program has {len(program.results)}")
    expression = inline(program).definition(program.result.name).body
    return scalar_function(expression, [tensor.name for tensor in program.declared], program.result.name)


def over_points(program: Program, alone: Sequence[str] = ()) -> Program:
    """The program of scalars for many points at once: every tensor gains one axis, except the ones named in `alone`.

    >>> from chalkgrad.reading.programs import read_program
    >>> print(over_points(read_program("y = a*x^2"), alone=["a"]))
    axis n: points
    input x[n]
    input a
    y[n] = a*x[n]^2
    result y
    """
    taken = {axis for definition in program.definitions for axis in bound_axes(definition.body)}
    axis = fresh_axis(Axis("n", "points"), taken)
    tensors = (*program.declared, *(definition.tensor for definition in program.definitions))
    widened = {t: t if t.name in alone else Tensor(t.name, (axis,), t.role, t.of, t.wrt) for t in tensors}

    def change(node: Expression) -> Expression:
        if isinstance(node, Element):
            tensor = widened[node.tensor]
            return tensor[axis] if tensor.axes else node
        return rebuild(node, change)

    definitions = tuple(Definition(widened[d.tensor], (axis,), change(d.body)) for d in program.definitions)
    declared = tuple(widened[tensor] for tensor in program.declared)
    return Program(declared, definitions, tuple(widened[tensor] for tensor in program.results))


def compiled_over_points(program: Program) -> Callable[[Floats], Floats]:
    """The results of a program of scalars at many points: from (points, inputs) to (points, results)."""
    compute = compile_numpy(over_points(program))
    inputs = [tensor.name for tensor in program.declared]
    results = [tensor.name for tensor in program.results]

    def run(points: Floats) -> Floats:
        given = np.asarray(points, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != len(inputs):
            raise ShapeError(f"points need the shape (points, {len(inputs)}), not {given.shape}")
        columns = compute(**dict(zip(inputs, given.T, strict=True)))
        return np.stack([columns[name] for name in results], axis=1)

    return run


def domain_problem(function: ScalarFunction, point: Point) -> str:
    """Why the function or its gradient has no value at a point, in words; empty where it has one.

    >>> from chalkgrad.reading.programs import read_function
    >>> domain_problem(function_of_program(read_function("log(x)")), [-1])
    'in f = log(x): log(-1) is not defined; log needs positive numbers'
    """
    try:
        numbers = [function.value(point), *function.gradient_at(point)]
    except EvaluationError as problem:
        return str(problem)
    return "" if np.isfinite(numbers).all() else f"{function.name} or its gradient is not finite"
