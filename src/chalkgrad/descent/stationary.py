"""Stationary points of a function, each with its kind, and whether the function is bounded: told truthfully."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalkgrad.descent.classification import DIGITS, Kind, classify
from chalkgrad.descent.curves import Curve, Unbounded, candidate_curves, simplified, unboundedness
from chalkgrad.descent.function import ScalarFunction, scalar_function
from chalkgrad.descent.roots import MOST_POINTS, Root, at, roots_by_elimination, roots_by_newton
from chalkgrad.errors import EvaluationError, ShapeError
from chalkgrad.language import (
    FUNCTIONS,
    Call,
    Expression,
    Indicator,
    Number,
    evaluate_expression,
    mpmath_arithmetic,
    walk,
)

WINDOW = (-10.0, 10.0)
_MOST_IN_A_LINE = 6
_MOST_TOLD = 12  # points by themselves; more are told by their kinds


@dataclass(frozen=True, repr=False)
class StationaryPoint:
    """A place where all partials vanish.

    `exact` holds an expression for each variable where they have closed forms; `numbers` always has floats. `residual`
    is the greatest partial there, computed with 60 digits. `witness` is a curve through the point that shows what the
    Hessian cannot, where one was found.
    """

    variables: tuple[str, ...]
    numbers: tuple[float, ...]
    exact: tuple[Expression, ...] | None
    value: float
    exact_value: Expression | None
    residual: float
    kind: Kind
    witness: Curve | None = None

    @property
    def coordinates(self) -> str:
        """The point as people write it: `(200/3, 0)`."""
        shown = self.exact if self.exact is not None else [f"{entry:.6g}" for entry in self.numbers]
        return f"({', '.join(map(str, shown))})"

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        kind = self.kind
        name = f"degenerate {kind.name}" if kind.degenerate and kind.name != "flat" else kind.name
        if kind.name in ("minimum", "maximum") and not kind.strict:
            name += ", not strict"
        if kind.degenerate and kind.name == "saddle":
            name += ", not a minimum"
        sentence = f"{self.coordinates}: {name}; {kind.reason}"
        if self.witness is not None:
            sentence += f". Along {self.witness} it is {self.witness.along}"
        return sentence


@dataclass(frozen=True, repr=False)
class StationaryPoints:
    """What was found: the points, whether they are all (`complete`), how, and what unboundedness was seen.

    `families` are expressions whose zeros are all stationary: where there are any, `points` has the isolated ones.
    `window` is where they were looked for when that was not everywhere.
    """

    function: ScalarFunction
    points: tuple[StationaryPoint, ...]
    complete: bool
    window: tuple[tuple[float, float], ...] | None
    unbounded: tuple[Unbounded, ...]
    families: tuple[Expression, ...] = ()

    @property
    def has_minimum(self) -> bool | None:
        """Whether f has a least value: False where it was seen to fall without bound, or where all stationary points
        are known and none is a minimum; None where neither is known.
        """
        if any(one.side == "below" for one in self.unbounded):
            return False
        if (
            self.complete
            and not self.families
            and not has_kinks(self.function)
            and all(point.kind.name in ("saddle", "maximum", "inflection") for point in self.points)
        ):
            return False
        return None

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def __repr__(self) -> str:
        found = ", ".join(f"{point.coordinates} {point.kind.name}" for point in self.points[:_MOST_IN_A_LINE])
        left = len(self.points) - _MOST_IN_A_LINE
        more = f" and {left} more" if left > 0 else ""
        return f"<stationary points of {self.function.name}: {found or 'none'}{more}>"

    def _repr_html_(self) -> str:
        from chalkgrad.writing.equations import write_expression
        from chalkgrad.writing.markup import items, table, tag, text

        def cell(exact: Expression | None, number: float) -> str:
            return write_expression(exact, to="mathml") if exact is not None else text(f"{number:.6g}")

        rows = [
            [
                *map(cell, point.exact or [None] * len(point.numbers), point.numbers),
                cell(point.exact_value, point.value),
                text(str(point).partition(": ")[2]),
            ]
            for point in self.points
        ]
        found = table([*map(text, self.variables), text(self.function.name), "kind"], rows, "Stationary points")
        said = [sentence for sentence in self.sentences() if sentence not in set(map(str, self.points))]
        return tag("div", found if rows else "", items(map(text, said)))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the function's variables."""
        return self.function.variables

    def sentences(self) -> tuple[str, ...]:
        """What there is to say, one sentence each."""
        name = self.function.name
        said = list(_grouped(self.points) if len(self.points) > _MOST_TOLD else map(str, self.points))
        said += [f"all points with {family} = 0 are stationary" for family in self.families]
        if not self.points and not self.families:
            said.append(f"{name} has no stationary point" if self.complete else "no stationary point was found")
        elif self.complete:
            said.append("these are all stationary points")
        if not self.complete and self.window is not None:
            box = ", ".join(
                f"{variable} from {low:g} to {high:g}"
                for variable, (low, high) in zip(self.function.variables, self.window, strict=True)
            )
            said.append(f"looked for with Newton's method from many starts with {box}: there may be others")
        if has_kinks(self.function):
            said.append(f"where {name} has a kink it has no gradient: such places were not looked at")
        said += [f"{name} {one}" for one in self.unbounded]
        if self.has_minimum is False:
            said.append(f"{name} has no least value: gradient descent that does not stop will leave")
        return tuple(said)


