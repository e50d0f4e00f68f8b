"""A verdict on one claim, for programs that write maths: the same every time, quick, and never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from chalkgrad.checking.document import check_text
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.errors import ChalkgradError

MOST_STEPS = 200_000  # some two seconds; nearly all claims take less than a hundredth of it
_LONGEST = 5_000
_ORDER = ("wrong", "unread", "undetermined", "right_up_to", "right")


@dataclass(frozen=True)
class Verification:
    """The verdict on a claim: right, right_up_to (a layout, said in the reason), wrong, undetermined or unread.

    `right` is what a reward is made of: True for the first alone. `expected` is the right expression in LaTeX where the
    claim is wrong and one is known.

    >>> Verification("right_up_to", "right but for the layout").right
    False
    """

    verdict: str
    reason: str
    expected: str = ""

    @property
    def right(self) -> bool:
        return self.verdict == "right"


def verify(
    claim: str, model: str = "", *, loss: str | None = None, explain: bool = False, steps: int = MOST_STEPS
) -> Verification:
    r"""Whether a gradient is right: what is derived in `claim`, under the equations or the spec of `model`.

    Both are LaTeX with or without dollars, or Markdown; `claim` may have several equations, and the worst verdict on
    any of its claims counts. A claim without a derivative is unread. `explain` looks for what slipped and says it as
    the reason, which takes longer. `steps` limits the work, counted so that every machine comes to the same verdict.
    Whatever the text is, there is an answer and no exception.

    >>> model = r"z = w^\top x + b, \hat y = \sigma(z), L = -y\log\hat y - (1-y)\log(1-\hat y)"
    >>> verify(r"\frac{\partial L}{\partial w} = (\hat y - y) x", model).right
    True
    >>> found = verify(r"\frac{\partial L}{\partial w} = (y - \hat y) x", model, explain=True)
    >>> found.verdict, found.expected
    ('wrong', '(\\hat{y} - y)x')
    >>> verify("what is this?", model).verdict
    'unread'
    """
    given: tuple[object, ...] = (claim, model)
    if not all(isinstance(each, str) for each in given):  # an answer of a machine may be none
        return Verification("unread", "a claim and what it is about are texts")
    if len(claim) + len(model) > _LONGEST:
        return Verification("unread", f"longer than {_LONGEST} characters")
    spec = model.strip() if model.strip() and not any(sign in model for sign in "=$\\") else None
    before = "" if spec else _display(model)
    text = f"{before}\n\n{_display(claim)}"
    first = before.count("\n") + 1
    try:
        report = check_text(text, loss=loss, model=spec, explain=explain, most=steps)
    except ChalkgradError as problem:
        return Verification("unread", str(problem))
    except (RecursionError, MemoryError):
        return Verification("unread", "it is nested too deeply, or too large")
    found = [each for each in report.claims if each.line > first and each.kind == "claim"]
    if not found:
        unread = [each.reason for each in report.claims if each.verdict == "unread"]
        return Verification("unread", unread[-1] if unread else "there is no derivative with an equation for it")
    return _told(min(found, key=lambda each: _ORDER.index(each.verdict) if each.verdict in _ORDER else len(_ORDER)))


def verify_all(
    claims: Iterable[tuple[str, str]], *, processes: int = 1, loss: str | None = None, steps: int = MOST_STEPS
) -> list[Verification]:
    r"""The verdicts on pairs of a claim and its model, in their order; several `processes` share them.

    >>> pairs = [(rf"\frac{{df}}{{dx}} = {slope}", "f = x^2") for slope in ("2x", "x")]
    >>> [each.verdict for each in verify_all(pairs)]
    ['right', 'wrong']
    """
    pairs: Sequence[tuple[str, str]] = list(claims)
    one = partial(_verify_pair, loss=loss, steps=steps)
    if processes <= 1 or len(pairs) < 2:
        return [one(pair) for pair in pairs]
    with ProcessPoolExecutor(min(processes, len(pairs))) as pool:
        return list(pool.map(one, pairs, chunksize=max(1, len(pairs) // (4 * processes))))


def _verify_pair(pair: tuple[str, str], *, loss: str | None, steps: int) -> Verification:
    return verify(*pair, loss=loss, steps=steps)


def _told(claim: CheckedClaim) -> Verification:
    slips = " ".join(slip.message for slip in claim.mistakes)
    return Verification(claim.verdict, slips or claim.reason, claim.expected)


def _display(text: str) -> str:
    """Bare LaTeX as a display; what has marks of maths is taken as it is."""
    return text if "$" in text or "\\[" in text or "\\begin" in text or "\n" in text else f"$${text}$$"
