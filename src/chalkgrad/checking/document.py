"""Checking a document: every equation of a worksheet gets its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from chalkgrad.calculus import Derivation, derive
from chalkgrad.checking.report import CheckedClaim, Report
from chalkgrad.checking.truth import EQUAL, Difference, Point, Target, Truth, whole
from chalkgrad.checking.verdict import Judgement, judge
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Array,
    Definition,
    Expression,
    Program,
    Tensor,
    as_index,
    jacobian_by_dual_numbers,
)
from chalkgrad.reading.claims import Claim, Link
from chalkgrad.reading.functions import WrittenFunction
from chalkgrad.reading.sheet import Sheet, read_sheet
from chalkgrad.writing.equations import write_expression

LARGEST_FILE = 2_000_000


def check_document(path: str | Path, loss: str | None = None) -> Report:
    """The verdict on every equation of a Markdown or LaTeX document.

    Its definitions give the model; the loss is taken from its prose, or from `loss`. Raises `ChalkgradError` if the
    file cannot be read at all; an equation that cannot be read is reported and does not stop the rest.

    >>> import tempfile
    >>> text = "$$y = \\\\sigma(w x)$$ Binary cross-entropy. $$\\\\frac{\\\\partial L}{\\\\partial w} = (y - t) x$$"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sheet.md").write_text(text)
    ...     report = check_document(Path(folder, "sheet.md"))
    >>> report.claims[0].verdict
    'definition'
    """
    place = Path(path)
    text = document_text(place)
    return check_sheet(read_sheet(text, loss=loss, latex=place.suffix == ".tex"), place.name)


def document_text(path: Path) -> str:
    """The text of a document; raises `ChalkgradError` where the file is missing, too large, or no UTF-8 text."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ChalkgradError(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB, too large for a worksheet")
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ChalkgradError(f"cannot read {path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError as problem:
        raise ChalkgradError(f"{path} is not UTF-8 text: {problem.reason} at byte {problem.start}") from None


def check_sheet(sheet: Sheet, name: str = "") -> Report:
    """The verdict on every equation of a sheet that was read."""
    program = sheet.model.program if sheet.model else None
    network = _Network(program, sheet.model.written) if program is not None and sheet.model is not None else None
    functions = {function.name: _Function(function) for function in sheet.functions}
    checked = []
    for claim in sheet.claims:
        owner = functions.get(claim.of.tensor.name) if claim.of is not None else None
        if claim.kind == "definition":
            checked.append(_checked(claim, "definition"))
        elif owner is not None and claim.wrt is not None:
            checked.append(owner.check(claim))
        elif network is not None:
            checked.append(network.check(claim))
        else:
            checked.append(
                _checked(claim, "undetermined", "the document defines no model that it could be checked against")
            )
    for unread in sheet.unread:
        equation, error = unread.equation, unread.error
        checked.append(
            CheckedClaim(
                error.line,
                error.column,
                equation.section,
                equation.latex,
                "claim",
                "",
                "unread",
                str(error),
            )
        )
    checked.sort(key=lambda claim: (claim.line, claim.column))
    spec = sheet.model.spec if sheet.model else None
    return Report(name, tuple(checked), spec, program, sheet.guesses)


def _checked(claim: Claim, verdict: str, reason: str = "") -> CheckedClaim:
    at = claim.equation
    return CheckedClaim(
        at.line, at.column, at.section, at.latex, claim.kind, claim.subject, verdict, reason, guesses=claim.guesses
    )


class _Network:
    """The model of a document, its derivative, and the checking of claims about it."""

    def __init__(self, program: Program, written: Mapping[str, str]) -> None:
        self.program, self.written = program, written
        self.truths: dict[Tensor, Truth] = {}

    def check(self, claim: Claim) -> CheckedClaim:
        if claim.of is None or claim.wrt is None:
            return _checked(claim, "undetermined", "its left side is not a derivative that could be checked")
        of, wrt = claim.of.tensor, claim.wrt.tensor
        try:
            derivation = derive(self.program, [wrt.name], of.name)
            truth = self.truths.setdefault(of, Truth(self.program, of))
        except ChalkgradError as problem:
            return _checked(claim, "undetermined", str(problem))
        chain, judged = "", []
        for link in claim.links:
            if link.problem is not None:
                return _checked(claim, "unread", str(link.problem))
            if link.chain:
                right, chain = self._chain_verdict(claim, link, derivation)
                judged.append(Judgement("right" if right else "wrong", chain))
            elif link.expression is not None:
                judged.append(judge(truth, _target(claim, link), link.expression))
        return _with_judgement(claim, judged, chain, derivation)

    def _chain_verdict(self, claim: Claim, link: Link, derivation: Derivation) -> tuple[bool, str]:
        """Whether the factors of a chain link up from of to wrt, along the only way through the model."""
        assert claim.of is not None
        assert claim.wrt is not None
        factors = link.chain
        names = [factors[0].of.tensor.name, *(factor.wrt.tensor.name for factor in factors)]
        for before, after in pairwise(factors):
            if before.wrt.tensor is not after.of.tensor:
                return False, f"the chain breaks: {before} is not followed by a derivative of {before.wrt}"
        written = " → ".join(unicode_of(self.written.get(name, name)) for name in names)
        if names[0] != claim.of.tensor.name or names[-1] != claim.wrt.tensor.name:
            return False, f"the chain leads from {names[0]} to {names[-1]}, not to {claim.wrt}"
        way = iter(derivation.chain(claim.wrt.tensor.name))
        if not all(name in way for name in names):
            return False, f"the chain {written} is not the only way, or not the way, through the model"
        return True, f"the chain of factors is right as a chain rule: {written}"


def _target(claim: Claim, link: Link) -> Target:
    """By what a link derives, with the writer's own index letters where the link has them."""
    assert claim.wrt is not None
    tensor, indices = claim.wrt.tensor, claim.wrt.indices
    target = whole(tensor) if indices is None else Target(tensor, indices)
    if len(link.axes) == len(target.axes) and all(
        a.size == b.size for a, b in zip(link.axes, target.axes, strict=True)
    ):
        named = iter(link.axes)
        moved = tuple(as_index(next(named)) if index.axis is not None else index for index in target.indices)
        return Target(tensor, moved)
    return target


def _with_judgement(claim: Claim, judged: list[Judgement], chain: str, derivation: Derivation) -> CheckedClaim:
    """The claim's verdict: that of its first link that is not right, else right."""
    if not judged:
        return _checked(claim, "undetermined", "it has no right side that could be checked")
    decisive = next((j for j in judged if j.verdict != "right"), judged[-1])
    at = claim.equation
    assert claim.wrt is not None
    expected, expression = "", None
    if decisive.verdict == "wrong":
        expression = derivation.closed_form(claim.wrt.tensor.name)
        expected = write_expression(expression, "sheet", "index", "latex", derivation.source)
    return CheckedClaim(
        at.line,
        at.column,
        at.section,
        at.latex,
        claim.kind,
        claim.subject,
        decisive.verdict,
        decisive.reason,
        chain,
        decisive.slips,
        decisive.difference,
        expected,
        expression,
        claim.wrt.tensor,
        claim.guesses,
    )


class _Function:
    """A function of a document: claims about its partials against its definition, or against each other."""

    def __init__(self, function: WrittenFunction) -> None:
        self.function = function
        self.program = None
        if function.definition is not None:
            result = Tensor(function.name)
            self.program = Program(function.variables, (Definition(result, (), function.definition),), (result,))

    def check(self, claim: Claim) -> CheckedClaim:
        if self.program is not None:
            return _Network(self.program, {}).check(claim)
        return self._among_partials(claim)

    def _among_partials(self, claim: Claim) -> CheckedClaim:
        """Without a definition: partials are right as those of one function exactly if the mixed partials agree."""
        partials = dict(self.function.partials)
        missing = [variable.name for variable in self.function.variables if variable.name not in partials]
        name = self.function.name
        if missing:
            reason = f"{name} is not defined, and its partial by {', '.join(missing)} is not given"
            return _checked(claim, "undetermined", reason)
        assert claim.wrt is not None
        wrt = claim.wrt.tensor.name
        for other in partials:
            if other != wrt:
                difference = self._mixed_difference(partials[wrt], other, partials[other], wrt)
                if difference is not None:
                    reason = (
                        f"no function has these partials: the derivative of the claimed ∂{name}/∂{wrt} by {other} "
                        f"is not that of the claimed ∂{name}/∂{other} by {wrt}, so one of the two is wrong"
                    )
                    return _with_difference(claim, reason, difference)
        return _checked(
            claim, "right", f"as a partial of the {name} that the partials determine: the mixed partials agree"
        )

    def _mixed_difference(self, one: Expression, by: str, other: Expression, wrt: str) -> Difference | None:
        truth = Truth(self._of(one))
        for point in (*truth.round_points(), *truth.random_points):
            try:
                left, right = self._derived(one, by, point), self._derived(other, wrt, point)
            except ChalkgradError:
                continue
            if abs(left - right) > EQUAL * (1 + abs(left) + abs(right)):
                return Difference(point, Array((), [left]), Array((), [right]))
        return None

    def _of(self, expression: Expression) -> Program:
        result = Tensor(f"{self.function.name}_partial")
        return Program(self.function.variables, (Definition(result, (), expression),), (result,))

    def _derived(self, expression: Expression, by: str, point: Point) -> float:
        return float(jacobian_by_dual_numbers(self._of(expression), point.values, by).numbers[0])


def _with_difference(claim: Claim, reason: str, difference: Difference) -> CheckedClaim:
    at = claim.equation
    return CheckedClaim(
        at.line, at.column, at.section, at.latex, claim.kind, claim.subject, "wrong", reason, difference=difference
    )
