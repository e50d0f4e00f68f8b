"""Gradient descent and its kin on a function of a few variables, step by step, with the reason why it stopped.

The optimisers are the programs that train networks too. Here each is written out for every variable beside the partials
of the function: one program, whose one evaluation is one step, for one start or for a thousand at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from chalkgrad.descent.compiled import Runs, run_steps
from chalkgrad.descent.diagnosis import Stop, explain, stop_of
from chalkgrad.descent.function import Floats, Point, ScalarFunction
from chalkgrad.descent.schedules import Schedule, constant
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.language import Definition, Element, Expression, Program, Role, Tensor, rebuild
from chalkgrad.networks import Optimiser, optimiser_named

MOST_STEPS = 100_000_000
MOST_RECORDED = 20_000_000


@dataclass(frozen=True, repr=False)
class DescentPath:
    """A run of a method on a function: where it went and why it stopped.

    `points` (steps + 1, variables) begins with the start; `values` (steps + 1,) is the function there and `slopes` the
    length of its gradient. `stop` says why it ended and `explanation` says so in a sentence, held against 2/L at the
    start. `hyper_parameters` has what the method ran with.
    """

    function: ScalarFunction
    method: str
    title: str
    hyper_parameters: dict[str, float]
    points: Floats
    values: Floats
    slopes: Floats
    stop: Stop
    explanation: str

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return len(self.points) - 1

    @property
    def end(self) -> dict[str, float]:
        """The last point at which everything was finite."""
        finite = np.isfinite(self.values) & np.isfinite(self.points).all(axis=1)
        last = self.points[int(np.flatnonzero(finite)[-1])] if finite.any() else self.points[0]
        return dict(zip(self.function.variables, map(float, last), strict=True))

    @property
    def label(self) -> str:
        """The method and its rate, for a legend."""
        rate = self.hyper_parameters.get("rate")
        return self.title if rate is None else f"{self.title}, rate {rate:g}"

    def __str__(self) -> str:
        end = ", ".join(f"{name} = {value:.6g}" for name, value in self.end.items())
        counted = "1 step" if self.steps == 1 else f"{self.steps} steps"
        return f"{self.label}: {counted} to {end}; {self.explanation}"

    def __repr__(self) -> str:
        return f"<path of {self}>"

    def _repr_html_(self) -> str:
        from chalkgrad.descent.charts import value_plot
        from chalkgrad.descent.graphs import graph_plot
        from chalkgrad.descent.pictures import contour_plot

        match len(self.function.variables):
            case 1:
                plot = graph_plot(self.function, (self,))
            case 2:
                plot = contour_plot(self.function, (self,))
            case _:
                plot = value_plot((self,))
        return f"<div><p>{escape(str(self))}</p>{plot._repr_html_()}</div>"


def step_program(function: ScalarFunction, optimiser: Optimiser) -> Program:
    """One step of an optimiser on a function as a program: the partials, then the optimiser's equations by variable.

    Inputs are the variables, their state (`v_x`, …), the hyper-parameters, and `t` where it is used; the results are
    the new variables and states (`x_next`, `v_x_next`, …).

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> print(step_program(function_of_program(read_function("x^2*y")), optimiser_named("momentum")))
    input x
    input y
    input v_x
    input v_y
    input rate
    input momentum
    df_dx = 2*x*y
    df_dy = x^2
    v_x_next = momentum*v_x + rate*df_dx
    x_next = x - v_x_next
    v_y_next = momentum*v_y + rate*df_dy
    y_next = y - v_y_next
    result x_next, y_next, v_x_next, v_y_next
    """
    gradient = function.gradient_program
    shared = [t for t in optimiser.program.declared if t.name not in ("p", "g", *optimiser.state)]
    taken = {*function.variables, function.name, *(slope.name for slope in gradient.results)}
    constants = {t: Tensor(f"{t.name}'" if t.name in taken else t.name, (), Role.INPUT) for t in shared}
    taken.update(tensor.name for tensor in constants.values())
    definitions, results, states = list(gradient.definitions), [], []
    for variable, slope in zip(function.tensors, gradient.results, strict=True):
        renamed: dict[Tensor, Tensor] = {**constants}
        for tensor in (*optimiser.program.declared, *(d.tensor for d in optimiser.program.definitions)):
            if tensor.name == "p":
                renamed[tensor] = variable
            elif tensor.name == "g":
                renamed[tensor] = slope
            elif tensor not in constants:
                renamed[tensor] = _for_variable(tensor, variable, optimiser, taken)
        body = _renaming(renamed)
        definitions += [Definition(renamed[d.tensor], (), body(d.body)) for d in optimiser.program.definitions]
        by_name = {tensor.name: renamed[tensor] for tensor in renamed}
        results.append(by_name[optimiser.updates["p"]])
        states += [(by_name[state], by_name[optimiser.updates[state]]) for state in optimiser.state]
    declared = (*function.tensors, *(before for before, _ in states), *constants.values())
    return Program(declared, tuple(definitions), (*results, *(after for _, after in states)))


def _for_variable(tensor: Tensor, variable: Tensor, optimiser: Optimiser, taken: set[str]) -> Tensor:
    """The optimiser's tensor for one variable: `v_x`, `v_x_next`; primed where the function uses that name itself."""
    if tensor.name == optimiser.updates["p"]:
        name = f"{variable.name}_next"
    else:
        base = tensor.name.removesuffix("_next")
        name = f"{base}_{variable.name}{tensor.name[len(base) :]}"
    while name in taken:
        name += "'"
    taken.add(name)
    return Tensor(name, (), tensor.role)


