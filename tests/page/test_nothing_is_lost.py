"""Every letter, relation and fraction of a formula is found in what is stated, over all documents of the corpus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalkgrad.page.documents import Document, WrittenEquation, read_document
from chalkgrad.page.statements import Statement, stated_in
from chalkgrad.page.syntax import Chain, Derivative, Fraction, Name, Number, Syntax, Text, Unread, walk_syntax

CORPUS = Path(__file__).parents[1] / "corpus"
FOLDERS = sorted(folder for side in ("right", "wrong") for folder in (CORPUS / side).iterdir() if folder.is_dir())
WORDS = re.compile(
    r"\\(?:text|mbox|tag|label|math|operatorname|under|over|stack|begin|color|box|phantom|input|cite|ref|le|gt)|%|\\\\\["
)
SIGNS_OF_DERIVATIVES = frozenset("d")
RELATIONS = ("=", ":=", "=!", "=?", "=:", "+=", "-=")


def equations(folder: Path) -> Iterator[tuple[Document, WrittenEquation]]:
    for path in sorted(folder.glob("*.*")):
        if path.suffix in (".md", ".tex"):
            document = read_document(path.read_text(encoding="utf-8"))
            if not document.macros or not document.macros.bodies:
                yield from ((document, each) for each in document.equations if not WORDS.search(each.latex))


def parts_of(statements: list[Statement]) -> Iterator[Syntax]:
    for statement in statements:
        for whole in (statement.body, *statement.conditions):
            yield from walk_syntax(whole)


def letters(parts: list[Syntax]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in parts:
        match part:
            case Name(base=written) if not written.startswith("\\"):
                found.update(written)
            case Number(text=written) | Text(content=written):
                found.update(written)
    return found


def relations(statements: list[Statement], parts: list[Syntax]) -> int:
    inside = sum(each in RELATIONS for part in parts if isinstance(part, Chain) for each in part.relations)
    return inside + sum(statement.breaks_off in RELATIONS for statement in statements)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_nothing_is_lost(folder: Path) -> None:
    for document, equation in equations(folder):
        statements = list(stated_in(equation, document))
        parts = list(parts_of(statements))
        assert not any(isinstance(part, Unread) for part in parts), equation.latex
        lost = Counter(re.findall(r"[A-Za-z0-9]", re.sub(r"\\[A-Za-z]+", " ", equation.latex))) - letters(parts)
        orders = {"2", "3", "4"} if any(isinstance(part, Derivative) for part in parts) else set()
        assert not set(lost) - SIGNS_OF_DERIVATIVES - orders, equation.latex
        equals = re.sub(r"[<>!]=|=>", " ", equation.latex).replace("==", "=").count("=")
        assert relations(statements, parts) >= equals, equation.latex
        fractions = sum(isinstance(part, Fraction | Derivative) for part in parts)
        assert fractions >= len(re.findall(r"\\[dt]?frac(?![A-Za-z])", equation.latex)), equation.latex
