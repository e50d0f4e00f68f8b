"""Sides that do not fit as they stand, or that no single slip explains: what would be right after one change of
writing.

A change is made to the formula as it was written (`reading.variants`), the result is read and compared like any side.
The first that makes the claim right is told with its place; failing that, one that is right after another slip too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, permutations

from chalkgrad.checking.cases import Cases
from chalkgrad.checking.comparisons import Compared
from chalkgrad.checking.laying import Fitted, axes_along
from chalkgrad.checking.mistakes import CATALOGUE, Mistake
from chalkgrad.checking.repair import Slip, slip_of
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Axis, Call, Indicator, Role, substitute_axes, walk
from chalkgrad.page.syntax import Name, Product, Syntax
from chalkgrad.reading.layout import Value
from chalkgrad.reading.readings import ClaimRead, SideRead, ways_of
from chalkgrad.reading.variants import Variant, below, variants

_ROWS: dict[str, Mistake] = {row.kind: row for row in CATALOGUE}
_TRANSPOSE = re.compile(
    r"\^\s*(?:\\(?:top|intercal|mathsf\{T\}|mathrm\{T\})|T|\{\s*(?:\\top|\\intercal|T)\s*\})|(?<=\])\s*(?:T|\\top)(?=\})|ᵀ"
)
_LONGEST_TOLD = 40


@dataclass(frozen=True)
class Alternative:
    """A side after one change of how it is written, and what came of comparing that."""

    variant: Variant
    side: Compared


@dataclass
class Misfits:
    """Looks for what sides may have been meant to say."""

    cases: Cases

    def __post_init__(self) -> None:
        self.comparing = self.cases.comparing
        self.reading = self.comparing.reading
        self.reading.sizes.close()  # what is tried must not make sizes equal

    def alternatives(self, claim: ClaimRead, syntax: Syntax) -> Iterator[Alternative]:
        """The side after each change, where it can be read and compared."""
        if claim.left.value is None or self.reading.setting is None:
            return
        letters = tuple(letter for letter in claim.letters if letter.isalpha())
        for number, variant in enumerate(variants(syntax, letters)):
            compared = self._compared(claim, variant.syntax, number)
            if compared is not None:
                yield Alternative(variant, compared)

    def _compared(self, claim: ClaimRead, syntax: Syntax, number: int) -> Compared | None:
        assert self.reading.setting is not None
        left = claim.left.value
        key = f"c{claim.statement.place}v{number}"
        try:
            ways = islice(
                ways_of(self.reading, self.reading.setting, claim.statement, syntax, key, claim.letters, left), 1
            )
            strict = [way for way in ways if way.value is not None]
            if not strict or left is None:
                return None
            fits = list(self.comparing.fit(left, strict[0], claim.left.way))
            if not fits or fits[0].layout:
                return None
            return self.comparing.side(claim, strict, fits[:1])
        except (ChalkgradError, RecursionError, KeyError):
            return None

    def slip(self, claim: ClaimRead, alternative: Alternative) -> Slip:
        """What slipped, if the alternative is what was meant."""
        variant = alternative.variant
        kind, span = variant.kind, variant.span
        before = _shown(claim.statement.equation.latex[slice(*span)])
        if kind == "transposed" and isinstance(variant.after, Name) and _has_two_indices(variant.after):
            after = _exchanged_indices(variant.after, claim.statement.equation.latex[slice(*span)])
            words = f"The indices are exchanged: {_shown(after)} belongs where {before} stands."
            return Slip(kind, words, _ROWS[kind].hint)
        if kind == "transposed":
            after = _turned(claim.statement.equation.latex[slice(*span)])
            words = f"Rows and columns are exchanged: {after} belongs where {before} stands."
            return Slip(kind, words, _ROWS[kind].hint)
        if kind == "index_swapped":
            assert isinstance(variant.after, Name)
            return slip_of(_ROWS[kind], variant.after.base)
        if kind == "wrong_index":
            assert isinstance(variant.after, Name)
            head, _, _ = claim.statement.equation.latex[slice(*span)].partition("_")
            after = _shown(f"{head}_{{{below(variant.after)}}}")
            return slip_of(_ROWS[kind], f"{before} stands where {after} belongs")
        if kind == "wrong_layer":
            return self._of_layer(alternative, before)
        if kind == "factor_too_many":
            number = re.match(r"\d+(?:\.\d+)?(?=[^\d.])", before)
            gone = number is not None and not _shown_of(variant.after, claim).startswith(number[0])
            return slip_of(_ROWS[kind], f"the factor {number[0]}" if number is not None and gone else f"in {before}")
        return slip_of(_ROWS[kind], before)

    def _of_layer(self, alternative: Alternative, before: str) -> Slip:
        """Which mistake a name of another layer is."""
        after = alternative.variant.after
        name = after.factors[0] if isinstance(after, Product) else after
        setting = self.reading.setting
        if not isinstance(name, Name) or setting is None:
            return slip_of(_ROWS["wrong_layer_activation"], f"in {before} the layers are not those of the gradient")
        symbol = str(setting.vocabulary.use(name).symbol)
        what = f"{before} stands where that of another layer belongs"
        if self.comparing.roles.get(symbol) is Role.PARAMETER:
            return slip_of(_ROWS["wrong_weights"], what)
        derived = self._is_derived(symbol, alternative)
        return slip_of(_ROWS["wrong_layer_derivative" if derived else "wrong_layer_activation"], what)

    def _is_derived(self, name: str, alternative: Alternative) -> bool:
        """Whether a quantity stands in a derivative of an activation, or is what an activation is applied to."""
        fitted = alternative.side.fitted
        nodes = walk(fitted.expression) if fitted is not None else iter(())
        about_it = [node for node in nodes if any(tensor.name == name for tensor in node.tensors)]
        inside = any(isinstance(node, Indicator) or (isinstance(node, Call) and node.order > 0) for node in about_it)
        return inside or any(
            isinstance(each.body, Call) and any(tensor.name == name for tensor in each.body.argument.tensors)
            for each in self.comparing.definitions.values()
        )

    # --- laid loosely ---

    def loosely(self, claim: ClaimRead, ways: list[SideRead]) -> Iterator[Compared]:
        """The side along those axes of the left that are as long as its own, others being left over or missing."""
        left = claim.left.value
        side = next((way for way in ways if way.value is not None), None)
        if left is None or left.kind == "T" or side is None or side.value is None or side.value.kind == "T":
            return
        if self.reading.sizes.join_all(side.pairs, strict=True) is not None:
            return
        for changes in self._matches(left, side.value):
            expression = substitute_axes(side.value.expression, changes)
            yield Compared("wrong", fitted=Fitted(side, expression, axes_along(left), left))

    def _matches(self, left: Value, right: Value) -> Iterator[dict[Axis, Axis]]:
        """The axes of the right side along axes of the left that are as long, as many as there can be."""
        find = self.reading.sizes.find
        count = min(len(left.axes), len(right.axes))
        for much in range(count, 0, -1):
            found = False
            for theirs in permutations(right.axes, much):
                for mine in permutations(left.axes, much):
                    pairs = list(zip(theirs, mine, strict=True))
                    if all(find(a.size) == find(b.size) for a, b in pairs):
                        found = True
                        yield dict(pairs)
            if found:
                return
        yield {}


def _shown_of(syntax: Syntax, claim: ClaimRead) -> str:
    """What stands at a part of a claim."""
    first = syntax.factors[0] if isinstance(syntax, Product) else syntax
    return _shown(claim.statement.equation.latex[slice(*first.span)])


def _shown(latex: str) -> str:
    """A part of the document's LaTeX in a sentence."""
    text = unicode_of(" ".join(latex.split()))
    return text if len(text) <= _LONGEST_TOLD else text[: _LONGEST_TOLD - 1] + "…"


def _has_two_indices(name: Name) -> bool:
    """Whether a name is an entry, so that its indices are exchanged where it is transposed."""
    return len(below(name)) == 2


def _exchanged_indices(name: Name, latex: str) -> str:
    """The LaTeX of an entry with its two indices exchanged."""
    one, other = tuple(below(name))
    head, _, tail = latex.partition("_")
    swapped = {one: other, other: one}
    end = tail.find("}") if tail.startswith("{") else len(tail)
    return f"{head}_" + "".join(swapped.get(sign, sign) for sign in tail[:end]) + tail[end:]


def _turned(latex: str) -> str:
    """The same transposed."""
    bare = _TRANSPOSE.sub("", latex).replace("{}", "")
    if bare.strip() != latex.strip():
        return _shown(bare)
    plain = _shown(latex)
    simple = not {" ", "/"} & set(plain.strip()) or plain.startswith("(")
    return f"{plain}ᵀ" if simple else f"({plain})ᵀ"