def _renaming(tensors: dict[Tensor, Tensor]) -> Callable[[Expression], Expression]:
    def change(node: Expression) -> Expression:
        return tensors[node.tensor][()] if isinstance(node, Element) else rebuild(node, change)

    return change


def descend(
    function: ScalarFunction,
    start: Point,
    method: str | Optimiser = "sgd",
    *,
    rate: float | None = None,
    steps: int = 1000,
    tolerance: float = 1e-8,
    window: Sequence[tuple[float, float]] | None = None,
    schedule: Schedule = constant,
    **hyper_parameters: float,
) -> DescentPath:
    """Descends from a start by an optimiser of the table until it converges, diverges, leaves or has made its steps.

    It has converged where the gradient is shorter than `tolerance`. `window` gives (low, high) for each variable: a
    step out of it is the last. Raises `UnknownNameError` for a method or hyper-parameter, `ShapeError` for a start or
    window that does not fit, `ChalkgradError` for a number of steps that is out of range.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> path = descend(function_of_program(read_function("(x-1)^2 + 3*y^2")), [0, 2], rate=0.1)
    >>> path.stop.value, round(path.end["x"], 6)
    ('converged', 1.0)
    >>> descend(path.function, [0, 2], rate=0.4).explanation
    'rate 0.4 exceeds 2/L = 0.333333 at the start (L = 6): it oscillates and diverges'
    """
    places = np.array([[float(number) for number in function.coordinates(start).values()]])
    return sweep(
        function, places, method, rate=rate, steps=steps, tolerance=tolerance, window=window, schedule=schedule,
        **hyper_parameters,
    )[0]  # fmt: skip


def sweep(
    function: ScalarFunction,
    starts: Floats,
    method: str | Optimiser = "sgd",
    *,
    rate: float | None = None,
    steps: int = 1000,
    tolerance: float = 1e-8,
    window: Sequence[tuple[float, float]] | None = None,
    schedule: Schedule = constant,
    **hyper_parameters: float,
) -> list[DescentPath]:
    """`descend` from many starts (starts, variables) at once: one path for each, all stepped together.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("x^2 + y^2"))
    >>> [path.steps for path in sweep(f, np.array([[0.0, 0.0], [1.0, 1.0]]), rate=0.5)]
    [0, 1]
    """
    row = optimiser_named(method) if isinstance(method, str) else method
    places, settings = _checked(function, row, starts, rate, steps, window, hyper_parameters)
    if steps * places.size > MOST_RECORDED:
        raise ChalkgradError(
            f"{steps} steps of {len(places)} runs are too many points to keep; sweep_ends gives the ends alone"
        )
    points = _run(function, row, places, settings, steps, tolerance, window, schedule, record=True).track
    assert points is not None
    return [
        _path(function, row, settings, points[:, k], steps, tolerance, window, schedule) for k in range(points.shape[1])
    ]


