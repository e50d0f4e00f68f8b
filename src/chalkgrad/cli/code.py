"""Checking a function of a person's file, and telling the verdicts on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from chalkgrad.cli.verdicts import MARKS

if TYPE_CHECKING:
    from rich.console import Console

    from chalkgrad.checking.code import CodeCheck


def check_function(
    file: Path,
    function: str,
    against: str | None,
    *,
    forward: str | None,
    let: Mapping[str, str],
    call: str | None,
    layout: str | None,
    as_json: bool,
    hints: bool,
    trust: bool,
    second: bool = False,
) -> NoReturn:
    """Runs the check, prints it, and ends with its exit code."""
    from rich.console import Console

    from chalkgrad.checking.code import check_code

    checked = check_code(
        file, function, against, forward=forward, let=let, call=call, layout=layout, second=second, trust=trust
    )
    if as_json:
        typer.echo(json.dumps(checked.to_json(hints), ensure_ascii=False, indent=2))
    else:
        print_code_check(Console(highlight=False), checked, hints)
    raise typer.Exit(checked.exit_code)


def print_code_check(console: Console, checked: CodeCheck, hints: bool) -> None:
    """Prints the verdicts; with `hints` nothing that gives an answer away."""
    from rich.text import Text

    for left in checked.left_out:
        console.print(Text(f"Left out, as it failed: line {left.line}: {left.problem}", style="dim"))
    for block in checked.blocks:
        mark, colour = MARKS[block.verdict]
        verdict = block.verdict.replace("_", " ")
        console.print(Text.assemble((f"{mark} {verdict:<12} ", colour), block.name))
        details = [slip.hint if hints else slip.message for slip in block.slips]
        if block.verdict != "right" and not hints:
            details.append(block.reason[0].upper() + block.reason[1:] + ".")
        for detail in details:
            console.print(Text("    " + detail))
    if hints and checked.edits:
        console.print(Text(f"Look again at {checked.edits[0].place}."))
    for edit in () if hints else checked.edits:
        if edit.message:
            console.print(Text(edit.message))
        console.print(Text(f"With one change all is right, {edit.place}:"))
        console.print(Text(f"    - {edit.before}", style="red"))
        console.print(Text(f"    + {edit.after}", style="green"))
    console.print(Text(checked.called[:1].upper() + checked.called[1:] + ".", style="dim"))
