"""The command for functions of a few variables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from chalkgrad.descent.function import ScalarFunction
    from chalkgrad.descent.paths import DescentPath


def descend(
    function: Annotated[str, typer.Argument(help="A function in plain text, such as '(1-x^3)+100*(y^2-x)^2'.")],
    start: Annotated[str, typer.Option("--start", help="Where to start: x=-1,y=1.")],
    rate: Annotated[str, typer.Option("--rate", help="One or several learning rates: 0.001,0.003.")] = "0.001",
    method: Annotated[str, typer.Option("--method", help="One or several: gd,momentum,adam, …")] = "gd,momentum",
    steps: Annotated[int, typer.Option("--steps", min=1, max=1_000_000, help="The most steps.")] = 1000,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the pictures.")] = Path("out"),
) -> None:
    """Walk downhill on a function: partials, stationary points, contours, and the paths of several rates."""
    from rich.console import Console
    from rich.table import Table

    from chalkgrad.board import function as function_of
    from chalkgrad.descent.paths import descend as walk
    from chalkgrad.descent.stationary import stationary_points

    sheet = function_of(function)
    scalar = sheet.scalar
    console = Console(highlight=False)
    console.print(str(sheet), markup=False)
    for name, partial in sheet.gradient().items():
        console.print(f"∂f/∂{name} = {partial}", markup=False)
    for sentence in stationary_points(scalar).sentences():
        console.print(sentence, markup=False)
    point = _point(start, scalar)
    names = {"gd": "sgd"}
    paths = [
        walk(scalar, point, names.get(each, each), rate=step, steps=steps)
        for each in method.split(",")
        for step in _rates(rate)
    ]
    table = Table("method", "rate", "steps", "end", "f", box=None, header_style="dim")
    for path in paths:
        end = ", ".join(f"{name} = {value:.4g}" for name, value in path.end.items())
        rate_used = f"{path.hyper_parameters['rate']:g}"
        table.add_row(path.method, rate_used, str(path.steps), end, f"{path.values[-1]:.4g}")
    console.print(table)
    for path in paths:
        console.print(f"{path.label}: {path.explanation}", markup=False)
    for written in _pictures(scalar, paths, out):
        typer.echo(f"{written}")


def _pictures(function: ScalarFunction, paths: list[DescentPath], out: Path) -> list[Path]:
    """Contours with the paths where there are two variables, and f against the iteration."""
    from chalkgrad.descent.charts import value_plot
    from chalkgrad.descent.pictures import contour_plot

    plots = {"values": value_plot(paths)}
    if len(function.variables) == 2:
        plots["contours"] = contour_plot(function, paths)
    return [plot.save(out / f"{name}.{suffix}") for name, plot in plots.items() for suffix in ("svg", "png")]


def _point(text: str, function: ScalarFunction) -> dict[str, float]:
    from chalkgrad.errors import ReadingError, UnknownNameError

    point: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name.strip() not in function.variables:
            raise UnknownNameError("variable", name.strip(), function.variables)
        try:
            point[name.strip()] = float(value)
        except ValueError:
            column = text.find(part) + len(name) + 2
            raise ReadingError(f"'{value}' is not a number", column=column, text=text, expected="x=-1,y=1") from None
    missing = [name for name in function.variables if name not in point]
    if missing:
        raise ReadingError(f"the start has no {', '.join(missing)}", text=text, expected="a value for every variable")
    return point


def _rates(text: str) -> list[float]:
    from chalkgrad.errors import ReadingError

    rates = []
    for part in text.split(","):
        try:
            rates.append(float(part))
        except ValueError:
            column = text.find(part) + 1
            raise ReadingError(f"'{part}' is not a rate", column=column, text=text, expected="0.001,0.01") from None
    return rates
