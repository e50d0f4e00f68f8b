"""Functions of two variables for the browser: value, slope and the steps of every method, as one JavaScript module."""

from __future__ import annotations

import json

from chalkgrad.descent.paths import step_program
from chalkgrad.descent.sources import function_of_source
from chalkgrad.descent.windows import need_two_variables
from chalkgrad.engines.javascript import HELPERS, javascript_source
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Program
from chalkgrad.networks import OPTIMISERS, Optimiser
from chalkgrad.writing.equations import write_expression


def surface_module(function: str) -> str:
    """An ECMAScript module: `valueAt`, `slopeAt`, `steps` by method, and `about` them, from a formula or a name.

    Raises `ChalkgradError`.

    >>> "const df_dy = 6*y;" in surface_module("x^2 + 3*y^2")
    True
    """
    if not function.strip():
        raise ChalkgradError("there is no function yet: write one of two variables, such as x^2 + 3*y^2")
    found = function_of_source(function)
    need_two_variables(found)
    steps, methods = [], {}
    for row in OPTIMISERS.values():
        program = step_program(found, row)
        steps.append(f"  {row.name}: {_enclosed(program, 'step')},")
        methods[row.name] = _method(row, program)
    about = {
        "name": found.name,
        "variables": list(found.variables),
        "text": write_expression(found.expression, to="unicode"),
        "methods": methods,
    }
    return "\n".join(
        [
            f"export const valueAt = {_enclosed(found.program, 'valueAt')};",
            f"export const slopeAt = {_enclosed(found.gradient_program, 'slopeAt')};",
            "export const steps = {",
            *steps,
            "};",
            f"export const about = {json.dumps(about)};",
            "",
        ]
    )


def _enclosed(program: Program, name: str) -> str:
    """A function in a scope of its own, since each brings its helpers along."""
    return f"(() => {{\n{HELPERS}{javascript_source(program, name)}\nreturn {name};\n}})()"


def _method(row: Optimiser, program: Program) -> dict[str, object]:
    """How a method is called: variables, then `states` numbers that begin at 0, then `shared` numbers by name."""
    states = 2 * len(row.state)
    shared = [tensor.name.rstrip("'") for tensor in program.declared[2 + states :]]
    return {"title": row.title, "states": states, "shared": shared, "defaults": dict(row.defaults)}
