"""What was found about a document: a verdict on every equation, as objects and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from chalkgrad.checking.comparing import Difference
from chalkgrad.checking.names_read import NameRead
from chalkgrad.checking.places import Mark
from chalkgrad.checking.repair import Slip
from chalkgrad.checking.right_side import RightSide
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Program, Tensor
from chalkgrad.reading.networks_in import WrittenNetwork
from chalkgrad.reading.scripts import MEANINGS
from chalkgrad.reading.small_changes import AT_FIRST, STEPS

VERDICTS = ("definition", "right", "right_up_to", "wrong", "follows", "undetermined", "unread")


@dataclass(frozen=True)
class Rests:
    """On what a right claim rests that the document does not bring down to given values.

    `missing` are derivatives that it never derives, `unjudged` those that it claims without a verdict, `slip` is the
    line of a wrong claim about one.
    """

    missing: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    slip: int | None = None

    def __bool__(self) -> bool:
        return bool(self.missing or self.unjudged or self.slip)

    def __str__(self) -> str:
        if self.slip:
            return f"right as a link, but it rests on the slip in line {self.slip}"
        if self.unjudged:
            return f"right as a link; it rests on {' and '.join(self.unjudged)}, which could not be judged"
        return f"right as a link; nothing here derives {' and '.join(self.missing)}"


@dataclass(frozen=True, repr=False)
class CheckedClaim:
    """One equation of a document and what was found about it.

    `kind` is `claim` for one about a derivative, `definition`, or `identity` for any other; `chain` says whether its
    chain of factors is right as a chain rule; `right_side`
    is what a wrong claim should have said.
    Of a chain of equalities `link` is the first side that is not right. `marks` underline what slipped. `follows` is
    the line of the earlier slip from which a wrong claim was derived correctly: it is no slip of its own. `title` is
    the subject as the document spells it; `place` says of a counterexample to the derivative of a vector for which
    entry; `rests` says of a right claim what it leaves open; of a wrong one `misfit` says that its sizes do not fit,
    and `invented` that it differs by axes or conditions that the document does not write; `side` is where the side
    stands that is wrong.
    """

    line: int
    column: int
    section: str
    latex: str
    kind: str
    subject: str
    verdict: str
    reason: str = ""
    chain: str = ""
    mistakes: tuple[Slip, ...] = ()
    difference: Difference | None = None
    right_side: RightSide | None = field(default=None, compare=False)
    wrt: Tensor | None = None
    guesses: tuple[str, ...] = ()
    link: str = ""
    marks: tuple[Mark, ...] = ()
    follows: int | None = None
    title: str = ""
    place: str = ""
    rests: Rests = Rests()
    misfit: bool = False
    invented: bool = False
    side: Mark | None = field(default=None, compare=False)

    @property
    def expected(self) -> str:
        """The LaTeX of the right expression where the claim is wrong and one is known, else nothing."""
        return self.right_side.latex if self.right_side is not None else ""

    @property
    def counterexample(self) -> dict[str, Any] | None:
        """The point, the claimed and the derived value of a wrong claim; None otherwise."""
        if self.difference is None:
            return None
        claimed = [float(number) for number in self.difference.claimed.numbers]
        nested = _floats(self.difference.claimed.nested())
        return {
            "point": _told(self.difference.point.readable()),
            "claimed": claimed[0] if len(set(claimed)) == 1 else nested,
            "derived": _floats(self.difference.derived.nested()),
        }

    def __repr__(self) -> str:
        verdict = "follows" if self.follows else self.verdict
        return f"<{self.title or self.subject or self.latex[:40]} in line {self.line}: {verdict.replace('_', ' ')}>"

    def _repr_html_(self) -> str:
        from chalkgrad.checking.showing import claim_html, shown

        return shown(claim_html(self))

    def to_json(self, hints: bool = False) -> dict[str, Any]:
        """The claim as plain data; with `hints` nothing in it gives the answer away."""
        if hints and self.verdict == "wrong":
            reason = self.reason if self.follows else " ".join(slip.hint for slip in self.mistakes)
            shown = replace(self, reason=reason, mistakes=(), difference=None, right_side=None).to_json()
            return {**shown, "mistakes": [{"hint": slip.hint} for slip in self.mistakes]}
        return {
            "line": self.line,
            "column": self.column,
            "section": self.section,
            "latex": self.latex,
            "kind": self.kind,
            "subject": self.subject,
            "title": self.title,
            "verdict": self.verdict,
            "reason": self.reason,
            "chain": self.chain,
            "mistakes": [{"kind": slip.kind, "message": slip.message, "hint": slip.hint} for slip in self.mistakes],
            "counterexample": self.counterexample,
            "expected": self.expected,
            "guesses": list(self.guesses),
            "link": self.link,
            "marks": [asdict(mark) for mark in self.marks],
            "follows": self.follows,
            "rests": str(self.rests) if self.rests else "",
        }


@dataclass(frozen=True, repr=False)
class Report:
    """A checked document: the model that its equations define, and each claim in the order of the document.

    >>> report = Report("empty.md", ())
    >>> report.summary, report.exit_code
    ({'definition': 0, 'right': 0, 'wrong': 0, 'unread': 0}, 3)
    """

    file: str
    claims: tuple[CheckedClaim, ...]
    guesses: tuple[str, ...] = ()
    read: Callable[[], WrittenNetwork | None] | None = field(default=None, compare=False, repr=False)
    read_names: Callable[[], tuple[NameRead, ...]] | None = field(default=None, compare=False, repr=False)

    @cached_property
    def network(self) -> WrittenNetwork | None:
        """The network that the document is most about, worked out when somebody asks for it; None where it has none."""
        try:
            return self.read() if self.read is not None else None
        except ChalkgradError:
            return None

    @property
    def spec(self) -> str | None:
        """The one-line spec of the document's network, if it has one."""
        return self.network.spec if self.network is not None else None

    @property
    def program(self) -> Program | None:
        """The equations of the document's network, if it has one."""
        return self.network.program if self.network is not None else None

    @cached_property
    def names(self) -> tuple[NameRead, ...]:
        """What each name of each section was taken for, and why."""
        return self.read_names() if self.read_names is not None else ()

    @property
    def gradients(self) -> tuple[CheckedClaim, ...]:
        """The claims about derivatives."""
        return tuple(claim for claim in self.claims if claim.kind == "claim")

    @property
    def judged(self) -> tuple[CheckedClaim, ...]:
        """Those of them that are right or wrong."""
        return tuple(claim for claim in self.gradients if claim.verdict not in ("unread", "undetermined"))

    @property
    def summary(self) -> Mapping[str, int]:
        """How many claims have each verdict; those that follow from an earlier slip are counted as `follows`."""
        counted = Counter(claim.verdict if claim.follows is None else "follows" for claim in self.claims)
        return {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict] or verdict in _ALWAYS}

    @property
    def exit_code(self) -> int:
        """0 if every claim about a derivative is right, 1 if something is wrong, 3 if not all, or none, was judged."""
        if self.summary["wrong"] or self.summary.get("follows"):
            return 1
        return 0 if self.gradients and len(self.judged) == len(self.gradients) else 3

    def to_json(self, hints: bool = False) -> dict[str, Any]:
        """The report as plain data, as `chalkgrad check --json` prints it; with `hints` as with `--hints`."""
        parameters = self.program.parameters if self.program else ()
        model = {
            "spec": self.spec,
            "parameters": {tensor.name: list(tensor.shape) for tensor in parameters},
            "guesses": list(self.guesses),
        }
        return {
            "file": self.file,
            "model": model,
            "claims": [claim.to_json(hints) for claim in self.claims],
            "summary": dict(self.summary),
            "judged": {"of": len(self.gradients), "judged": len(self.judged)},
        }

    def __repr__(self) -> str:
        from chalkgrad.checking.showing import counted

        return f"<report on {self.file or 'a text'}: {counted(self)}>"

    def _repr_html_(self) -> str:
        from chalkgrad.checking.showing import report_html

        return report_html(self)


_ALWAYS = frozenset({"definition", "right", "wrong", "unread"})


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values at a point under the names of the document; what it does not name is left out."""
    named = {
        MEANINGS.sub("", name.removesuffix(AT_FIRST)): value for name, value in values.items() if name not in STEPS
    }
    return {name: value for name, value in named.items() if " " not in name}


def _floats(value: Any) -> Any:
    return [_floats(entry) for entry in value] if isinstance(value, list) else float(value)
