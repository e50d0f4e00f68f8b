"""The command for the page in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def page(
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]…", help="For --export: the networks that the page shows.", show_default=False),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="The port; without it 8765, or the next free one.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="The address; any other than this lets others in.")] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Write a page that needs no server into a folder instead."),
    ] = None,
) -> None:
    """Open the page in a browser: draw, derive, check and train. Nothing leaves this machine."""
    if export is not None:
        from chalkgrad.web.exporting import export_page

        written = export_page(export, models or ["2-3-1 relu sigmoid bce"])
        typer.echo(f"{written}")
        return
    if models:
        from chalkgrad.errors import ChalkgradError

        raise ChalkgradError("networks are named for --export DIR; the page itself takes any")
    from chalkgrad.web.serving import serve

    serve(host=host, port=port, open_browser=not no_open, tell=typer.echo)
