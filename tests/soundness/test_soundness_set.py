"""Documents, mutants and cases that share no code with `src/`: what they say is confirmed, then chalkgrad is asked.

`pytest tests/soundness --soundness 10000` takes ten times as many mutants. `measure.py` prints what is judged falsely.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from soundness.floors import MUTANTS, PARTS, floors
from soundness.judging import Document, documents
from soundness.measuring import Figures, floor_of, labelled, of_cases, of_documents, of_mutants, part, together
from soundness.mutants import mutants

HERE = Path(__file__).parent
SET = documents()


@pytest.mark.parametrize("document", SET, ids=lambda document: document.path.stem)
def test_every_equation_is_right_under_the_strict_evaluator_with_values_from_pytorch(document: Document) -> None:
    judged = {equation.latex: document.judged(document.tokens(equation.latex)) for equation in document.equations}
    assert {latex: found for latex, found in judged.items() if found.kind != "equal"} == {}
    assert document.claims
    sizes = [len(values) for values in document.case.ranges().values()]
    assert len(set(sizes)) == len(sizes), "equal sizes hide transposes"
    assert 1 not in sizes


def test_the_set_is_large_and_varied() -> None:
    assert len(SET) >= 40
    assert sum(len(document.claims) for document in SET) >= 200
    assert Counter(document.path.suffix for document in SET)[".tex"] >= 10


def test_only_one_module_knows_chalkgrad() -> None:
    knowing = set()
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            knowing |= {path.name for name in names if name.split(".")[0] == "chalkgrad"}
    assert knowing == {"verdicts.py"}


@pytest.mark.parametrize("document", SET[:6], ids=lambda document: document.path.stem)
def test_mutants_are_the_same_each_time_and_of_all_three_sorts(document: Document) -> None:
    first = [(mutant.latex, mutant.truth) for mutant in mutants(document, 30)]
    assert first == [(mutant.latex, mutant.truth) for mutant in mutants(document, 30)]
    assert {truth for _, truth in first} >= {"equal", "different"}


def test_each_kind_of_case_has_right_and_wrong_lines() -> None:
    counts: Counter[tuple[str, bool]] = Counter()
    for case in labelled():
        counts.update((case.kind, wanted.startswith("right")) for wanted in case.labels.values())
    kinds = {kind for kind, _ in counts}
    assert len(kinds) >= 34
    assert all(counts[kind, right] >= 4 for kind in kinds for right in (True, False) if kind != "nothing_judged")


# What chalkgrad says: no worse than it has been. `measure.py --write-floors` raises these.


def no_worse(figures: Figures, name: str, share: float = 1.0) -> None:
    floor = floors()[name]
    now = floor_of(figures)
    assert now["good"] >= floor["good"] * share, figures.silent
    assert now["false"] <= floor["false"] * share, "\n".join(figures.false)


def test_the_documents_are_read_as_well_as_before() -> None:
    no_worse(of_documents(SET), "documents")


@pytest.mark.parametrize("number", range(PARTS))
def test_mutants_are_told_as_well_as_before(number: int, request: pytest.FixtureRequest) -> None:
    count = request.config.getoption("--soundness")
    figures = of_mutants(part(SET, number), count // PARTS)
    if count == MUTANTS:
        no_worse(figures, f"mutants {number}")
    else:  # others than those of the floor: a third more of what is false may be chance
        false = floors()[f"mutants {number}"]["false"] * count / MUTANTS
        assert len(figures.false) <= 1.3 * false + 3 * bool(false), "\n".join(figures.false)


def test_the_cases_are_told_as_well_as_before() -> None:
    no_worse(together(of_cases().values()), "cases")
