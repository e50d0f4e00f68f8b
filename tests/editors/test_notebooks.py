"""What objects show of themselves in a notebook, by IPython's own machinery, and the magic `%%chalkgrad`."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

import chalkgrad as cg
from chalkgrad.checking.document import check_text

SHEET = Path(__file__).parents[2] / "examples" / "homework.md"
CELL = r"Binary cross-entropy: $$y = \sigma(w x)$$ $$\frac{\partial L}{\partial w} = (t - y) x$$"


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    yield shell
    InteractiveShell.clear_instance()


class Words(HTMLParser):
    """The words of a page; what is opened has to be closed."""

    VOID = frozenset({"img", "br", "hr", "meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.words += [value or "" for name, value in attrs if name == "alt"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)


def shown(shell: InteractiveShell, thing: Any) -> tuple[str, str]:
    """The plain text and the words of the HTML that a notebook gets of a thing."""
    formatter = shell.display_formatter
    assert formatter is not None
    data, _ = formatter.format(thing)
    words = Words()
    words.feed(data["text/html"])
    assert not words.open
    return data["text/plain"], "".join(words.words)


def trained() -> Any:
    return cg.network("2-4-1 tanh sigmoid bce").fit([[0, 0], [1, 1]], [0, 1], epochs=3, rate=0.1)


BOWL = cg.function("x^2 + 3*y^2")
THINGS = {
    "report": lambda: cg.check(SHEET),
    "claim": lambda: check_text(CELL).claims[-1],
    "plot": lambda: BOWL.plot(),
    "path": lambda: BOWL.descend({"x": 2, "y": 1}, "gd", rate=0.1),
    "path of one variable": lambda: cg.function("x^2").descend({"x": 2}, "gd", rate=0.1),
    "stationary points": lambda: cg.function("x^3 - 3*x + y^2").stationary_points(),
    "gradcheck": lambda: cg.gradcheck(lambda w: (w**2).sum(), lambda w: 3 * w, np.array([1.0, 3.0])),
    "fitted network": trained,
    "derivation": lambda: cg.derive(cg.network("2-3-1 relu sigmoid bce")),
    "formula": lambda: cg.derive("v'*softmax(x)", wrt="x"),
}
TELLS = {
    "report": ("4 definition, 4 wrong, 2 undetermined", "The sign is flipped"),
    "claim": ("∂L/∂w in line 1: wrong", "Right is:"),
    "plot": ("plot: Contour lines", "Contour lines"),
    "path": ("path of gradient descent, rate 0.1", "Contour lines"),
    "path of one variable": ("path of gradient descent, rate 0.1", "Graph of f(x) = x^2"),
    "stationary points": ("(-1, 0) saddle, (1, 0) minimum", "these are all stationary points"),
    "gradcheck": ("gradient check: point wrong", "✗ Wrong at [0]: 3, not 2"),
    "fitted network": ("trained for 3 epochs: loss", "Loss per epoch"),
    "derivation": ("derivation of L by W1, b1, W2, b2", "∂L∂z(2)=y^−y"),
    "formula": ("derivation of L by x", "pi=exi"),
}


@pytest.mark.parametrize("name", THINGS)
def test_things_show_themselves(shell: InteractiveShell, name: str) -> None:
    plain, words = shown(shell, THINGS[name]())
    told, drawn = TELLS[name]
    assert told.lower() in plain.lower()
    assert drawn.lower() in words.lower()
    assert len(plain) < 400


def test_a_derivation_says_what_the_derivatives_on_the_way_are() -> None:
    lines = str(cg.derive(cg.network("2-3-1 relu sigmoid bce"))).splitlines()
    assert lines[0] == "∂L/∂z⁽²⁾ = ŷ − y"
    assert [line.partition(" = ")[0] for line in lines[1:3]] == ["∂L/∂z⁽¹⁾ⱼ", "∂L/∂w⁽¹⁾ᵢⱼ"]


def test_what_slipped_is_underlined() -> None:
    html = check_text(CELL).claims[-1]._repr_html_()
    assert '<mrow class="slip"><mi>t</mi><mo>−</mo><mi>y</mi></mrow>' in html.replace("&#x02212;", "−")


def test_text_of_a_document_is_no_markup() -> None:
    html = check_text(r"$$a = \text{<script>alert(1)</script>}$$ <b>x</b> $$b = <img src=x>$$")._repr_html_()
    assert "<script" not in html
    assert "<img" not in html


# --- the magic ---


def run(shell: InteractiveShell, cell: str) -> tuple[Any, Any]:
    with capture_output() as captured:
        done = shell.run_cell(cell)
    return done, captured


def test_the_magic_checks_a_cell(shell: InteractiveShell) -> None:
    assert run(shell, "%load_ext chalkgrad")[0].success
    done, captured = run(shell, f"%%chalkgrad\n{CELL}")
    assert done.result.summary["wrong"] == 1
    assert captured.outputs[0].data["text/markdown"] == CELL + "\n"
    done, _ = run(shell, f"%%chalkgrad --loss bce --hints\n{CELL.removeprefix('Binary cross-entropy: ')}")
    html = done.result._repr_html_()
    assert "sign" in html
    assert "Right is" not in html
    assert done.result.report.summary["wrong"] == 1


def test_the_magic_refuses_in_a_sentence(shell: InteractiveShell) -> None:
    run(shell, "%load_ext chalkgrad")
    done, captured = run(shell, f"%%chalkgrad --model '2-1 sigmod bce'\n{CELL}")
    assert not done.success
    assert "did you mean 'sigmoid'" in captured.stderr + captured.stdout
    assert "Traceback" not in captured.stderr + captured.stdout
