"""What README.md and docs/ show can be done: their Python runs, their commands run, and outputs shown are the outputs.

A ```python block runs as it stands, or as a doctest where it has prompts; the blocks of one file share their names.
In ```bash and ```console blocks the `chalkgrad` commands run. In a console block the commands are the lines that
start with `$ `, and what follows is their output, `...` standing for anything. A command that ends otherwise than
with 0 says so: `# exit 1`.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import chalkgrad

ROOT = Path(__file__).parents[1]
PACKAGES = str(Path(chalkgrad.__file__).resolve().parents[1])  # the commands are those of the chalkgrad tested here
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)
EXIT = re.compile(r"#\s*exit\s+(\d+)")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line of its fence."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """One command line, the exit code that it announces, and the output that is shown under it."""

    line: str
    exit_code: int
    output: str


def blocks_of(text: str) -> list[Block]:
    return [Block(found[1], found[2], text.count("\n", 0, found.start()) + 1) for found in FENCE.finditer(text)]


def commands_of(block: Block) -> list[Command]:
    """The `chalkgrad` commands of a bash or console block, with the output that a console block shows."""
    lines = block.text.splitlines()
    if block.language == "console":
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        spans = zip(starts, [*starts[1:], len(lines)], strict=True)
        pairs = [(lines[start][2:], "\n".join(lines[start + 1 : end]).strip()) for start, end in spans]
    else:
        pairs = [(line, "") for line in lines]
    return [
        Command(line, int(found[1]) if (found := EXIT.search(line)) else 0, output)
        for line, output in pairs
        if line.split()[:1] == ["chalkgrad"]
    ]


def run_python(block: Block, where: str, names: dict[str, Any]) -> None:
    if ">>>" not in block.text:
        # Blank lines in front, so that a traceback points into the document.
        exec(compile("\n" * block.line + block.text, where, "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(block.text, {}, where, where, block.line)
    test.globs = names
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)


def run_command(command: Command, where: str) -> None:
    arguments = shlex.split(command.line, comments=True)[1:]
    assert not {"|", ">", "<", "&&", ";"}.intersection(arguments), f"{where}: not one plain command: {command.line}"
    done = subprocess.run(
        [sys.executable, "-m", "chalkgrad", *arguments],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={
            **os.environ,
            "PYTHONPATH": PACKAGES,
            "COLUMNS": "120",
            "NO_COLOR": "1",
            "PYTHONIOENCODING": "utf-8",
            "TERM": "dumb",
        },
        timeout=300,
        check=False,
    )
    said = f"{where}: {command.line}\n{done.stdout}{done.stderr}"
    assert done.returncode == command.exit_code, f"exit {done.returncode}, not {command.exit_code}: {said}"
    if command.output:
        as_shown = doctest.OutputChecker().check_output(command.output + "\n", done.stdout, FLAGS)
        assert as_shown, f"shown otherwise: {said}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_shows(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": document.stem}
    for block in blocks_of(document.read_text(encoding="utf-8")):
        where = f"{document.name}:{block.line}"
        if block.language == "python":
            run_python(block, where, names)
        elif block.language in {"bash", "console"}:
            for command in commands_of(block):
                run_command(command, where)


def test_the_readme_shows_something() -> None:
    blocks = blocks_of((ROOT / "README.md").read_text(encoding="utf-8"))
    assert any(block.language == "python" for block in blocks)
    assert any(commands_of(block) for block in blocks if block.language in {"bash", "console"})


def test_commands_are_found_with_their_exit_code_and_output() -> None:
    block = Block("console", "$ chalkgrad check a.md  # exit 1\nwrong\n...\n$ ls\na.md\n$ chalkgrad --version\n", 1)
    assert commands_of(block) == [
        Command("chalkgrad check a.md  # exit 1", 1, "wrong\n..."),
        Command("chalkgrad --version", 0, ""),
    ]


@pytest.mark.parametrize("text", ["1 / 0\n", ">>> 1 + 1\n3\n"])
def test_python_that_fails_is_noticed(text: str) -> None:
    with pytest.raises((ZeroDivisionError, AssertionError)):
        run_python(Block("python", text, 1), "here", {})
