"""What is kept of readings from text to text changes no verdict: not after an edit, nor in any order of texts."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import pytest

from chalkgrad.checking import check_text
from chalkgrad.checking.kept_batches import KeptBatches
from chalkgrad.page.effort import MOST_FOR_DOCUMENT, Effort
from chalkgrad.page.files import document_text
from chalkgrad.reading.kept_answers import KEPT, KeptAnswers
from chalkgrad.reading.search import Search
from chalkgrad.reading.vocabulary import Vocabulary

CORPUS = Path(__file__).parents[1] / "corpus"
DOCUMENTS = sorted(path for path in CORPUS.rglob("*") if path.suffix in (".md", ".tex"))


def told(text: str, latex: bool) -> tuple[list[dict[str, Any]], tuple[str, ...], int]:
    """All that is told of a text, and the steps that it took."""
    effort = Effort(MOST_FOR_DOCUMENT)
    with patch("chalkgrad.checking.document.Effort", lambda most: effort):
        report = check_text(text, latex=latex)
    return [claim.to_json() for claim in report.claims], report.guesses, effort.left


def edited(text: str, source: random.Random) -> str:
    """The text after somebody typed, deleted or exchanged something in one line of maths."""
    lines = text.split("\n")
    places = [k for k, line in enumerate(lines) if "=" in line or "\\" in line]
    place = source.choice(places) if places else 0
    line = lines[place]
    at = source.randrange(len(line) + 1)
    match source.randrange(4):
        case 0:
            line = line[:at] + source.choice(("x", "2", "+", "W", "^T", " = ", "(", r"\hat{y}", "_1")) + line[at:]
        case 1:
            line = line[:at] + line[at + 1 :]
        case 2:
            line = line.replace(*source.choice((("-", "+"), ("x", "h"), ("W", "V"), ("sigma", "tanh"), ("z", "a"))))
        case _:
            lines.insert(place, "So much for that." if source.random() < 0.5 else line)
    lines[place] = line
    return "\n".join(lines)


@pytest.mark.parametrize("number", range(8))
def test_after_edits_all_is_told_as_without_what_is_kept(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(number)
    path = source.choice(DOCUMENTS)
    text, latex = document_text(path), path.suffix == ".tex"
    texts = [text]
    for _ in range(3):
        texts.append(edited(texts[-1], source))
    kept = [told(each, latex) for each in texts]
    monkeypatch.setattr(Search, "_before", lambda *arguments: {})
    monkeypatch.setattr(KeptBatches, "of", lambda self, key, compute: compute())
    assert kept == [told(each, latex) for each in texts]


def test_a_second_check_reads_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    text = document_text(next(CORPUS.rglob("two_three_one.md")))
    read: list[object] = []
    reading = Search._read

    def noted(self: Search, *arguments: Any) -> Any:
        read.append(arguments)
        return reading(self, *arguments)

    monkeypatch.setattr(Search, "_read", noted)
    KEPT.clear()
    first = told(text, False)
    assert read
    read.clear()
    assert told(text, False) == first
    assert not read


class AskedVocabulary(Vocabulary):
    """Letters that know what is asked of them."""

    asked: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        AskedVocabulary.asked.add(name)
        return super().__getattribute__(name)


def test_reading_a_side_asks_nothing_that_its_key_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Search._read

    def noted(self: Search, *arguments: Any) -> Any:
        self.facts.vocabulary.__class__ = AskedVocabulary
        AskedVocabulary.asked.discard("__class__")
        try:
            return reading(self, *arguments)
        finally:
            self.facts.vocabulary.__class__ = Vocabulary

    monkeypatch.setattr(Search, "_read", noted)
    for path in DOCUMENTS[:: len(DOCUMENTS) // 12]:
        KEPT.clear()
        check_text(document_text(path), latex=path.suffix == ".tex")
    assert "index_letters" in AskedVocabulary.asked
    assert not AskedVocabulary.asked & {"ranks", "derived_by", "at_own_steps"}


def test_no_more_is_kept_than_that() -> None:
    kept = KeptAnswers(sides=100)
    for number in range(1000):
        kept.of(number, frozenset())
    assert 0 < kept.count <= 100 + 64
