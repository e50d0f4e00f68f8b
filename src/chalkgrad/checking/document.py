"""Checking a document: every equation of a worksheet gets its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from chalkgrad.checking.examples import Examples
from chalkgrad.checking.function_claims import FunctionClaims
from chalkgrad.checking.merging import in_the_documents_words, merged
from chalkgrad.checking.model_claims import ModelClaims
from chalkgrad.checking.readings import under_the_likeliest_activation, under_the_likeliest_loss
from chalkgrad.checking.report import CheckedClaim, Report, checked
from chalkgrad.errors import ChalkgradError
from chalkgrad.reading.claims import Claim
from chalkgrad.reading.examples import Example
from chalkgrad.reading.model import NO_LOSS
from chalkgrad.reading.several_networks import networks_apart
from chalkgrad.reading.sheet import Sheet, Unread, read_sheet

LARGEST_FILE = 2_000_000
_NO_MODEL = "the document defines no model that it could be checked against"


def check_document(
    path: str | Path, loss: str | None = None, *, let: Mapping[str, str] | None = None, model: str | None = None
) -> Report:
    """The verdict on every equation of a Markdown or LaTeX document.

    Its definitions give the model, or where it has none the spec `model`; the loss is taken from its prose, or from
    `loss`. `let` fixes names: `{"out": "z_2"}` says that the document's out is its z_2. So do lines `model: …` and
    `let: …` in a block between `---` at the document's beginning. Raises `ChalkgradError` if the file cannot be read
    at all, and for a name that is fixed to nothing known; an equation that cannot be read is reported and does not
    stop the rest.

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
    latex = place.suffix == ".tex"
    report = _check(text, place.name, latex, loss, let, model)
    parts = networks_apart(text, latex=latex) if model is None else [text]
    if len(parts) == 1:
        return report
    apart = [_check(part, place.name, latex, loss, let, None) for part in parts]
    return min((report, _joined(apart)), key=_amiss) if all(each.program for each in apart) else report


def _joined(reports: Sequence[Report]) -> Report:
    """The reports on the networks of a document, one after the other, as one."""
    claims = tuple(claim for report in reports for claim in report.claims)
    said = f"the document has {len(reports)} networks, each under a heading of its own: each is read by itself"
    guesses = dict.fromkeys((said, *(guess for report in reports for guess in report.guesses)))
    return Report(reports[-1].file, claims, None, reports[-1].program, tuple(guesses))


def _amiss(report: Report) -> tuple[int, int]:
    verdicts = [claim.verdict for claim in report.claims]
    return verdicts.count("unread"), verdicts.count("wrong")


def _check(
    text: str, name: str, latex: bool, loss: str | None, let: Mapping[str, str] | None, model: str | None
) -> Report:
    """The report on a text about one network."""

    def under(other_loss: str | None, activations: Mapping[str, str] | None = None) -> Report:
        sheet = read_sheet(text, loss=other_loss, latex=latex, let=let, model=model, activations=activations)
        return check_sheet(sheet, name, explain=False)

    sheet = read_sheet(text, loss=loss, latex=latex, let=let, model=model)
    report = check_sheet(sheet, name)
    if sheet.model is None:
        return report
    if sheet.undefined:
        report = under_the_likeliest_activation(report, tuple(sheet.undefined), lambda rows: under(loss, rows))
    if any(guess.startswith(NO_LOSS) for guess in sheet.guesses):
        report = under_the_likeliest_loss(report, sheet.model.loss, under)
    return report


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


def check_sheet(sheet: Sheet, name: str = "", *, explain: bool = True) -> Report:
    """The verdict on every equation of a sheet that was read; without `explain` nobody looks for what slipped."""
    program = sheet.model.program if sheet.model else None
    functions = {function.name: FunctionClaims(function) for function in sheet.functions}
    of_model: list[Claim] = []
    of_function: dict[str, list[Claim]] = {}
    found: list[tuple[Claim | Example, CheckedClaim]] = []
    unfit: set[int] = set()
    for claim in sheet.claims:
        about = claim.of.tensor.name if claim.of is not None else ""
        if about in functions and claim.wrt is not None:
            of_function.setdefault(about, []).append(claim)
        elif claim.kind == "definition" and claim.own is None:
            found.append((claim, checked(claim, "definition")))
        elif claim.model is not None:
            found.append((claim, ModelClaims(claim.model).check([claim])[0]))
        elif program is not None:
            of_model.append(claim)
        else:
            found.append((claim, checked(claim, "undetermined", _NO_MODEL)))
    if sheet.model is not None:
        model = sheet.model
        checker = ModelClaims(model.program, model.written, sheet.prose, model.loss == "as written", explain)
        found += zip(of_model, checker.check(of_model), strict=True)
        unfit = {id(equation) for equation in checker.refitted}
        found += zip(sheet.examples, Examples(model.program).check(sheet.examples), strict=True)
    for about, claims in of_function.items():
        found += zip(claims, functions[about].check(claims), strict=True)
    every = [in_the_documents_words(claim, sheet.undefined) for claim in merged(found)]
    every = _with_unread(every, [_unread(unread) for unread in sheet.unread if id(unread.equation) not in unfit])
    every.sort(key=lambda claim: (claim.line, claim.column))
    spec = sheet.model.spec if sheet.model else None
    return Report(name, tuple(every), spec, program, sheet.guesses)


def _with_unread(found: list[CheckedClaim], unread: list[CheckedClaim]) -> list[CheckedClaim]:
    """Adds what could not be read; a claim of which that is the verdict is not told twice, but with its place."""
    problems = {(each.latex, each.section): each for each in reversed(unread)}
    told = set()
    placed = []
    for claim in found:
        problem = problems.get((claim.latex, claim.section)) if claim.verdict == "unread" else None
        if problem is not None:
            told.add(id(problem))
            claim = replace(claim, line=problem.line, column=problem.column, reason=problem.reason)
        placed.append(claim)
    return placed + [each for each in unread if id(each) not in told]


def _unread(unread: Unread) -> CheckedClaim:
    at, error = unread.equation, unread.error
    return CheckedClaim(error.line, error.column, at.section, at.latex, "claim", "", "unread", str(error))
