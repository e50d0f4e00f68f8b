"""Correct derivations in many notations: everything is read, nothing is refused, and claims are judged right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chalkgrad.checking import check_document
from chalkgrad.checking.contents import read_contents
from chalkgrad.language import FUNCTIONS, Call, Program, walk
from chalkgrad.networks.losses import LOSSES
from chalkgrad.page.documents import read_document
from not_yet import marked
from told import Told, claims_in, content_of, kept

RIGHT = Path(__file__).parent / "right"
DOCUMENTS = sorted(path for path in RIGHT.rglob("*.*") if path.suffix in (".md", ".tex", ".ipynb", ".txt"))
ACCEPTED = ("right", "right_up_to")
# Functions of which nobody makes an activation, or that no text calls by a name; losses with folders of their own.
ARITHMETIC = {"identity", "square", "reciprocal", "step", "sign", "sinh", "sech", "cos", "arcsin", "arccos"}
ARITHMETIC |= {"normal_cdf", "normal_density"}
WRITTEN_OUT = {"gelu_tanh"}
TAKEN_ELSEWHERE = {"bce", "mse", "cross_entropy"}


def claims_of(path: Path) -> tuple[Told, ...]:
    return seen_in(path)[0]


def seen_in(path: Path) -> tuple[tuple[Told, ...], set[str]]:
    """What is said of the equations of a document, and the functions in its network."""

    def look() -> tuple[tuple[Told, ...], set[str]]:
        report = check_document(path)
        return kept("claims", content_of(path), lambda: claims_in(report)), used_in(report.program)

    return kept("claims and functions", content_of(path), look)


# Documents of which a line or more is not judged right yet: layers whose activations nothing names, samples beside a
# layer or below a delta, weights of samples with a letter that is an activation's elsewhere.
NOT_YET = {
    "layers/any_layer_of_a_batch.md",
    "samples/weighted.md",
    "styles/s02_errors_by_layer.md",
    "styles/s03_activations_called_z.md",
    "textbook/patterns_without_layers.md",
}
MARKED = marked(
    DOCUMENTS, lambda path: path.relative_to(RIGHT).as_posix() in NOT_YET, "not all of it is judged right yet"
)


@pytest.mark.parametrize("path", MARKED, ids=lambda path: path.relative_to(RIGHT).as_posix())
def test_a_correct_derivation_is_accepted(path: Path) -> None:
    refused = [
        f"line {claim.line}: {claim.latex}: {claim.verdict}, {claim.reason}"
        for claim in claims_of(path)
        if claim.verdict not in ("definition", *ACCEPTED)
    ]
    assert not refused, "\n".join(refused)
    told = {claim.latex for claim in claims_of(path)}
    equations = read_document(path.read_text(encoding="utf-8"), latex=path.suffix == ".tex").equations
    assert [equation.latex for equation in equations if equation.display and equation.latex not in told] == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in DOCUMENTS}), ids=lambda folder: folder.name)
def test_as_many_claims_are_judged_as_each_document_makes(folder: Path, golden: Callable[[str, str], None]) -> None:
    """A line for each document: how many equations are judged right, how many are definitions."""
    lines = []
    for path in (path for path in DOCUMENTS if path.parent == folder):
        verdicts = [claim.verdict for claim in claims_of(path)]
        judged, definitions = sum(verdict in ACCEPTED for verdict in verdicts), verdicts.count("definition")
        lines.append(f"{path.name}: {judged} right, {definitions} definitions\n")
    golden(f"corpus_right/{folder.name}.txt", "".join(lines))


def test_the_corpus_is_large_enough() -> None:
    judged = [claim for path in DOCUMENTS for claim in claims_of(path) if claim.verdict in ACCEPTED]
    assert len(DOCUMENTS) >= 190
    assert len(judged) >= 720


def test_every_activation_stands_in_a_network_and_every_loss_after_one() -> None:
    used = {function for path in DOCUMENTS for function in seen_in(path)[1]}
    assert used | ARITHMETIC | WRITTEN_OUT >= set(FUNCTIONS)
    found = [read_contents(path.read_text(encoding="utf-8")).network for path in (RIGHT / "losses").glob("*.md")]
    assert {network.loss for network in found if network is not None} >= set(LOSSES) - TAKEN_ELSEWHERE


def used_in(program: Program | None) -> set[str]:
    bodies = [definition.body for definition in program.definitions] if program is not None else []
    return {node.function for body in bodies for node in walk(body) if isinstance(node, Call)}
