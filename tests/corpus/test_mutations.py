"""Every correct derivation is changed at random: what then differs is refused, what is the same is accepted.

`pytest tests/corpus/test_mutations.py --mutations 100` makes a hundred changes of each. What differs is decided
by an evaluator of its own at points of its own, not by the code under test.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chalkgrad.checking.local_derivatives
import chalkgrad.checking.model_claims
from chalkgrad.checking import check_document, check_sheet
from chalkgrad.checking.document import document_text
from chalkgrad.checking.model_claims import ModelClaims
from chalkgrad.checking.verdict import Judgement
from chalkgrad.language import Axis, Definition, Element, Expression, Program, Tensor, walk
from chalkgrad.reading.claims import Claim, Link
from chalkgrad.reading.sheet import read_sheet
from corpus.independent import Model
from corpus.mutating import SAME, SLIPS, Setting, latex_mutants, mutants

RIGHT = Path(__file__).parent / "right"
DOCUMENTS = sorted(path for path in RIGHT.rglob("*.*") if path.suffix in (".md", ".tex", ".ipynb", ".txt"))
ACCEPTED = ("right", "right_up_to")
SAME_NUMBERS = 1e-11


@dataclass
class Claims:
    """The claims about one model, as they are checked together."""

    checker: ModelClaims
    program: Program
    claims: list[Claim]

    def changed(self, place: int, link: int, expression: Expression) -> str:
        """The verdict on one claim when one of its right sides is another; a sentence for right up to something."""
        claim = self.claims[place]
        links = list(claim.links)
        links[link] = replace(links[link], expression=expression, parts=(), written=None)
        claims = [*self.claims[:place], replace(claim, links=tuple(links)), *self.claims[place + 1 :]]
        found = self.checker.check(claims)[place]
        return found.reason if found.verdict == "right_up_to" else found.verdict


def claims_of(path: Path) -> Iterator[Claims]:
    sheet = read_sheet(document_text(path), latex=path.suffix == ".tex")
    functions = {function.name: function for function in sheet.functions}
    if sheet.model is not None:
        model = sheet.model
        about = [claim for claim in sheet.claims if claim.of is None or claim.of.tensor.name not in functions]
        about = [claim for claim in about if claim.kind == "claim" or claim.own is not None]
        for claim in (each for each in about if each.model is not None):
            yield Claims(ModelClaims(claim.model), claim.model, [claim])
        about = [claim for claim in about if claim.model is None]
        own = {claim.own.tensor.name for claim in about if claim.own is not None}
        about = [claim for claim in about if used_in(claim) <= known_to(model.program) | own]
        checker = ModelClaims(model.program, model.written, sheet.prose, model.loss == "as written")
        yield Claims(checker, model.program, about)
    for name, function in functions.items():
        if function.definition is not None:
            result = Tensor(name)
            definition = Definition(result, (), function.definition)
            program = Program(function.variables, (definition,), (result,))
            about = [claim for claim in sheet.claims if claim.of is not None and claim.of.tensor.name == name]
            yield Claims(ModelClaims(program), program, about)


def axes_of(claim: Claim, link: Link) -> tuple[Axis, ...]:
    assert link.expression is not None
    free = sorted(link.expression.free, key=lambda axis: axis.name)
    return tuple(dict.fromkeys([*(link.axes if claim.of and not claim.of.tensor.axes else ()), *free]))


def values(model: Model, expression: Expression, axes: tuple[Axis, ...]) -> Any:
    with np.errstate(all="ignore"):
        found = model.evaluator.along(expression, axes)
    return np.broadcast_to(found, (*found.shape[:-1], model.points))


def difference(one: Any, other: Any) -> float | None:
    """How far they are apart where the first is defined, relative to its size; None where the other is not, there."""
    defined = np.isfinite(one).reshape(-1, one.shape[-1]).all(axis=0)
    one, other = one[..., defined], other[..., defined]
    assert one.shape[-1] > 3
    with np.errstate(all="ignore"):
        apart = np.abs(one - other) / (np.abs(one) + np.abs(other) + 1e-3 * np.abs(one).max())
    apart = np.where(one == other, 0.0, apart)
    return float(apart.max()) if np.isfinite(apart).all() else None


def differs_by_a_convention(model: Model, one: Any, other: Any) -> bool:
    """Whether the two differ by the number of samples, by rows and columns exchanged, or by the sign."""
    with np.errstate(all="ignore"):
        ratio = (other / one)[np.isfinite(other / one)]
    counts = list(model.sizes.values())
    factors = [1, *counts, *(1 / size for size in counts)]
    if ratio.size and any(np.allclose(np.abs(ratio), factor, rtol=1e-9) for factor in factors):
        return True
    turned = one.swapaxes(0, 1) if one.ndim == 3 else one
    return turned.shape == other.shape and bool(np.allclose(turned, other, rtol=1e-9))


def used_in(claim: Claim) -> set[str]:
    return {tensor.name for link in claim.links if link.expression is not None for tensor in link.expression.tensors}


def known_to(program: Program) -> set[str]:
    return {tensor.name for tensor in (*program.declared, *(definition.tensor for definition in program.definitions))}


@pytest.fixture
def verdicts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong claims are not explained here: that takes longer, and changes no verdict."""

    def unexplained(*_: Any, **__: Any) -> Judgement:
        return Judgement("wrong", "")

    monkeypatch.setattr(chalkgrad.checking.model_claims, "explained", unexplained)
    monkeypatch.setattr(chalkgrad.checking.local_derivatives, "explained", unexplained)
    monkeypatch.setattr(chalkgrad.checking.model_claims, "followed", lambda *_: None)


