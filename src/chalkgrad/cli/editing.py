"""The command for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from chalkgrad.errors import ChalkgradError


def lsp(
    hints: Annotated[bool, typer.Option("--hints", help="Hints; answers only when they are asked for.")] = False,
) -> None:
    """Serve an editor: verdicts while one types, what a name was taken for, edits that mend what is wrong."""
    try:
        from chalkgrad.editors.server import server
    except ModuleNotFoundError as missing:
        raise ChalkgradError(
            f"the language server needs {missing.name}: python3 -m pip install 'chalkgrad[lsp]'"
        ) from None
    server(hints).start_io()
