"""Wrong derivations as people write them: each slip is refused with a counterexample and named; the rest is accepted.

Each family folder has its documents and one `labels.toml`, which no document sees. A `[[slip]]` there says of a
document (`file`) which claim is wrong (`line`), with which mistakes of the catalogue (`kinds`), and which later lines
follow correctly from it (`follows`). Every line that is not named there has to be accepted.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from chalkgrad.checking import CATALOGUE
from not_yet import marked
from told import Told, told_of

WRONG = Path(__file__).parent / "wrong"
SUFFIXES = (".md", ".tex", ".ipynb", ".txt")
DOCUMENTS = sorted(path for path in WRONG.rglob("*.*") if path.suffix in SUFFIXES)
KINDS = {row.kind for row in CATALOGUE}
NAMED_AT_LEAST = 0.95
NO_VALUE = (
    "do not fit",
    "runs over",
    "on the right only",
    "an axis more",
    "are not clear",
    "Rows and columns are exchanged",
    "the chain ",
)


@dataclass(frozen=True)
class Label:
    """A claim that is wrong: its line, its mistakes, and the later lines that follow from it."""

    line: int
    kinds: tuple[str, ...]
    follows: tuple[int, ...] = ()


def labels() -> dict[Path, list[Label]]:
    """The labels of all documents."""
    found: dict[Path, list[Label]] = {}
    for table in sorted(WRONG.rglob("labels.toml")):
        for slip in tomllib.loads(table.read_text(encoding="utf-8"))["slip"]:
            label = Label(slip["line"], tuple(slip["kinds"]), tuple(slip.get("follows", ())))
            found.setdefault(table.parent / slip["file"], []).append(label)
    return found


LABELS = labels()


def claims_at(path: Path, line: int) -> list[Told]:
    return [claim for claim in told_of(path) if claim.line == line]


def is_shown(claim: Told) -> bool:
    """Whether there is a counterexample; a formula that does not fit has no value, and it says so."""
    return claim.differs or any(words in claim.reason for words in NO_VALUE)


def told(claim: Told) -> str:
    kinds = ", ".join(claim.kinds)
    follows = f", follows from line {claim.follows}" if claim.follows else ""
    return f"line {claim.line}: {claim.latex}: {claim.verdict}{follows} [{kinds}] {claim.reason}"


# Documents that the reader does not judge as labelled yet: a letter that is a vector and an index at once, a delta that
# only other deltas use, a loss that a chain of values leaves open, a convention taken where a slip was meant.
NOT_YET = frozenset(
    {
        "activations/mish.md",
        "attention/diagonal.md",
        "attention/one_query_scale.md",
        "attention/one_query_values.md",
        "attention/one_query_way_back.md",
        "convolution/gate.md",
        "delta/components_way_back.md",
        "delta/weights_not_transposed.md",
        "everyday/two_variables.md",
        "fractions/sigmoid_link_squared.md",
        "losses/cosine.md",
        "regression/logistic_bias.md",
        "rules/hadamard_forgotten_before_the_input.md",
    }
)
MADE_SINCE = {"elementwise_not_product"}  # told of what people hand in; the small documents have none of it
MARKED = marked(DOCUMENTS, lambda path: path.relative_to(WRONG).as_posix() in NOT_YET, "not judged as labelled yet")


@pytest.mark.parametrize("path", MARKED, ids=lambda path: str(path.relative_to(WRONG)))
def test_what_is_wrong_is_refused_and_nothing_else(path: Path) -> None:
    """The claims that are labelled are refused with a counterexample; what follows from them is told once."""
    slips = {label.line: label for label in LABELS[path]}
    origin = {line: label.line for label in LABELS[path] for line in label.follows}
    amiss = []
    for claim in told_of(path):
        if claim.line in slips:
            fine = claim.verdict == "wrong" and claim.follows is None and is_shown(claim)
        elif claim.line in origin:
            fine = claim.verdict == "wrong" and claim.follows == origin[claim.line] and not claim.kinds
        else:
            fine = claim.verdict in ("definition", "right", "right_up_to")
        if not fine:
            amiss.append(told(claim))
    assert not amiss, "\n".join(amiss)
    assert all(claims_at(path, line) for line in (*slips, *origin)), "a label names a line that has no claim"


def test_the_mistakes_are_named() -> None:
    """What the label says is what the checker says, no more and no less; a claim without a diagnosis counts as none.

    Documents that are not judged as labelled yet are left out: there is nothing to name.
    """
    judged = [path for path in DOCUMENTS if path.relative_to(WRONG).as_posix() not in NOT_YET]
    unlike = [
        f"{path.relative_to(WRONG)}, labelled {sorted(label.kinds)}: {told(claim)}"
        for path in judged
        for label in LABELS[path]
        for claim in claims_at(path, label.line)
        if sorted(claim.kinds) != sorted(label.kinds)
    ]
    total = sum(len(LABELS[path]) for path in judged)
    assert len(unlike) <= (1 - NAMED_AT_LEAST) * total, "\n".join(unlike)


def test_each_document_has_its_label_and_each_label_its_document() -> None:
    assert set(LABELS) == set(DOCUMENTS)
    assert {kind for slips in LABELS.values() for label in slips for kind in label.kinds} <= KINDS


def test_every_mistake_of_the_catalogue_is_made_in_several_documents() -> None:
    made = Counter(kind for slips in LABELS.values() for kind in {kind for label in slips for kind in label.kinds})
    assert [kind for kind in KINDS - MADE_SINCE if made[kind] < 3] == []
    assert len(DOCUMENTS) >= 400
    assert sum(map(len, LABELS.values())) >= 400
