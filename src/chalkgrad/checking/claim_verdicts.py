"""The verdict on each claim of a reading, once what the document keeps to is known: a layout, ⊙ left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.checking.chains import chain_in, derivative_in
from chalkgrad.checking.comparisons import SUMMED, Compared, Comparing
from chalkgrad.checking.flattened import AS_COLUMN
from chalkgrad.checking.identities import ABOUT
from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.keeping import without_broken_conventions
from chalkgrad.checking.laying import Fitted, lists_derivatives
from chalkgrad.language import Element, Role
from chalkgrad.page.syntax import BigOperator, Derivative, Group, Name, Number, Product, Syntax, walk_syntax
from chalkgrad.reading.factors import NUMBER_PLACE_BY_PLACE
from chalkgrad.reading.facts import speaks_of_derivatives
from chalkgrad.reading.readings import ClaimRead
from chalkgrad.reading.scripts import is_transpose


def verdicts_on(comparing: Comparing) -> list[Judged]:
    """The verdicts on the claims of a reading, in their order, once what the document keeps to is known."""
    found: list[Judged] = []
    for number, claim in enumerate(comparing.reading.claims):
        sides = comparing.compare(number)
        judged_one = _of_claim(claim, sides)
        if judged_one is not None:
            found.append(replace(judged_one, comparing=comparing))
    return _but_for_other_sections(_where_disputed(_kept(found, comparing), comparing), comparing)


_HELD = re.compile(r"\b(?:held|hold\w*|fixed|constant\w*|direct\w*|treat\w*|regard\w*|explicit\w*)\b", re.IGNORECASE)


_UNREGULARISED = re.compile(r"\b(?:without|no|un)[\s-]*(?:\w+\s+){0,2}regulari[sz]", re.IGNORECASE)


def _words_before(judged_: Judged) -> str:
    """The words before a claim, or before the displays that lead up to it without any of their own."""
    statement = judged_.claim.statement
    facts = judged_.comparing.reading.facts if judged_.comparing is not None else None
    earlier = [each for each in facts.statements if each.place <= statement.place] if facts is not None else []
    texts = (each.equation.text_before for each in reversed([*earlier, statement]))
    return next((text for text in texts if text.strip()), "")


def _kept(found: Sequence[Judged], comparing: Comparing) -> list[Judged]:
    """The verdicts where a layout, or partials with other quantities held, count only if the document keeps to them."""
    derived = [each for each in found if not _is_chain(each) and not _is_of_values(each)]
    strict = {_layout_class(each) for each in derived if _fits(each, layout=False)}
    in_rows = any(_fits(each, layout=True) and _layout_class(each) == (False, 1) for each in derived)
    in_rows = in_rows and (False, 1) not in strict
    statements = comparing.reading.facts.statements
    written_out = any(isinstance(part, BigOperator) for each in statements for part in walk_syntax(each.chain))
    marked = any(_has_elementwise(each.claim.statement.chain) for each in found)
    scaled = sum(map(_is_scaled_place_by_place, found))
    totals = {_left_key(each) for each in found if each.verdict == "right" and not _is_held(each)}
    result = []
    for each in without_broken_conventions(found):
        if each.verdict == "wrong" and _only_beside(each) and not marked:
            each = replace(each, verdict="right_up_to", reason="vectors side by side are multiplied place by place")
        elif scaled > 1 and _is_scaled_place_by_place(each):
            each = replace(each, verdict="right_up_to", reason=NUMBER_PLACE_BY_PLACE)
        elif (
            each.verdict == "right_up_to"
            and _fits(each, layout=True)
            and _layout_class(each) in strict
            and not _lists(each)
            and not _is_chain(each)
            and not _is_told_flat(each)
        ):
            each = replace(each, verdict="wrong", reason="rows and columns are exchanged, unlike in the other lines")
        elif each.verdict == "wrong" and in_rows and _only_beside(each, "side outer"):
            each = replace(each, verdict="undetermined", reason="it may take a gradient for a row, as other lines do")
        elif each.verdict == "right" and _is_held(each) and _left_key(each) in totals:
            if not _HELD.search(each.claim.statement.equation.text_before[-160:]):
                each = replace(each, verdict="wrong", reason="it holds other quantities fixed that depend on it")
        if each.verdict == "right_up_to" and _fits(each, layout=True) and _is_by_transposed(each):
            each = replace(
                each, verdict="wrong", reason="rows and columns are exchanged: what it is derived by is turned"
            )
        if each.verdict in RIGHT and any(SUMMED in side.notes for side in each.sides) and written_out:
            each = replace(each, verdict="wrong", reason="a sum is missing: a letter stands on the right only")
        if each.verdict == "wrong" and _may_be_at_zero(each, comparing):
            each = replace(each, verdict="undetermined", reason=_AT_ZERO)
        if each.verdict == "wrong" and _UNREGULARISED.search(_words_before(each)[-200:]):
            each = replace(each, verdict="undetermined", reason="it is told for the loss without its regularization")
        if each.verdict == "right" and any(_DOUBTED.search(note) for note in each.claim.statement.notes):
            each = replace(each, verdict="undetermined", reason="the document itself puts it in doubt")
        result.append(each)
    return result


_AT_ZERO = "nothing says whether what has a 0 below is one of those with a letter"


def _may_be_at_zero(judged_: Judged, comparing: Comparing) -> bool:
    r"""Whether a claim by the `\theta_j` may be meant for the θ_0, too, which stands by itself elsewhere."""
    left = judged_.claim.left.value
    names = {tensor.wrt.partition("_")[0] for tensor in left.expression.tensors} if left is not None else set()
    indexed = left is not None and bool(left.expression.free)
    return indexed and bool(names & comparing.reading.facts.vocabulary.perhaps_from_zero)


def _disputed(found: Sequence[Judged]) -> set[str]:
    """The quantities of which a document says two different things."""
    names = set()
    for each in found:
        left = each.claim.left.value
        if each.verdict == "wrong" and left is not None and isinstance(left.expression, Element):
            if left.expression.tensor.role is not Role.ADJOINT:
                names.add(left.expression.tensor.name)
    return names


def _where_disputed(found: Sequence[Judged], comparing: Comparing) -> list[Judged]:
    """The verdicts where claims that are wrong by the first of two things said of a quantity hold by the other."""
    names = _disputed(found) & set(comparing.reading.restated)
    if not names:
        return list(found)
    said = {name: comparing.reading.restated[name][-1] for name in names}
    other = Comparing(replace(comparing.reading, definitions={**comparing.reading.definitions, **said}, restated={}))
    result = []
    for each in found:
        left = each.claim.left.value
        if each.verdict == "wrong" and left is not None and left.derivative is not None:
            again = _of_claim(each.claim, other.compare(comparing.reading.claims.index(each.claim)))
            if again is not None and again.verdict in RIGHT:
                each = replace(each, verdict="undetermined", reason=f"the document says two things of {min(names)}")
        result.append(each)
    return result


def _but_for_other_sections(found: Sequence[Judged], comparing: Comparing) -> list[Judged]:
    """The verdicts where what is wrong would be right if the one name that another section defines, while this one
    defines all else that a claim rests on, had another meaning here.
    """
    reading = comparing.reading
    borrowed = {name for name, source in reading.sources.items() if source.borrowed} & reading.definitions.keys()
    result = []
    for each in found:
        needed = _needed(each, comparing) if each.verdict == "wrong" else set()
        elsewhere = needed & borrowed
        if len(elsewhere) == 1 and needed - borrowed:
            (name,) = elsewhere
            kept = {other: known for other, known in reading.definitions.items() if other != name}
            said_again = {other: more for other, more in reading.restated.items() if other != name}
            free = Comparing(replace(reading, definitions=kept, restated=said_again))
            again = _of_claim(each.claim, free.compare(reading.claims.index(each.claim)))
            if again is not None and again.verdict in RIGHT:
                each = replace(each, verdict="undetermined", reason=f"{name} may be another than in other sections")
        result.append(each)
    return result


def _needed(judged_: Judged, comparing: Comparing) -> set[str]:
    """The names that a document defines and on which a claim rests."""
    claim = judged_.claim
    sides = (claim.left, *(way for ways in claim.sides for way in ways[:1]))
    tensors = [tensor for side in sides if side.value is not None for tensor in side.value.expression.tensors]
    names = {name for tensor in tensors for name in ((tensor.of, tensor.wrt) if tensor.of else (tensor.name,))}
    reached = {each for name in names for each in comparing.reached(comparing.definitions, name)}
    return reached & comparing.definitions.keys()


_DOUBTED = re.compile(r"\bup to\b|\bwrong\b|\bincorrect\b|\bnot (?:right|correct|true)\b|\bfalse\b", re.IGNORECASE)


def _only_beside(judged_: Judged, way: str = "side elementwise") -> bool:
    """Whether a claim is right once vectors side by side are multiplied place by place, or in another `way`."""
    loosely = [side for side in judged_.sides if side.fitted is not None and way in side.fitted.side.way]
    others = [side for side in judged_.sides if side not in loosely] if way == "side elementwise" else []
    return bool(loosely) and all(side.verdict == "right" for side in (*loosely, *others))


def _is_scaled_place_by_place(judged_: Judged) -> bool:
    """Whether all that is amiss with a claim is a ⊙ beside a number."""
    loosely = {side.fitted.side.loosely for side in judged_.sides if side.fitted is not None}
    right = all(side.verdict == "right" for side in judged_.sides)
    return judged_.verdict == "wrong" and right and loosely - {""} == {NUMBER_PLACE_BY_PLACE}


def _has_elementwise(chain: Syntax) -> bool:
    return any(
        isinstance(p, Product) and {r"\odot", r"\circ", ".*", "*"} & set(p.operators) for p in walk_syntax(chain)
    )


def _fits(judged_: Judged, *, layout: bool) -> bool:
    """Whether a right claim has its rows and columns exchanged, or (not `layout`) as they should be, where it shows."""
    shows = any(
        side.fitted is not None
        and side.verdict == "right"
        and side.fitted.shows_layout
        and not side.either
        and not (_is_jacobian(judged_) and _is_placewise(side.fitted))
        for side in judged_.sides
    )
    exchanged = any(
        side.fitted is not None
        and side.verdict == "right"
        and (side.fitted.layout or "denominator" in side.fitted.side.way)
        for side in judged_.sides
    )
    return judged_.verdict in RIGHT and (exchanged if layout else shows and not exchanged)


def _is_told_flat(judged_: Judged) -> bool:
    r"""Whether a claim tells the entries of a gradient one after the other, `[a, b]`, or what a value is."""
    if _is_of_values(judged_):
        return True
    sides = [side.fitted.side.syntax for side in judged_.sides if side.fitted is not None and side.fitted.layout]
    return bool(sides) and all(
        isinstance(side, Group) and len(side.contents) > 1 and not any(isinstance(e, Group) for e in side.contents)
        for side in sides
    )


def _is_placewise(fitted: Fitted) -> bool:
    r"""Whether a side has one number for each place, `\partial h / \partial z = \sigma'(z)`: rows or columns alike."""
    return fitted.side.value is not None and fitted.side.value.kind in "CR"


def _is_of_values(judged_: Judged) -> bool:
    """Whether a claim says what a value is, and nothing of a derivative."""
    facts = judged_.comparing.reading.facts if judged_.comparing is not None else None
    return facts is not None and not speaks_of_derivatives(judged_.claim.statement.chain, facts)


def _lists(judged_: Judged) -> bool:
    """Whether a claim says how a gradient is laid out, by listing its entries."""
    fits = [side.fitted for side in judged_.sides if side.fitted is not None]
    latex = judged_.claim.statement.equation.latex
    return any(each.layout and (lists_derivatives(each.side.syntax) or _is_in_a_line(each.side.syntax, latex))
               for each in fits)  # fmt: skip


def _is_in_a_line(side: Syntax, latex: str) -> bool:
    r"""Whether a side lists entries with commas, `[g_1, \ldots, g_n]`: that is how one writes them in a line, be they
    those of a row or of a column.
    """
    listed = (isinstance(side, BigOperator) and side.kind == "row") or (
        isinstance(side, Group) and side.bracket in ("[", "(") and len(side.contents) > 1
    )
    written = latex[slice(*side.span)]
    return listed and "," in written and "&" not in written and "matrix" not in written


def _is_jacobian(judged_: Judged) -> bool:
    """Whether a claim is about a derivative of a vector by a vector, for which documents may have another layout."""
    what = judged_.claim.left.value.derivative if judged_.claim.left.value is not None else None
    turned = any(side.fitted is not None and "denominator" in side.fitted.side.way for side in judged_.sides)
    return turned or (what is not None and bool(what.of_axes) and bool(what.by_axes))


def _layout_class(judged_: Judged) -> tuple[bool, int]:
    """What a layout is kept for: Jacobians by themselves, gradients by vectors, and those by matrices."""
    left = judged_.claim.left.value
    return _is_jacobian(judged_), len(left.axes) if left is not None else 0


def _is_chain(judged_: Judged) -> bool:
    """Whether a claim says nothing but of which factors a derivative is the product."""
    if judged_.comparing is None:
        return False
    uses = judged_.comparing.reading.facts.use
    sides = [side for side in judged_.claim.statement.chain.sides[1:] if derivative_in(side, uses) is None]
    return bool(sides) and all(chain_in(side, uses) for side in sides)


def _is_by_transposed(judged_: Judged) -> bool:
    r"""Whether a number is derived by something transposed, `\partial L / \partial A^\top`: that says the layout."""
    left, what = judged_.claim.statement.chain.sides[0], judged_.claim.left.value
    if not isinstance(left, Derivative) or what is None or what.derivative is None or what.derivative.of_axes:
        return False
    return any(isinstance(by, Name) and any(map(is_transpose, by.superscripts)) for by in left.denominators)


def _is_held(judged_: Judged) -> bool:
    return any(side.fitted is not None and "direct" in side.fitted.left_way for side in judged_.sides)


def _left_key(judged_: Judged) -> str:
    left = judged_.claim.left.value
    return str(left.expression) if left is not None else ""


OUT_OF_ORDER = (
    "the order of its factors: the chain is right, but as it stands a vector is on the wrong side of a Jacobian"
)
_EQUALITIES = frozenset({"=", "≈", "≡"})
_ORDER = ("wrong", "misfit", "unread", "undetermined", "right_up_to", "right")


def _of_claim(claim: ClaimRead, sides: Sequence[Compared]) -> Judged | None:
    """The verdict of a claim from those of its sides; None where it only asks for what makes it so."""
    chain = claim.statement.chain
    names = isinstance(chain.sides[0], Name)  # what `:=` says of a name is what it means, of a derivative a claim
    asserted = [k for k, relation in enumerate(chain.relations)
                if relation in _EQUALITIES or (relation == ":=" and not names)]  # fmt: skip
    meant = claim.statement.equation.text_before or claim.statement.lead or len(asserted) > 1
    derived = claim.left.value.derivative if claim.left.value is not None else None
    meant = meant and (derived is None or not derived.of.axes)  # an optimum is one of a number
    kept = [k for k in asserted if not (_is_zero(chain.sides[k + 1]) and sides[k].verdict != "right" and meant)]
    if not kept:
        return None
    sides = _consistent(sides, kept)
    verdicts = [_of_side(sides[k]) for k in kept]
    verdicts = [
        ("undetermined", ABOUT) if found[0] == "wrong" and "≈" in chain.relations[: k + 1] else found
        for k, found in zip(kept, verdicts, strict=True)
    ]
    worst = min(range(len(kept)), key=lambda k: _ORDER.index(verdicts[k][0]))
    verdict, reason = verdicts[worst]
    if claim.statement.numbers and verdict not in RIGHT:
        return None  # it is about the numbers of an example
    return Judged(claim, "wrong" if verdict == "misfit" else verdict, reason, tuple(sides))


def _consistent(sides: Sequence[Compared], kept: Sequence[int]) -> list[Compared]:
    """The sides, where one that is right up to another factor than the one before it is wrong."""
    found = list(sides)
    right = [k for k in kept if sides[k].verdict == "right"]
    for k in right[1:]:
        if {*sides[k].notes} - {AS_COLUMN} != {*sides[right[0]].notes} - {AS_COLUMN}:
            found[k] = replace(sides[k], verdict="wrong", reason="it is not equal to the side before", notes=())
    return found


def _is_zero(side: Syntax) -> bool:
    """Whether a side is the number or the vector 0."""
    if isinstance(side, Group) and side.contents and side.bracket in ("(", "[", "{"):
        return all(map(_is_zero, side.contents))  # `(0, 0)`
    return (isinstance(side, Number) and side.text == "0") or (isinstance(side, Name) and side.base == "0")


def _of_side(side: Compared) -> tuple[str, str]:
    if side.verdict == "right" and side.fitted is not None:
        if side.notes:
            return "right_up_to", side.reason
        if side.fitted.side.loosely:
            return "wrong", side.fitted.side.loosely
        if side.fitted.layout or "denominator" in side.fitted.side.way:
            return "right_up_to", "the layout: rows and columns are exchanged"
        if "chain order" in side.fitted.side.way:
            return "right_up_to", OUT_OF_ORDER
    return side.verdict, side.reason


__all__ = ["verdicts_on"]
