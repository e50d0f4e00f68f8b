"""The command for functions of a few variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def descend(
    function: Annotated[str, typer.Argument(help="A function in plain text, such as '(1-x^3)+100*(y^2-x)^2'.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the pictures.")] = Path("out"),
) -> None:
    """Walk downhill on a function: partials, stationary points, contours and the paths of several rates."""
    typer.echo(f"{function} {out}")