@pytest.mark.usefixtures("verdicts_only")
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(RIGHT)))
def test_what_differs_is_refused_and_what_is_the_same_is_accepted(path: Path, request: pytest.FixtureRequest) -> None:
    places = [
        (claims, place, number)
        for claims in claims_of(path)
        for place, (claim, checked) in enumerate(zip(claims.claims, claims.checker.check(claims.claims), strict=True))
        if claim.of is not None and claim.wrt is not None and checked.verdict in ACCEPTED
        for number, link in enumerate(claim.links)
        if link.expression is not None
        if any(isinstance(node, Element) for node in walk(link.expression))
        if all(tensor.name in known_to(claims.program) for tensor in link.expression.tensors)
    ]
    by = random.Random(path.stem)
    models: dict[int, Model] = {}
    untold = []
    for _ in range(request.config.getoption("--mutations") if places else 0):
        claims, place, number = by.choice(places)
        claim = claims.claims[place]
        link = claim.links[number]
        assert link.expression is not None
        axes = axes_of(claim, link)
        rows = SLIPS if by.random() < 0.8 else SAME
        mutant = next(mutants(link.expression, Setting(claims.program, axes), by, rows), None)
        if mutant is None:
            continue
        verdict = claims.changed(place, number, mutant)
        model = models.setdefault(id(claims), Model(claims.program, 7))
        problem = _problem(model, link.expression, mutant, axes, verdict, rows is SAME)
        if problem:
            untold.append(f"{claim.subject}: {link.expression} → {mutant}: {problem}, but {verdict}")
    assert not untold, "\n".join(untold)


def _problem(
    model: Model, original: Expression, mutant: Expression, axes: tuple[Axis, ...], verdict: str, same: bool
) -> str:
    accepted = verdict == "right" or "right up to" in verdict
    if same:
        return "" if accepted else "it is the same by construction"
    if mutant.free - set(axes):
        return "an index is loose" if accepted else ""
    before, after = values(model, original, axes), values(model, mutant, axes)
    apart = difference(before, after)
    if not accepted or (apart is not None and apart <= SAME_NUMBERS):
        return ""
    if apart is None:
        return "it is not defined everywhere"
    return "" if differs_by_a_convention(model, before, after) else "it differs"


@pytest.mark.usefixtures("verdicts_only")
@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTS if path.suffix != ".txt"], ids=lambda path: str(path.relative_to(RIGHT))
)
def test_changed_latex_is_not_accepted_for_something_else(path: Path, request: pytest.FixtureRequest) -> None:
    """Where the changed text is accepted it must be read as the same, in numbers; what is not read must be told."""
    text, latex = document_text(path), path.suffix == ".tex"
    sheet = read_sheet(text, latex=latex)
    accepted = {(found.line, found.subject) for found in check_sheet(sheet).claims if found.verdict in ACCEPTED}
    claims = [
        claim
        for claim in sheet.claims
        if sheet.model is not None and claim.of is not None and not claim.of.tensor.axes and claim.kind == "claim"
        if used_in(claim) <= known_to(sheet.model.program)
        if (claim.line, claim.subject) in accepted and "=" in claim.equation.latex and claim.equation.latex in text
    ]
    by = random.Random(path.stem)
    for _ in range(max(1, request.config.getoption("--mutations") // 5) if claims else 0):
        assert sheet.model is not None
        claim = by.choice(claims)
        written = claim.equation.latex
        changed = next(latex_mutants(written, sorted(sheet.model.written.values()), by))
        other = read_sheet(text.replace(written, changed, 1), latex=latex)
        found = check_sheet(other).claims
        first = claim.equation.line
        here = [each for each in found if first <= each.line <= first + written.count("\n") + 1]
        same = [each for each in here if each.subject == claim.subject and each.line == claim.line]
        assert same or any(each.verdict not in (*ACCEPTED, "definition") for each in here) or ":=" in written, changed
        read = [each for each in other.claims if (each.subject, each.line) == (claim.subject, claim.line)]
        if not same or same[0].verdict not in ACCEPTED or not read:
            continue
        assert other.model is not None
        assert str(other.model.program) == str(sheet.model.program), changed
        model = Model(sheet.model.program, 7)
        for before, after in zip(claim.links, read[0].links, strict=False):
            if before.expression is None or after.expression is None or before.expression is after.expression:
                continue
            one, two = values(model, before.expression, before.axes), values(model, after.expression, after.axes)
            apart = difference(one, two)
            assert apart is not None, changed
            assert apart < 1e-9 or differs_by_a_convention(model, one, two), changed


def test_the_documents_are_accepted_unchanged() -> None:
    """What is compared with above is right to begin with."""
    path = RIGHT / "brackets" / "two_layers.md"
    assert {claim.verdict for claim in check_document(path).claims} <= {"definition", *ACCEPTED}
