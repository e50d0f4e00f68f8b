"""The small documents of `documents/`: each line gets the verdict that `labels.toml` wants."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from chalkgrad.checking.judging import Judged, judged
from chalkgrad.page.documents import read_document
from not_yet import marked

DOCUMENTS = Path(__file__).parent / "documents"
LABELS = tomllib.loads((DOCUMENTS / "labels.toml").read_text(encoding="utf-8"))


def line_of(judged_one: Judged) -> int:
    """The line of a document in which a claim begins."""
    equation = judged_one.claim.statement.equation
    return equation.line + equation.latex[: judged_one.claim.statement.chain.span[0]].count("\n")


# A gradient as the column of its entries with dots between them, beside matrices with dots, is called wrong.
MARKED = marked(sorted(LABELS), {"dots"}.__contains__, "not judged as labelled yet")


@pytest.mark.parametrize("name", MARKED)
def test_verdicts(name: str) -> None:
    path = next(DOCUMENTS.glob(f"{name}.*"))
    found, _ = judged(read_document(path.read_text(encoding="utf-8"), latex=path.suffix == ".tex"))
    verdicts: dict[int, list[str]] = {}
    for each in found:
        verdicts.setdefault(line_of(each), []).append(each.verdict)
    wanted = {int(line): verdict.split("|") for line, verdict in LABELS[name].items()}
    unlike = {
        line: verdicts.get(line, ["definition"])
        for line, allowed in wanted.items()
        if not all(verdict in allowed for verdict in verdicts.get(line, ["definition"]))
    }
    assert not unlike


def test_every_document_is_labelled() -> None:
    assert {path.stem for path in DOCUMENTS.iterdir()} - {"labels"} == set(LABELS)