def stationary_points(
    function: ScalarFunction,
    window: Sequence[tuple[float, float]] | None = None,
    seed: int = 0,
    *,
    exactly_first: bool = False,
) -> StationaryPoints:
    """The stationary points of a function with their kinds, exact where algebra can, and whether it is bounded.

    Small polynomial systems are solved completely. Otherwise Newton's method searches the `window`, a (low, high) for
    each variable (-10 to 10 by default), from many starts; each point is certified by its residual at 60 digits.
    A given window is searched at once, or with `exactly_first` only where algebra does not find all points.
    Raises `ShapeError` for a window that does not fit.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("(1-x^3) + 100*(y^2-x)^2"))
    >>> found = stationary_points(f)
    >>> [(point.coordinates, point.kind.name) for point in found.points], found.has_minimum
    ([('(0, 0)', 'saddle'), ('(200/3, 0)', 'maximum')], False)
    """
    if window is not None and (len(window) != len(function.variables) or any(low >= high for low, high in window)):
        raise ShapeError(f"the window needs (low, high) for each of {', '.join(function.variables)}, low below high")
    elimination = roots_by_elimination(function) if window is None or exactly_first else None
    roots: Sequence[Root] = () if elimination is None else elimination.roots
    families = () if elimination is None else elimination.families
    searched = None
    if elimination is None:
        searched = tuple(window) if window is not None else (WINDOW,) * len(function.variables)
        roots = roots_by_newton(function, searched, seed)
    points = [_told(function, root) for root in roots[:MOST_POINTS]]
    complete = elimination is not None
    return StationaryPoints(function, tuple(points), complete, searched, unboundedness(function), families)


def _grouped(points: Sequence[StationaryPoint]) -> Iterator[str]:
    """Many points told together: for each kind and value how many there are, and those nearest to zero."""
    groups: dict[tuple[str, float], list[StationaryPoint]] = {}
    for point in points:
        value = 0.0 if abs(point.value) < 1e-12 else float(f"{point.value:.6g}")
        groups.setdefault((point.kind.name, value), []).append(point)
    for (kind, value), group in list(groups.items())[:_MOST_TOLD]:
        nearest = sorted(group, key=lambda point: sum(entry**2 for entry in point.numbers))[:3]
        places = ", ".join(point.coordinates for point in nearest)
        counted = f"{len(group)} points like {places}" if len(group) > len(nearest) else places
        yield f"{counted}: {kind}, where it is {value:g}; {nearest[0].kind.reason}"
    left = sum(map(len, list(groups.values())[_MOST_TOLD:]))
    if left:
        yield f"and {left} more of other kinds or values"


def has_kinks(function: ScalarFunction) -> bool:
    """Whether a part of the function may have no derivative somewhere: |x|, ReLU, a comparison, or a root."""
    kinked = {name for name, row in FUNCTIONS.items() if row.kinks} | {"sqrt"}
    nodes = list(walk(function.expression))
    return any(isinstance(node, Indicator) or (isinstance(node, Call) and node.function in kinked) for node in nodes)


def _told(function: ScalarFunction, root: Root) -> StationaryPoint:
    arithmetic = mpmath_arithmetic(DIGITS)
    kind = classify(function, root.numbers)
    exact_value = None
    if root.exact is not None:
        exact_value = simplified(at(function.expression, dict(zip(function.variables, root.exact, strict=True))))
    try:
        value = float(function.value(root.numbers, arithmetic))
    except EvaluationError:
        value = float("nan")
    numbers = tuple(map(float, root.numbers))
    witness = _witness(function, root, kind) if kind.degenerate else None
    return StationaryPoint(function.variables, numbers, root.exact, value, exact_value, root.residual, kind, witness)


def _witness(function: ScalarFunction, root: Root, kind: Kind) -> Curve | None:
    """A curve through the point on which f does what makes it a saddle: falls where the Hessian would have it rise."""
    signs = [eigenvalue for eigenvalue in kind.eigenvalues if eigenvalue]
    if kind.name not in ("saddle", "inflection") or (any(s > 0 for s in signs) and any(s < 0 for s in signs)):
        return None
    way = 1 if signs and max(signs) < 0 else -1
    for curve in candidate_curves(function):
        parameter = root.numbers[function.variables.index(curve.parameter)]
        if _passes(curve, root, parameter) and _moves(curve, parameter, way):
            return curve
    return None


def _passes(curve: Curve, root: Root, parameter: Any) -> bool:
    arithmetic = mpmath_arithmetic(DIGITS)
    try:
        reached = [evaluate_expression(c, {curve.parameter: parameter}, arithmetic) for c in curve.coordinates.values()]
    except EvaluationError:
        return False
    return all(abs(a - b) < 1e-30 for a, b in zip(reached, root.numbers, strict=True))


def _moves(curve: Curve, parameter: Any, way: int) -> bool:
    """Whether f on the curve lies to one side of its value at the point, a little away from it on either hand."""
    if isinstance(curve.along, Number):
        return False
    along, arithmetic = scalar_function(curve.along, [curve.parameter], "along"), mpmath_arithmetic(DIGITS)
    try:
        here = along.value([parameter], arithmetic)
        steps = [along.value([parameter + arithmetic.number(step)], arithmetic) - here for step in (1e-3, -1e-3)]
    except EvaluationError:
        return False
    return any(way * step > 1e-45 for step in steps)
