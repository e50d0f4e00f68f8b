"""One worksheet: its network, its names, its numbers, and the three documents that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from chalkgrad.calculus import Derivation, derive
from chalkgrad.checking import Report, check_text
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.language import Program
from chalkgrad.networks.architecture import NetworkSpec
from chalkgrad.notation import Notation, notation_named
from chalkgrad.worksheets.batch import Batch, draw_batch
from chalkgrad.worksheets.formats import markdown
from chalkgrad.worksheets.lots import PATTERNS, Lots, draw_spec
from chalkgrad.worksheets.on_paper import derived_program, written_program
from chalkgrad.writing.names import Names, names_for

RATES = (0.1, 0.2, 0.5)
SAMPLES = 3
FORMS = ("scalar", "matrix")
_MOST_WEIGHTS, _MOST_UNITS = 12, 6  # more would not be written out one by one
_DRAWS = 30  # until there is a network that can be read back in the notation


@dataclass(frozen=True)
class Worksheet:
    """A worksheet; the same seed and number give the same one.

    >>> sheet = make_worksheet(["2-3-1 relu sigmoid bce"], seed=7)
    >>> str(sheet.spec), sheet.title
    ('2-3-1 relu sigmoid bce', 'Worksheet 7-1')
    """

    seed: int
    number: int
    spec: NetworkSpec
    notation: Notation
    form: str
    batch: Batch

    @property
    def title(self) -> str:
        """What it is called, so that its solution can be found again."""
        return f"Worksheet {self.seed}-{self.number}"

    @cached_property
    def derivation(self) -> Derivation:
        """The gradient of the loss of one sample."""
        return derive(derived_program(self.spec))

    @property
    def program(self) -> Program:
        """The equations of one sample that are derived from."""
        return self.derivation.source

    @cached_property
    def paper(self) -> Program:
        """The equations of one sample as they are written down."""
        return written_program(self.spec)

    @cached_property
    def names(self) -> Names:
        """How everything is called."""
        return names_for(self.notation, self.derivation.program)

    def checked(self) -> Report:
        """What the checker says about the solution."""
        from chalkgrad.worksheets.solution import solution

        return check_text(markdown(solution(self), ""))

    def to_json(self) -> dict[str, Any]:
        """The network and all numbers as plain data."""
        chosen = {"spec": str(self.spec), "notation": self.notation.name, "form": self.form}
        return {"seed": self.seed, "number": self.number, **chosen, **self.batch.to_json()}


def make_worksheet(
    patterns: Sequence[str] = (),
    *,
    seed: int,
    number: int = 1,
    notation: str = "plain",
    form: str = "scalar",
    rate: float | None = None,
) -> Worksheet:
    """The worksheet of a student: the `number`-th of a class with that seed, whatever the size of the class.

    `patterns` are specs with alternatives, as `draw_spec` takes them; without any, usual ones. `form` says whether
    gradients are written weight by weight (scalar) or with matrices. The solution has passed the checker: a network
    that cannot be read back in the notation is drawn anew. Raises `ChalkgradError` where none can, and for one that is
    too large for paper.
    """
    if form not in FORMS:
        raise UnknownNameError("form of a worksheet", form, FORMS)
    if notation == "nabla":
        form = "matrix"  # W_{1,23} is nobody's way to write a single weight
    problem: ChalkgradError | None = None
    tried = set()
    for draw in range(_DRAWS):
        spec = draw_spec(patterns or PATTERNS[form], Lots(seed, number, "network", draw))
        if spec in tried:
            continue
        tried.add(spec)
        _check_size(spec)
        lots = Lots(seed, number, "numbers")
        step = lots.one_of(RATES) if rate is None else rate
        batch = draw_batch(spec, derive(derived_program(spec)), lots, SAMPLES, step)
        sheet = Worksheet(seed, number, spec, notation_named(notation), form, batch)
        problem = _problem(sheet)
        if problem is None:
            return sheet
    assert problem is not None
    raise problem


def _check_size(spec: NetworkSpec) -> None:
    weights = [one * other for one, other in pairwise(spec.sizes)]
    if max(weights) > _MOST_WEIGHTS or max(spec.sizes) > _MOST_UNITS:
        most = f"{_MOST_UNITS} units in a layer and {_MOST_WEIGHTS} weights between two"
        raise ChalkgradError(f"{spec} is too large to be worked out by hand: a worksheet has at most {most}")


def _problem(sheet: Worksheet) -> ChalkgradError | None:
    """Why the solution would not be right in the eyes of the checker, if it would not."""
    unfit = [claim for claim in sheet.checked().claims if claim.verdict not in ("definition", "right")]
    if not unfit:
        return None
    return ChalkgradError(
        f"the solution for {sheet.spec} in the notation '{sheet.notation.name}' and {sheet.form} form could not be "
        f"checked, so no worksheet is made of it; choose another notation. In line {unfit[0].line}: "
        f"{unfit[0].reason.splitlines()[0]}"
    )
