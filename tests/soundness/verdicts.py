"""chalkgrad's verdicts on the equations of a document; the only module here that calls chalkgrad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chalkgrad as cg
from soundness.paper import Equation

WORST_FIRST = ("wrong", "follows", "undetermined", "unread", "definition", "right_up_to", "right")
JUDGED = ("right", "right_up_to", "wrong", "follows")
NOTHING = "nothing"


def verdicts_of(path: Path, equations: list[Equation]) -> list[str]:
    """The worst verdict on each of these equations; `nothing` where the report has none on it."""
    text = path.read_text(encoding="utf-8")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    try:
        claims = cg.check(str(path)).claims
    except Exception as error:  # each of them is a finding: no document may end in a traceback
        return [f"{NOTHING}: {type(error).__name__}"] * len(equations)
    return [_worst(claim for claim in claims if _is_about(claim, equation, starts)) for equation in equations]


def _is_about(claim: Any, equation: Equation, starts: list[int]) -> bool:
    place = starts[claim.line - 1] + claim.column - 1
    return equation.start - 2 <= place < equation.end or "".join(claim.latex.split()) == "".join(equation.latex.split())


def at_line(path: Path, lines: list[int]) -> list[str]:
    """The worst verdict on what is claimed in each of these lines, be a definition beside it or not."""
    try:
        claims = cg.check(str(path)).claims
    except Exception as error:
        return [f"{NOTHING}: {type(error).__name__}"] * len(lines)
    found = [[claim for claim in claims if claim.line == line] for line in lines]
    return [_worst([claim for claim in each if claim.kind != "definition"] or each) for each in found]


def _worst(claims: Any) -> str:
    return min((claim.verdict for claim in claims), key=WORST_FIRST.index, default=NOTHING)
