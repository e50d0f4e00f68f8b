"""chalkgrad's verdict on one equation of a document, the only place here that calls chalkgrad."""

from __future__ import annotations

from pathlib import Path

import chalkgrad as cg
from soundness.paper import Equation

WORST_FIRST = ("wrong", "follows", "undetermined", "unread", "definition", "right_up_to", "right")
JUDGED = ("wrong", "follows", "right", "right_up_to")
NOTHING = "nothing"


def verdicts_of(path: Path, equations: list[Equation]) -> list[str]:
    """The worst verdict on each of these equations; `nothing` where the report has none on it."""
    text = path.read_text(encoding="utf-8")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    try:
        claims = cg.check(str(path)).claims
    except Exception as error:
        return [f"{NOTHING}: {type(error).__name__}"] * len(equations)
    found = []
    for equation in equations:
        squeezed = "".join(equation.latex.split())
        here = [
            claim.verdict
            for claim in claims
            if equation.start - 2 <= starts[claim.line - 1] + claim.column - 1 < equation.end
            or "".join(claim.latex.split()) == squeezed
        ]
        found.append(min(here, key=WORST_FIRST.index, default=NOTHING))
    return found
