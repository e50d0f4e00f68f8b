"""The language server, spoken to as an editor speaks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from chalkgrad.editors.worker import Worker
from editors.editor import Editor, covered, edited

URI = "file:///tmp/sheet.md"
MODEL = "Binary cross-entropy.\n$$\\hat y = \\sigma(w^\\top x + b)$$\n"
WRONG = MODEL + "Für 𝑥 gilt $\\frac{\\partial L}{\\partial b} = y - \\hat y$.\n"
RIGHT = MODEL + "Für 𝑥 gilt $\\frac{\\partial L}{\\partial b} = \\hat y - y$.\n"


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    with Editor() as started:
        yield started


def test_it_tells_what_it_can(editor: Editor) -> None:
    assert editor.capabilities["textDocumentSync"]["change"] == 1
    assert editor.capabilities["hoverProvider"]
    assert editor.capabilities["codeActionProvider"]["codeActionKinds"] == ["quickfix"]
    assert editor.capabilities["positionEncoding"] == "utf-16"


def test_a_slip_is_underlined_where_it_stands_and_goes_with_it(editor: Editor) -> None:
    told = editor.open(URI, WRONG)
    assert told["version"] == 1
    (found,) = told["diagnostics"]
    assert covered(WRONG, found["range"]) == r"y - \hat y"
    assert (found["severity"], found["code"], found["source"]) == (1, "sign_flipped", "chalkgrad")
    assert found["message"].startswith("∂L/∂b is wrong\nThe sign is flipped")
    editor.change(URI, RIGHT, 2)
    told = editor.wait_for("textDocument/publishDiagnostics")
    assert (told["version"], told["diagnostics"]) == (2, [])


def test_while_one_types_only_the_last_text_is_checked(editor: Editor) -> None:
    uri = "file:///tmp/typed.md"
    editor.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "markdown", "version": 1, "text": MODEL}},
    )
    for version in range(2, 30):
        editor.change(uri, WRONG[: len(MODEL) + version], version)
    editor.change(uri, WRONG, 30)
    told = editor.wait_for("textDocument/publishDiagnostics")
    assert (told["version"], len(told["diagnostics"])) == (30, 1)


def test_a_fix_makes_it_right(editor: Editor) -> None:
    uri = "file:///tmp/mended.md"
    (found,) = editor.open(uri, WRONG)["diagnostics"]
    fixes = editor.fixes(uri, found["range"])
    assert fixes[0]["title"] == r"Flip the sign: \hat y - y"
    assert fixes[0]["diagnostics"] == [found]
    assert edited(WRONG, fixes[0]["edit"]) == RIGHT
    assert editor.fixes(uri, {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}) == []


def test_a_cursor_is_told_what_it_stands_on(editor: Editor) -> None:
    uri = "file:///tmp/hovered.md"
    editor.open(uri, WRONG)
    line = WRONG.split("\n")[1]
    assert editor.hover(uri, 1, line.index("w")) == "`w`: column of d₁, given (it is transposed)"
    last = WRONG.split("\n")[2]
    units = len(last[: last.index("y - ")].encode("utf-16-le")) // 2
    told = editor.hover(uri, 2, units)
    assert told.startswith("`y`: number, given")
    assert "**∂L/∂b is wrong**" in told
    assert told.index("Look at the sign") < told.index("Right is:") < told.index(r"\hat{y} - y")
    assert editor.hover(uri, 0, 3) == ""


def test_what_follows_points_at_the_earlier_slip(editor: Editor) -> None:
    text = MODEL + "$$\\delta = y - \\hat y$$\n$$\\frac{\\partial L}{\\partial w} = \\delta x$$\n"
    found = editor.open("file:///tmp/follows.md", text)["diagnostics"]
    assert [each["code"] for each in found] == ["sign_flipped", "follows"]
    (related,) = found[1]["relatedInformation"]
    assert related["location"]["range"]["start"]["line"] == 2


def test_latex_is_read_as_latex(editor: Editor) -> None:
    text = "% $\\frac{\\partial L}{\\partial b} = 1$\n" + WRONG
    for uri, language in (("file:///tmp/notes.tex", "plaintext"), ("untitled:1", "latex")):
        (found,) = editor.open(uri, text, language)["diagnostics"]
        assert found["range"]["start"]["line"] == 3


def test_lines_end_where_editors_end_them(editor: Editor) -> None:
    text = "a form feed \f and a line separator \u2028 end no line\r\n" + WRONG.replace("\n", "\r\n")
    (found,) = editor.open("file:///tmp/windows.md", text)["diagnostics"]
    assert found["range"]["start"]["line"] == 3


def test_a_closed_document_has_nothing_said_of_it(editor: Editor) -> None:
    uri = "file:///tmp/closed.md"
    editor.open(uri, WRONG)
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert editor.wait_for("textDocument/publishDiagnostics")["diagnostics"] == []
    assert editor.hover(uri, 1, 5) == ""


def test_a_text_that_cannot_be_checked_says_so(editor: Editor) -> None:
    (found,) = editor.open("file:///tmp/broken.ipynb", '{"cells": [')["diagnostics"]
    assert "this is not a notebook" in found["message"]


def test_hints_give_the_answer_on_demand_only() -> None:
    with Editor("--hints", encodings=("utf-32",)) as editor:
        assert editor.capabilities["positionEncoding"] == "utf-32"
        (found,) = editor.open(URI, WRONG)["diagnostics"]
        assert found["range"]["start"]["character"] == WRONG.split("\n")[2].index("y - ")
        told = found["message"] + editor.hover(URI, 2, 15)
        assert "Look at the sign" in told
        assert "flipped" not in told
        assert r"\hat{y} - y" not in told
        (offered,) = editor.fixes(URI, found["range"])
        assert "edit" not in offered
        command = offered["command"]
        editor.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
        assert editor.wait_for("window/showMessage")["message"] == r"\hat{y} - y"


def test_a_check_that_takes_too_long_is_ended_and_the_next_one_answered() -> None:
    request = {"text": WRONG, "latex": False, "hints": False}

    async def talk() -> tuple[object, object, int]:
        worker = Worker()
        first = await worker.ask(request, 60)
        process = worker._process
        with pytest.raises(TimeoutError):
            await worker.ask(request, 0.0)
        assert process is not None
        ended = await process.wait()
        second = await worker.ask(request, 60)
        # One that nobody waits for any more is let finish, or ended; its answer is not taken for that of the next.
        given_up = asyncio.create_task(worker.ask(request, 60))
        await asyncio.sleep(0)
        given_up.cancel()
        other = await worker.ask({**request, "text": RIGHT}, 60)
        await worker.end()
        return first == second, other["findings"], ended

    same, none, code = asyncio.run(talk())
    assert (same, none, code < 0) == (True, [], True)
