"""What the tests of the laws rest on: letters are found and renamed as a person would, and nothing else changes."""

from __future__ import annotations

from collections import Counter

import pytest

from laws.equations import Derivative, Name, definitions, derivative, is_needed
from laws.letters import letters
from laws.passages import maths_of
from laws.renaming import NEW_LETTERS, renamed, renamings, roles
from laws.repeating import pairs
from laws.verdicts import RIGHT, Found, text_of

RENAMED = [
    (r"The loss L: $\frac{dL}{dw} = \hat yLx$", {"L": "R", "w": "m"}, r"The loss R: $\frac{dR}{dm} = \hat yRx$"),
    (r"$\partial\ell/\partial W_{ji}$", {r"\ell": "R", "W": "M", "j": "s"}, r"$\partial R/\partial M_{si}$"),
    (r"$Lx + \Lambda$", {"L": r"\Lambda"}, r"$\Lambda x + \Lambda$"),
    (r"$x^L + Ly$", {"L": r"\mathcal{R}"}, r"$x^{\mathcal{R}} + \mathcal{R}y$"),
    (r"$\mathcal L + \mathcal{L} + L$", {r"\mathcal{L}": "Q"}, r"$Q + Q + L$"),
    (r"$\mathbf{w}^\top \hat{\mathbf{y}}$", {"w": "k", "y": "d"}, r"$\mathbf{k}^\top \hat{\mathbf{d}}$"),
    (r"$\tanh(n) + \mathrm{tanh}(t) + np.sum(n)$", {"n": "q", "t": "s"}, r"$\tanh(q) + \mathrm{tanh}(s) + np.sum(q)$"),
    ("$ŷ − y$", {"y": "s"}, "$ŝ − s$"),
    (r"$\mathbb R + R$ a word, a letter R", {"R": "Q", "a": "o"}, r"$\mathbb R + Q$ a word, a letter Q"),
    ("```python\nL = w\n```\n`L` and $L$", {"L": "R"}, "```python\nL = w\n```\n`L` and $R$"),
]


@pytest.mark.parametrize(("text", "names", "expected"), RENAMED)
def test_a_letter_is_renamed_and_nothing_else(text: str, names: dict[str, str], expected: str) -> None:
    assert renamed(text, ".md", names) == expected


def test_plain_text_is_renamed_in_characters() -> None:
    text = "The loss L of one sample.\nδ₂ = ŷ − y\n∂L/∂W₂ = δ₂a₁ᵀ\n"
    expected = "The loss Λ of one sample.\nγ₂ = d̂ − d\n∂Λ/∂W₂ = γ₂a₁ᵀ\n"
    assert renamed(text, ".txt", {"L": r"\Lambda", r"\delta": r"\gamma", "y": "d"}) == expected


def test_the_roles_are_those_of_letters_in_use() -> None:
    table = roles()
    assert len(table) >= 150
    for document, row in table.items():
        text = text_of(RIGHT / document)
        used = {letter.name for latex in maths_of(text, (RIGHT / document).suffix) for letter in letters(latex)}
        named = Counter(name for names in row.values() for name in names)
        assert set(row) <= set(NEW_LETTERS), document
        assert set(named) <= used, document
        assert set(named.values()) == {1}, document


@pytest.mark.parametrize("document", sorted(roles())[::5])
def test_renaming_can_be_undone(document: str) -> None:
    """A new letter that was in use before could not be told from the old one on the way back."""
    path = RIGHT / document
    text = text_of(path)
    before = [letter.name for latex in maths_of(text, path.suffix) for letter in letters(latex)]
    for renaming in renamings(text, path.suffix, roles()[document]):
        there = renamed(text, path.suffix, renaming.names)
        back = renamed(there, path.suffix, {new: old for old, new in renaming.names.items()})
        assert [letter.name for latex in maths_of(back, path.suffix) for letter in letters(latex)] == before, renaming


def test_a_target_becomes_no_differential() -> None:
    found = [renaming.names["y"] for renaming in renamings("$$L = e^{-yF}$$", ".md", {"target": ["y"]})]
    assert found == ["s", "r", "s"]


def test_what_a_claim_needs() -> None:
    latex = [r"z = Wx + b", r"h = \tanh(z), \quad \hat y = v^\top h", r"L = (\hat y - y)^2"]
    known = definitions(Found(line, each, "", "definition") for line, each in enumerate(latex))
    assert [one.name for one in known] == [Name("z"), Name("h"), Name("hat y"), Name("L")]
    last = derivative(r"\frac{\partial L}{\partial v} = 2(\hat y - y)h")
    first = derivative(r"\nabla_W L = 2(\hat y - y)(v \odot (1 - h^2))x^\top")
    assert isinstance(last, Derivative)
    assert isinstance(first, Derivative)
    assert [is_needed(one, last, known) for one in known] == [False, False, True, True]
    assert [is_needed(one, first, known) for one in known] == [True, True, True, True]


def test_the_pairs_hold_right_and_wrong_claims() -> None:
    labels = Counter(label for pair in pairs() for label in pair.verdicts)
    assert len(pairs()) >= 12
    assert labels["right"] > 20
    assert labels["wrong"] > 10