def sweep_ends(
    function: ScalarFunction,
    starts: Floats,
    method: str | Optimiser = "sgd",
    *,
    rate: float | None = None,
    steps: int = 1000,
    tolerance: float = 1e-8,
    window: Sequence[tuple[float, float]] | None = None,
    schedule: Schedule = constant,
    **hyper_parameters: float,
) -> Runs:
    """Where the descents of a `sweep` end and how many steps each made, without the points on the way.

    All runs are one compiled call, and the memory does not grow with the number of steps.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("x^2 + y^2"))
    >>> sweep_ends(f, np.array([[0.0, 0.0], [1.0, 1.0]]), rate=0.5).steps.tolist()
    [0.0, 1.0]
    """
    row = optimiser_named(method) if isinstance(method, str) else method
    places, settings = _checked(function, row, starts, rate, steps, window, hyper_parameters)
    return _run(function, row, places, settings, steps, tolerance, window, schedule, record=False)


def _checked(
    function: ScalarFunction,
    row: Optimiser,
    starts: Floats,
    rate: float | None,
    steps: int,
    window: Sequence[tuple[float, float]] | None,
    hyper_parameters: dict[str, float],
) -> tuple[Floats, dict[str, float]]:
    """The starts as an array and all hyper-parameters."""
    given = hyper_parameters if rate is None else {"rate": rate, **hyper_parameters}
    for name in given:
        if name not in row.defaults:
            raise UnknownNameError(f"hyper-parameter of {row.name}", name, row.defaults)
    if not 0 <= steps <= MOST_STEPS:
        raise ChalkgradError(f"the number of steps is from 0 to {MOST_STEPS}, not {steps}")
    count = len(function.variables)
    places = np.asarray(starts, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != count:
        raise ShapeError(f"the starts need the shape (starts, {count}), not {places.shape}")
    if window is not None and len(window) != count:
        raise ShapeError(f"the window needs (low, high) for each of {', '.join(function.variables)}")
    return places, {**row.defaults, **given}


def _run(
    function: ScalarFunction,
    row: Optimiser,
    starts: Floats,
    settings: dict[str, float],
    steps: int,
    tolerance: float,
    window: Sequence[tuple[float, float]] | None,
    schedule: Schedule,
    *,
    record: bool,
) -> Runs:
    """All runs, until every one has come to its end, in one compiled call."""
    program = step_program(function, row)
    count = len(function.variables)
    states = [tensor.name for tensor in program.declared[count : count + count * len(row.state)]]
    rate = settings["rate"]
    steady = schedule is constant
    rates = np.array([rate] if steady else [schedule(rate, step, steps) for step in range(1, steps + 1)])
    return run_steps(
        program, function, states, starts, settings, rates, steps, tolerance=tolerance, window=window, record=record
    )


def _path(
    function: ScalarFunction,
    row: Optimiser,
    settings: dict[str, float],
    points: Floats,
    steps: int,
    tolerance: float,
    window: Sequence[tuple[float, float]] | None,
    schedule: Schedule,
) -> DescentPath:
    values = function.at_points(points)
    with np.errstate(all="ignore"):
        slopes: Any = np.sqrt((function.gradient_at_points(points) ** 2).sum(axis=1))
    stop, last = stop_of(points, values, slopes, steps, tolerance, window)
    points, values, slopes = points[: last + 1], values[: last + 1], slopes[: last + 1]
    explanation = explain(function, row, settings, points, values, slopes, stop)
    return DescentPath(function, row.name, row.title, settings, points, values, slopes, stop, explanation)
