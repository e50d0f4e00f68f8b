"""How chalkgrad does on the documents, their mutants and the cases: counts, and what is judged falsely."""

from __future__ import annotations

import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from soundness.floors import PARTS
from soundness.judging import Document
from soundness.mutants import Mutant, mutants
from soundness.paper import Equation
from soundness.verdicts import JUDGED, NOTHING, at_line, verdicts_of

CASES = Path(__file__).parent / "cases.toml"


@dataclass
class Figures:
    """What was found: `false` are verdicts that are not true, `silent` lines that were not judged."""

    total: int = 0
    good: int = 0
    tolerated: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    def add(self, truth: str, verdict: str, outcome: str, told: str) -> None:
        self.total += 1
        self.counts[truth, verdict.split(":")[0]] += 1
        if outcome == "good":
            self.good += 1
        elif outcome == "tolerated":
            self.tolerated += 1
        else:
            (self.false if outcome == "false" else self.silent).append(f"{told}\n    {truth}, but {verdict}")


def together(parts: Iterable[Figures]) -> Figures:
    whole = Figures()
    for each in parts:
        whole.total += each.total
        whole.good += each.good
        whole.tolerated += each.tolerated
        whole.counts += each.counts
        whole.false += each.false
        whole.silent += each.silent
    return whole


def floor_of(figures: Figures) -> dict[str, int]:
    return {"good": figures.good, "false": len(figures.false)}


def part(documents: list[Document], number: int) -> list[Document]:
    """Every fourth document."""
    return documents[number::PARTS]


def of_documents(documents: Iterable[Document]) -> Figures:
    """All claims are right; where the document keeps to a convention of its own, `right_up_to` will do."""
    figures = Figures()
    for document in documents:
        accepted = ("right", "right_up_to") if document.case.up_to else ("right",)
        claims = document.claims
        for claim, verdict in zip(claims, verdicts_of(document.path, claims), strict=True):
            outcome = "good" if verdict in accepted else "false" if verdict in JUDGED else "silent"
            figures.add("right", verdict, outcome, f"{document.path.name}:{claim.line} {claim.latex}")
    return figures


def of_mutants(documents: list[Document], count: int, seed: str = "") -> Figures:
    """`count` mutants, as many of each document, each in a copy of its document of its own."""
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        for document in documents:
            for mutant in mutants(document, -(-count // len(documents)) if count else 0, seed):
                verdict = verdict_on(mutant, Path(folder))
                told = f"{document.path.name}:{mutant.claim.line} [{mutant.kind}: {mutant.why}] {mutant.latex}"
                figures.add(mutant.truth, verdict, outcome_of(mutant, verdict), told)
    return figures


def verdict_on(mutant: Mutant, folder: Path) -> str:
    path = folder / mutant.document.path.name
    path.write_text(mutant.text, encoding="utf-8")
    start = mutant.claim.start
    (verdict,) = verdicts_of(path, [Equation(mutant.latex, start, start + len(mutant.latex), mutant.claim.line)])
    return verdict


def outcome_of(mutant: Mutant, verdict: str) -> str:
    if verdict not in JUDGED:
        return "silent"
    accepted = verdict in ("right", "right_up_to")
    if mutant.truth == "equal":
        return "good" if accepted else "false"
    if not accepted:
        return "good"
    return "tolerated" if verdict == "right_up_to" and mutant.up_to else "false"


@dataclass(frozen=True)
class Labelled:
    """A small document of `cases.toml` and the verdict wanted on each of its lines; `a|b` is either."""

    kind: str
    name: str
    text: str
    labels: Mapping[int, str]
    latex: bool = False


def labelled() -> Iterator[Labelled]:
    for kind, cases in tomllib.loads(CASES.read_text(encoding="utf-8")).items():
        for name, case in cases.items():
            lines = case["text"].strip("\n").splitlines()
            labels = {}
            for number, line in enumerate(lines, 1):
                text, mark, label = line.partition("  <- ")
                lines[number - 1] = text
                if mark:
                    labels[number] = label.strip()
            yield Labelled(kind, name, "\n".join(lines) + "\n", labels, case.get("latex", False))


def of_cases() -> dict[str, Figures]:
    """The figures of each kind of cases."""
    found: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        for case in labelled():
            figures = found.setdefault(case.kind, Figures())
            path = Path(folder) / f"{case.name}.{'tex' if case.latex else 'md'}"
            path.write_text(case.text, encoding="utf-8")
            verdicts = at_line(path, list(case.labels))
            for (line, wanted), verdict in zip(case.labels.items(), verdicts, strict=True):
                told = f"{case.kind} {case.name}:{line} {case.text.splitlines()[line - 1]}"
                figures.add(wanted, verdict, outcome_of_label(wanted, verdict), told)
    return found


def outcome_of_label(wanted: str, verdict: str) -> str:
    if verdict.split(":")[0] in wanted.split("|"):
        return "good"
    return "false" if verdict in JUDGED else "silent"


def table(figures: Figures) -> str:
    """The counts as lines: each truth with the verdicts on it."""
    truths = sorted({truth for truth, _ in figures.counts})
    verdicts = [*JUDGED, "undetermined", "unread", "definition", NOTHING]
    rows = [" " * 14 + "".join(f"{verdict:>13}" for verdict in verdicts)]
    rows += [
        f"{truth:<14}" + "".join(f"{figures.counts[truth, verdict]:>13}" for verdict in verdicts) for truth in truths
    ]
    return "\n".join(rows)
