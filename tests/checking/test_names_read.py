"""What `--reading` tells of each name: what it was taken for, where it comes from, and why."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from chalkgrad.checking import check_text
from chalkgrad.checking.names_read import NameRead
from chalkgrad.cli.commands import app

TEXT = r"""
# A layer

Let $x \in \mathbb R^d$. The bias $b$ is a column vector.

$$z = W x + b, \quad a = g(z), \quad L = \frac12 \|a - t\|^2$$

$$\frac{\partial L}{\partial W} = ((a-t) \odot g'(z)) x^\top$$

# Another

$$v_i = \sum_j u_{ij} r_j$$
"""


def names(text: str) -> dict[tuple[str, str], NameRead]:
    return {(each.section, each.name): each for each in check_text(text).names}


def test_kinds_sizes_and_reasons() -> None:
    found = names(TEXT)
    x, w, b = (found["A layer", name] for name in "xWb")
    assert (x.kind, x.role, x.because) == ("column of d₁", "given", ("it is declared so",))
    assert (w.kind, w.role) == ("matrix of d₂ × d₁", "free; derivatives are taken by it")
    assert b.because == ("the words call it a column",)
    assert found["A layer", "L"].role == "the loss, defined in line 6"
    assert found["A layer", "g"].role == "nothing defines it: any smooth function"
    assert found["A layer", "t"].because == ("it stands in a norm",)
    assert found["Another", "u"].because == ("it has 2 indices",)
    assert ("A layer", "R") not in found


def test_another_name_for_all_of_a_vector() -> None:
    text = r"$$\hat y = \sum_{j=1}^3 v_j h_j$$ Mean squared error. $$\frac{\partial L}{\partial V} = 2(\hat y - y) H$$"
    found = names(text)
    assert found["", "V"].kind == "all of v"
    assert found["", "v"].kind == "column of 3"


def test_a_loss_that_only_words_name() -> None:
    text = r"$$a = \sigma(w x)$$ The loss is the binary cross-entropy. $$\frac{\partial L}{\partial w} = (a - t) x$$"
    assert "taken to be the binary cross-entropy" in names(text)["", "L"].role


def test_the_command(tmp_path: Path) -> None:
    document = tmp_path / "layer.md"
    document.write_text(TEXT)
    shown = CliRunner().invoke(app, ["check", str(document), "--reading"], env={"COLUMNS": "140"}).stdout
    assert "matrix of d₂ × d₁" in shown
    told = json.loads(CliRunner().invoke(app, ["check", str(document), "--reading", "--json"]).stdout)
    assert {"section": "A layer", "name": "x", "kind": "column of d₁", "role": "given",
            "because": ["it is declared so"]} in told["names"]  # fmt: skip
    assert "names" not in json.loads(CliRunner().invoke(app, ["check", str(document), "--json"]).stdout)
