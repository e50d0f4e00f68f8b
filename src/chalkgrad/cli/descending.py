"""The command for functions of a few variables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from chalkgrad.board.function import FunctionSheet
    from chalkgrad.descent.collection import TestFunction
    from chalkgrad.descent.function import ScalarFunction
    from chalkgrad.descent.paths import DescentPath


def descend(
    function: Annotated[
        str | None,
        typer.Argument(help="Text such as '(1-x^3)+100*(y^2-x)^2', LaTeX, or a test function such as rosenbrock."),
    ] = None,
    start: Annotated[str | None, typer.Option("--start", help="Where to start: x=-1,y=1.")] = None,
    rate: Annotated[
        str | None,
        typer.Option("--rate", help="One or several rates: 0.001,0.003; else a share of the largest stable one."),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="One or several: gd, momentum, nesterov, adagrad, rmsprop, adam, adamw, newton, damped-newton, bfgs, "
            "l-bfgs, and gd with a line search: armijo, wolfe.",
        ),
    ] = "gd,momentum",
    schedule: Annotated[
        str, typer.Option("--schedule", help="How the rate goes on: constant, step, cosine or 1/t.")
    ] = "constant",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="NAME=NUMBER", help="A hyper-parameter, such as momentum=0.5."),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=0, max=1_000_000, help="The most steps.")] = 1000,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, help="Stop where the gradient is shorter than this.")
    ] = 1e-8,
    window: Annotated[
        str | None, typer.Option("--window", help="What is shown, and where a run ends that leaves it: x=-2:2,y=-1:3.")
    ] = None,
    partials: Annotated[
        list[str] | None,
        typer.Option("--partial", metavar="NAME=FORMULA", help="Instead of a function its partials, each: x=2*x*y."),
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", help="Also print the directional derivative: x=3,y=4.")
    ] = None,
    taylor: Annotated[
        int | None, typer.Option("--taylor", min=0, help="Also print the Taylor polynomial of this order at the start.")
    ] = None,
    formats: Annotated[
        str | None, typer.Option("--formats", help="What is written, of: png,svg,pdf,gif,mp4,html,json,txt; else all.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for pictures and results.")] = Path("out"),
    collection: Annotated[bool, typer.Option("--list", help="List the test functions that have a name.")] = False,
) -> None:
    """Walk downhill on a function: partials, stationary points, and the paths of several methods and rates."""
    if collection:
        _list_collection()
        return
    from chalkgrad.descent.function import domain_problem
    from chalkgrad.descent.gallery import formats_of, write_gallery
    from chalkgrad.descent.setting import default_start
    from chalkgrad.descent.stationary import stationary_points
    from chalkgrad.descent.telling import Story, story_lines
    from chalkgrad.errors import EvaluationError

    wanted = formats_of(formats)
    sheet, row = _function(function, partials or [])
    scalar = sheet.scalar
    border = _window(window, scalar) if window is not None else None
    shown = border or (None if row is None else row.window)
    place = default_start(scalar, shown) if start is None else _point(start, scalar, "start")
    problem = domain_problem(scalar, place)
    if problem:
        at = ", ".join(f"{name} = {number:g}" for name, number in place.items())
        raise EvaluationError(f"at step 0, at {at}, {scalar.name} has no value: {problem}")
    paths = _runs(scalar, place, method, rate, schedule, _settings(settings or []), steps, tolerance, border)
    further = _further(sheet, direction, taylor, place)
    found = stationary_points(scalar, shown, exactly_first=True)
    story = Story(scalar, found, place, tuple(paths), tuple(further), sheet.up_to_a_constant)
    for line in story_lines(story):
        typer.echo(line)
    typer.echo("")
    for written in write_gallery(story, out, wanted, shown):
        typer.echo(f"{written}")


def _list_collection() -> None:
    from chalkgrad.descent.collection import TEST_FUNCTIONS

    for row in sorted(TEST_FUNCTIONS.values(), key=lambda each: each.name):
        least = "no least value" if row.least is None else f"least {row.least:g}"
        typer.echo(f"{row.name:<18} {row.title}, {len(row.function.variables)} variables, {least}: {row.source}")


def _function(text: str | None, partials: list[str]) -> tuple[FunctionSheet, TestFunction | None]:
    """The function that was asked for, with its row where it is one of the collection."""
    from chalkgrad.board.function import function as function_of
    from chalkgrad.descent.sources import named
    from chalkgrad.errors import ReadingError

    if (text is None) == (not partials):
        expected = "a function, or a --partial for each variable"
        raise ReadingError("there is no function" if text is None else "a function and partials", expected=expected)
    if text is not None:
        return function_of(text), named(text)
    given: dict[str, str] = {}
    for partial in partials:
        name, equals, formula = partial.partition("=")
        if not equals or not name.strip():
            raise ReadingError("this partial has no name", text=partial, expected="something like x=2*x*y")
        given[name.strip()] = formula
    return function_of(given), None


def _runs(
    function: ScalarFunction,
    start: dict[str, float],
    methods: str,
    rates: str | None,
    schedule: str,
    settings: dict[str, float],
    steps: int,
    tolerance: float,
    window: list[tuple[float, float]] | None,
) -> list[DescentPath]:
    """Every method at every rate; a method that takes no rate once."""
    from chalkgrad.descent.runs import run, takes_rate
    from chalkgrad.descent.setting import default_rate
    from chalkgrad.errors import ChalkgradError, UnknownNameError
    from chalkgrad.networks import optimiser_named

    names = _parts(methods)
    rated = [name for name in names if takes_rate(name)]
    known = {setting for name in rated for setting in optimiser_named(name).defaults if setting != "rate"}
    for setting in settings:
        if not known:
            raise ChalkgradError(f"{methods}: there is no hyper-parameter to set but the rate")
        if setting not in known:
            raise UnknownNameError("hyper-parameter of these methods", setting, sorted(known))
    paths = []
    for name in names:
        if name not in rated:
            paths.append(run(function, start, name, steps=steps, tolerance=tolerance, window=window))
            continue
        own = {key: value for key, value in settings.items() if key in optimiser_named(name).defaults}
        for rate in _rates(rates) if rates is not None else [default_rate(function, start, name)]:
            paths.append(
                run(
                    function, start, name, rate=rate, steps=steps, tolerance=tolerance, window=window,
                    schedule=schedule, **own,
                )
            )  # fmt: skip
    return paths


def _further(
    sheet: FunctionSheet, direction: str | None, taylor: int | None, start: dict[str, float]
) -> list[tuple[str, ScalarFunction]]:
    """The directional derivative and the Taylor polynomial, where they were asked for."""
    made = []
    if direction is not None:
        along = _point(direction, sheet.scalar, "direction")
        head = ", ".join(f"{entry:g}" for entry in along.values())
        made.append((f"Directional derivative along ({head})", sheet.directional_derivative(along).scalar))
    if taylor is not None:
        made.append(
            (f"Taylor polynomial of order {taylor} at the start", sheet.taylor_polynomial(start, taylor).scalar)
        )
    return made


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _point(text: str, function: ScalarFunction, what: str) -> dict[str, float]:
    """`x=-1,y=1` as numbers by name, in the order of the variables."""
    from chalkgrad.errors import ReadingError, UnknownNameError

    point: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name.strip() not in function.variables:
            raise UnknownNameError("variable", name.strip(), function.variables)
        point[name.strip()] = _number(value, text, text.find(part) + len(name) + 2, "x=-1,y=1")
    missing = [name for name in function.variables if name not in point]
    if missing:
        raise ReadingError(f"the {what} has no {', '.join(missing)}", text=text, expected="a value for every variable")
    return {name: point[name] for name in function.variables}


def _window(text: str, function: ScalarFunction) -> list[tuple[float, float]]:
    """`x=-2:2,y=-1:3` as (low, high) in the order of the variables."""
    from chalkgrad.errors import ReadingError, UnknownNameError

    expected = "x=-2:2,y=-1:3, the lower end first"
    sides: dict[str, tuple[float, float]] = {}
    for part in text.split(","):
        name, _, ends = part.partition("=")
        if name.strip() not in function.variables:
            raise UnknownNameError("variable", name.strip(), function.variables)
        column = text.find(part) + len(name) + 2
        low, _, high = ends.partition(":")
        side = _number(low, text, column, expected), _number(high, text, column, expected)
        if not side[0] < side[1]:
            raise ReadingError(f"'{ends}' is not a range", column=column, text=text, expected=expected)
        sides[name.strip()] = side
    missing = [name for name in function.variables if name not in sides]
    if missing:
        raise ReadingError(f"the window has no {', '.join(missing)}", text=text, expected=expected)
    return [sides[name] for name in function.variables]


def _settings(texts: list[str]) -> dict[str, float]:
    return {
        name.strip(): _number(value, text, len(name) + 2, "something like momentum=0.5")
        for text in texts
        for name, _, value in [text.partition("=")]
    }


def _rates(text: str) -> list[float]:
    parts = text.split(",")
    columns = [1 + sum(len(part) + 1 for part in parts[:k]) for k in range(len(parts))]
    return [
        _number(part, text, column, "rates such as 0.001,0.01") for part, column in zip(parts, columns, strict=True)
    ]


def _number(part: str, text: str, column: int, expected: str) -> float:
    """A finite number; raises `ReadingError` with its place."""
    from math import isfinite

    from chalkgrad.errors import ReadingError

    try:
        value = float(part)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ReadingError(f"'{part}' is not a number", column=column, text=text, expected=expected)
    return value
