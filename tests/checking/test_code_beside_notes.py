"""Code beside the maths on paper: a document's section gives what is right, and its own lines are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.checking.code.written import only
from chalkgrad.errors import ChalkgradError, UnknownNameError

NOTES = r"""# Lecture

## 1. A surface

$s(p, q) = p^3 q - \cos q$

so that $\frac{\partial s}{\partial p} = 3 p^2 q$ and $\frac{\partial s}{\partial q} = p^3 - \sin q$.

## 2. Two layers

With $x \in \mathbb{R}^2$ and $h \in \mathbb{R}^3$:

$$ z_1 = W_1 x + b_1, \quad h = \tanh(z_1) $$

$$ \hat y = \sigma(w_2^T h + b_2) $$

$$ L = -(y \log \hat y + (1 - y) \log(1 - \hat y)) $$

### Derivatives

$$ \frac{\partial L}{\partial W_1} = ((\hat y - y) w_2 \odot (1 - h \odot h)) x^T $$

## 3. Nothing to derive

Words.
"""
CODE = """
import numpy as np
def grad_s(p, q):
    return 3 * p**2 * q, p**3 + np.sin(q)
def backward(x, y, W1, b1, W2, b2):
    h = np.tanh(x @ W1 + b1)
    d2 = (1 / (1 + np.exp(-(h @ W2 + b2))) - y) / len(x)
    d1 = d2 @ W2.T * (1 - h**2)
    return {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": h.T @ d2, "b2": d2.sum(axis=0)}
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    file = tmp_path / "notes.md"
    file.write_text(NOTES)
    return file


def checked(notes: Path, function: str, section: str, text: str = CODE) -> CodeCheck:
    file = notes.with_name("code.py")
    file.write_text(text)
    return check_code(file, function, f"{notes}#{section}")


def test_each_section_is_about_its_own(notes: Path) -> None:
    surface = checked(notes, "grad_s", "A surface")
    assert [(block.name, block.verdict) for block in surface.blocks] == [("p", "right"), ("q", "right")]
    assert "line 7 of notes.md is wrong, and grad_s is not" in surface.blocks[1].reason
    assert "line" not in surface.blocks[0].reason
    for name in ("Two layers", "two-layers", "2"):
        found = checked(notes, "backward", name)
        assert found.against == "2-3-1 tanh sigmoid bce"
        assert {block.verdict for block in found.blocks} == {"right"}


def test_the_line_with_which_code_disagrees_is_told(notes: Path) -> None:
    wrong = checked(notes, "backward", "Two layers", CODE.replace("1 - h**2", "1 - h"))
    assert {block.name: block.verdict for block in wrong.blocks}["W1"] == "wrong"
    assert wrong.blocks[0].reason.endswith("; line 21 of notes.md and backward disagree in W1")
    both = checked(notes, "grad_s", "A surface", CODE.replace("+ np.sin(q)", "- np.sin(q)"))
    assert both.blocks[1].verdict == "wrong"
    assert both.blocks[1].reason.endswith("; line 7 of notes.md is wrong itself")


def test_a_section_that_is_not_there_or_says_nothing(notes: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"section in .*notes\.md called 'Three layers'"):
        checked(notes, "backward", "Three layers")
    with pytest.raises(ChalkgradError, match="defines no network and no function"):
        checked(notes, "backward", "Nothing to derive")
    notes.write_text("$$z = W x + b$$ $$\\hat y = \\mathrm{softmax}(z)$$ $$L = -\\sum_k y_k \\log \\hat y_k$$")
    with pytest.raises(ChalkgradError, match="no known sizes or loss; give its spec"):
        checked(notes, "backward", "")


def test_a_section_keeps_those_below_it_and_its_lines() -> None:
    latex = "\\section{One}\na\n\\subsection{Below}\nb\n\\section{Two}\nc\n"
    assert only(latex, "one", "a.tex").split("\n")[:4] == ["\\section{One}", "a", "\\subsection{Below}", "b"]
    assert only(latex, "Two", "a.tex").split("\n")[4:6] == ["\\section{Two}", "c"]
    front = "---\nmodel: 2-1 sigmoid bce\n---\n# A\nx\n# B\ny\n"
    assert only(front, "B", "a.md") == "---\nmodel: 2-1 sigmoid bce\n---\n\n\n# B\ny\n"
