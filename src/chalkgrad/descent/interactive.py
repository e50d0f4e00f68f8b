"""A page on which one drags the start and the rate of a descent and sees the path: the same programs, as JavaScript."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from chalkgrad.descent.diagnosis import curvature, largest_stable_rate
from chalkgrad.descent.function import Point, ScalarFunction
from chalkgrad.descent.paths import step_program
from chalkgrad.descent.pictures import titled
from chalkgrad.descent.windows import grid_of, levels_of, need_two_variables
from chalkgrad.engines.javascript import HELPERS, javascript_source
from chalkgrad.language import Definition, Program, Tensor
from chalkgrad.networks import OPTIMISERS, Optimiser

_BOUND_NAMES = {"sgd": "2/L", "momentum": "2(1 + α)/L", "nesterov": "2(1 + α)/((1 + 2α)L)"}
_SHARE = 0.4  # of the largest stable rate, to begin with
_WINDOW = ((-2.0, 2.0), (-2.0, 2.0))


def interactive_page(
    function: ScalarFunction,
    start: Point,
    *,
    window: Sequence[tuple[float, float]] = _WINDOW,
    rates: Mapping[str, float] | None = None,
    title: str = "",
) -> str:
    """A self-contained HTML page with every optimiser of the table on a function of two variables.

    One drags the start on the contour lines, and sets the method, its rate and the number of steps. `rates` gives the
    rate with which a method begins; else it is well below 2/L where that is known, or the table's. Raises `ShapeError`
    for other than two variables, and `ProgramError` for what JavaScript cannot express.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> page = interactive_page(function_of_program(read_function("x^2 + 3*y^2")), [1, 1])
    >>> "const df_dy = 6*y;" in page, "http" in page
    (True, False)
    """
    need_two_variables(function)
    place = [float(number) for number in function.coordinates(start).values()]
    levels, _ = levels_of(grid_of(function, window).values)
    steepest = curvature(function, np.array(place))
    methods, sources = [], [HELPERS, *_function_sources(function)]
    for row in OPTIMISERS.values():
        program = step_program(function, row)
        sources.append(javascript_source(program, f"step_{row.name}"))
        methods.append(_method(row, program, steepest, (rates or {}).get(row.name)))
    data = {
        "name": function.name,
        "variables": list(function.variables),
        "window": [list(map(float, side)) for side in window],
        "levels": [float(level) for level in levels],
        "start": place,
        "methods": methods,
    }
    steps = "".join(f"page.methods[{k}].step = step_{name};\n" for k, name in enumerate(OPTIMISERS))
    shown = title or titled(function)
    sides = [
        f"{name} goes from {low:g} to {high:g}" for name, (low, high) in zip(function.variables, window, strict=True)
    ]
    # Replaced one after the other, texts of people last, so that nothing in them is taken for a place to fill.
    filled = files("chalkgrad.descent").joinpath("interactive.html").read_text(encoding="utf-8")
    parts = {
        "PROGRAM": "\n".join(sources),
        "DATA": _json(data) + ";\n" + steps.rstrip().removesuffix(";"),
        "RANGE": escape(f"{sides[0]} to the right, {sides[1]} upwards"),
        "FIRST": escape(function.variables[0]),
        "SECOND": escape(function.variables[1]),
        "ALTERNATIVE": escape(f"Contour lines of {function} with the path of a descent"),
        "TITLE": escape(shown),
    }
    for name, text in parts.items():
        filled = filled.replace(f"@{name}@", text)
    return filled


def _json(data: Any) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def _function_sources(function: ScalarFunction) -> list[str]:
    """The value, the gradient and the Hessian, row by row, as functions that return lists."""
    entries = [entry for row in function.hessian for entry in row]
    definitions = tuple(Definition(Tensor(f"second_{k}"), (), entry) for k, entry in enumerate(entries))
    hessian = Program(function.tensors, definitions, tuple(definition.tensor for definition in definitions))
    programs = {"valueAt": function.program, "slopeAt": function.gradient_program, "curvatureAt": hessian}
    return [javascript_source(program, name) for name, program in programs.items()]


def _method(row: Optimiser, program: Program, steepest: float, rate: float | None) -> dict[str, Any]:
    """What the page knows of a method besides its step."""
    bound = largest_stable_rate(row, row.defaults, 1.0)
    stable = largest_stable_rate(row, row.defaults, steepest) if np.isfinite(steepest) else None
    states = 2 * len(row.state)
    shared = [tensor.name.rstrip("'") for tensor in program.declared[2 + states :]]
    default = row.defaults["rate"] if stable is None else float(f"{_SHARE * stable:.1g}")
    return {
        "title": row.title[0].upper() + row.title[1:],
        "states": states,
        "shared": shared,
        "settings": dict(row.defaults),
        "rate": default if rate is None else rate,
        "bound": bound,
        "boundName": _BOUND_NAMES.get(row.name, ""),
    }
