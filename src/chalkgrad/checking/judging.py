"""The verdict on each claim of a document under its best readings: right as written, up to a convention, or wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from chalkgrad.checking.chains import chain_in, derivative_in
from chalkgrad.checking.comparisons import SUMMED, Compared, Comparing
from chalkgrad.checking.flattened import AS_COLUMN
from chalkgrad.checking.identities import ABOUT
from chalkgrad.checking.judged import Judged
from chalkgrad.checking.keeping import without_broken_conventions
from chalkgrad.checking.laying import Fitted, lists_derivatives
from chalkgrad.checking.open_sorts import without_open_misfits
from chalkgrad.checking.second_looks import looked_at_again
from chalkgrad.checking.unfinished import not_reached, unfinished
from chalkgrad.language import FUNCTIONS, Element, Role
from chalkgrad.page.documents import Document
from chalkgrad.page.effort import DOCUMENT_SPENT, MOST_FOR_PART, PART_SPENT, SpentError, at_most
from chalkgrad.page.syntax import BigOperator, Group, Name, Number, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Facts, gives_table, speaks_of_derivatives
from chalkgrad.reading.named_losses import HALF, NamedLoss, has_likelihood, named_loss, under_another_name
from chalkgrad.reading.parts import read_parts, with_new_meanings, with_tables, with_usual_layers
from chalkgrad.reading.readings import ClaimRead, Reading, readings_of
from chalkgrad.reading.sense import SPREAD
from chalkgrad.reading.spoken_values import with_spoken_values


def judged(document: Document) -> tuple[list[Judged], list[Reading]]:
    """The verdicts on the claims of a document, and the readings under which they were found, one for each part."""
    parts = [judged_part(facts, document) for facts in read_parts(document)]
    return [each for found, _ in parts for each in found], [reading for _, reading in parts]


def reading_of(facts: Facts, document: Document) -> Reading:
    """The reading of a part under which its claims come out best, where they tell something: what its loss is."""
    reading = readings_of(facts)[0]
    told = not reading.loss or reading.loss in reading.definitions or reading.facts.words.losses
    return reading if told or not reading.claims else judged_part(facts, document)[1]


def judged_part(facts: Facts, document: Document) -> tuple[list[Judged], Reading]:
    """The verdicts on the claims of a part, as far as no more work is done for it than a part may take."""
    with at_most(MOST_FOR_PART) as effort:
        best = _under_meanings(facts, document)
    if effort.spent and best is None:
        return not_reached(facts, PART_SPENT if effort.given == MOST_FOR_PART else DOCUMENT_SPENT)
    assert best is not None
    if effort.spent:  # what is wrong might be right in another reading
        best = [unfinished(each, PART_SPENT) if each.verdict == "wrong" else each for each in best[0]], best[1]
    return best


def _under_meanings(facts: Facts, document: Document) -> tuple[list[Judged], Reading] | None:
    """The verdicts where an equation that does not say the same again gives its name a new meaning; None where not one
    reading is found with the work that is left.
    """
    try:
        best = _under_functions(facts, document)
    except SpentError:
        return None
    with suppress(SpentError):
        best = _with_new_meanings(facts, document, best)
    return best


def _with_new_meanings(
    facts: Facts, document: Document, best: tuple[list[Judged], Reading]
) -> tuple[list[Judged], Reading]:
    new: frozenset[int] = frozenset()
    for _ in range(_MOST_MEANINGS):
        apart = {
            each.claim.statement.place for each in best[0]
            if each.claim.statement.place in facts.doubtful - new and each.verdict not in ("right", "right_up_to")
        }  # fmt: skip
        if not apart:
            break
        new |= apart
        facts = with_new_meanings(facts, new)
        tried = _under_functions(facts, document)
        if _merit(tried[0]) < _merit(best[0]):
            break
        best = tried
    best = _under_layers(best, facts, document)
    return looked_at_again(_with_examples(best[0], facts, document)), best[1]


def _under_layers(
    best: tuple[list[Judged], Reading], facts: Facts, document: Document
) -> tuple[list[Judged], Reading]:  # fmt: skip
    """The verdicts with the layers that a text takes as known, where all is right with these."""
    if any(map(_is_refused, best[0])) or all(each.verdict != "undetermined" for each in best[0]):
        return best
    usual = with_usual_layers(facts)
    tried = _under_functions(usual, document) if usual is not None else best
    if not _all_right(tried[0]) or _merit(tried[0]) <= _merit(best[0]):
        return best
    tried[1].said[_USUAL_LAYERS] = _TAKEN
    return tried


_USUAL_LAYERS = "each layer is W a + b under its activation, which the document does not say"
_TAKEN = 0.3


def _with_examples(found: list[Judged], facts: Facts, document: Document) -> list[Judged]:
    """The verdicts, where what is wrong in general holds for the matrix that the part gives in numbers, or what is
    wrong for the numbers of another example holds in general.
    """
    result = list(found)
    if not any(gives_table(statement) for statement in facts.passage):
        return result
    for tables in (_GIVEN, _DROPPED):
        if any(each.verdict == "wrong" for each in result):
            tried = _under_functions(with_tables(facts, tables), document)[0]
            right = {each.claim.statement.place: each for each in tried if each.verdict in ("right", "right_up_to")}
            result = [
                right.get(each.claim.statement.place, each) if each.verdict == "wrong" else each for each in result
            ]
    return result


_GIVEN: Literal["given"] = "given"
_DROPPED: Literal["dropped"] = "dropped"


_MOST_MEANINGS = 3  # how often a part is read again

_MOST_READINGS = 4
_CLOSE = 0.6  # how much more another reading may cost

_USUAL = ("sigmoid", "tanh", "relu", "softplus", "identity")
_SPOKEN = {
    "sigmoid": r"\b(?:sigmoid|logistic function)\b", "tanh": r"\b(?:tanh|hyperbolic tangent)\b",
    "relu": r"\b(?:re-?lu|rectifie[rd])\b", "softplus": r"\bsoftplus\b", "identity": r"\b(?:identity|linear)\b",
}  # fmt: skip


def _under_functions(facts: Facts, document: Document) -> tuple[list[Judged], Reading]:
    """The verdicts for any smooth function where the document defines none, or for a usual one that makes all right."""
    reading = readings_of(facts)[0]
    best = _under_losses(reading, document)
    with suppress(SpentError):
        best = _under_others(facts, document, reading, best)
    return best


def _under_others(
    facts: Facts, document: Document, reading: Reading, best: tuple[list[Judged], Reading]
) -> tuple[list[Judged], Reading]:
    """The verdicts under another reading that bears out more, if there is one."""
    if any(each.own for group in facts.defined.values() for each in group) and best[1].loss not in best[1].definitions:
        other = readings_of(facts, own=False)[0]
        tried = _under_losses(other, document)
        if _merit(tried[0]) >= _merit(best[0]):
            reading, best = other, tried
    if any(map(_is_refused, best[0])):  # perhaps another reading that comes close bears out more
        close = [each for each in readings_of(facts, _MOST_READINGS)[1:] if each.cost <= reading.cost + _CLOSE]
        compared = []
        for other in (*close, *readings_of(facts, leaning="C")):
            if other.sorts == reading.sorts or _flattens(other, reading):
                continue
            tried = _under_losses(other, document)
            compared.append(tried)
            if _is_better(tried[0], best[0]):
                reading, best = other, tried
        best = without_open_misfits(best[0], best[1], compared), best[1]
    if not reading.unknown or not any(map(_is_refused, best[0])):
        return best
    said = [row for row in _USUAL if re.search(_SPOKEN[row], document.prose, re.IGNORECASE)]
    for functions in (dict.fromkeys(reading.unknown, row) for row in said):
        other = readings_of(facts, functions=functions)[0]
        tried = _under_losses(other, document)
        if _is_better(tried[0], best[0]):
            tried[1].assumed = functions
            best = tried
    if any(each.verdict == "wrong" for each in best[0]) and not best[1].assumed and len(reading.unknown) == 1:
        best = _for_some_only(facts, document, best), best[1]
    return best


def _is_refused(judged_: Judged) -> bool:
    """Whether a claim is wrong, or would be if what it speaks of were tied to what is derived."""
    return judged_.verdict == "wrong" or any(side.unconnected for side in judged_.sides)


def _is_better(tried: Sequence[Judged], best: Sequence[Judged]) -> bool:
    """Whether more is right, and less is wrong."""
    wrong = [sum(map(_is_refused, one)) for one in (tried, best)]
    right = [sum(each.verdict in ("right", "right_up_to") for each in one) for one in (tried, best)]
    return wrong[0] < wrong[1] and right[0] > right[1]


def _flattens(other: Reading, reading: Reading) -> bool:
    """Whether another reading takes for a number what stands transposed, or what is added to vectors, and is none
    first.
    """
    if SPREAD in other.said and SPREAD not in reading.said:
        return True
    turned = {use.symbol for use, _ in reading.facts.symbols() if use.transposed}
    return any(other.sorts[symbol].kind == "S" != reading.sorts[symbol].kind for symbol in turned & other.sorts.keys())


def _for_some_only(facts: Facts, document: Document, best: tuple[list[Judged], Reading]) -> list[Judged]:
    """The verdicts, where what is wrong for any function but right for a usual one is undetermined."""
    found = list(best[0])
    for row in _USUAL[:-1]:
        if not any(each.verdict == "wrong" for each in found):
            break
        other = readings_of(facts, functions=dict.fromkeys(best[1].unknown, row))[0]
        tried = {each.claim.statement.place: each.verdict for each in _under_losses(other, document)[0]}
        names = " and ".join(best[1].unknown)
        reason = f"it is right if {names} is the {FUNCTIONS[row].unicode or row}, which the document does not say"
        found = [
            replace(each, verdict="undetermined", reason=reason)
            if each.verdict == "wrong" and tried.get(each.claim.statement.place) in ("right", "right_up_to") else each
            for each in found
        ]  # fmt: skip
    return found


def _under_losses(reading: Reading, document: Document) -> tuple[list[Judged], Reading]:
    """The verdicts under the best loss; and with values of which only words speak, where these bear that out."""
    best = _under_its_losses(reading)
    if all(each.verdict != "undetermined" for each in best[0]) or any(map(_is_refused, best[0])):
        return best
    spoken = with_spoken_values(reading, document.prose)
    if spoken is None:
        return best
    tried = _under_its_losses(spoken)
    if _all_right(tried[0]) or _bear_out(tried[0], spoken.definitions.keys() - reading.definitions.keys()):
        return tried if _merit(tried[0]) > _merit(best[0]) else best
    return best


def _bear_out(found: Sequence[Judged], values: Collection[str]) -> bool:
    """Whether what is claimed of the derivatives of some values is right, of each."""
    claimed: dict[str, list[bool]] = {name: [] for name in values}
    for each in found:
        left = each.claim.left.value.expression if each.claim.left.value is not None else None
        if isinstance(left, Element) and left.tensor.of in claimed:
            claimed[left.tensor.of].append(each.verdict in ("right", "right_up_to"))
    return all(each and all(each) for each in claimed.values())


def _under_its_losses(reading: Reading) -> tuple[list[Judged], Reading]:
    if not reading.loss:
        return _verdicts(Comparing(reading)), reading
    words = reading.facts.words
    if not words.losses and words.likelihood and has_likelihood(reading):
        words = replace(words, losses=("bce", "cross_entropy"))
    if reading.loss in reading.definitions:
        each = named_loss(reading, words.losses[0]) if len(words.losses) == 1 else None
        if each is not None:
            definitions = {**reading.definitions, each.definition.tensor.name: each.definition}
            reading = replace(reading, definitions=definitions)
        return _verdicts(Comparing(reading)), reading
    plain = _verdicts(Comparing(reading))
    other = under_another_name(reading)
    if other is not None:
        with_other = replace(reading, definitions={**reading.definitions, reading.loss: other})
        found = _verdicts(Comparing(with_other))
        if _all_right(found) and _merit(found) > _merit(plain):
            return found, with_other
    if words.described_loss and not words.losses:
        return plain, reading
    several = len({*words.losses} - {"cross_entropy"}) > 1  # the one that makes all right is meant
    later = _named_later(reading)
    tried = []
    for name in (*_candidates(words.losses), *(_candidates(()) if later else ())):
        loss = named_loss(reading, name)
        if loss is None:
            continue
        with suppress(SpentError):
            tried.append(_with_loss(reading, loss, name))
    if words.losses and not several and not later:
        best, read = max(tried or [(plain, reading)], key=lambda pair: _merit(pair[0]))
        return _for_any_loss(best, plain), read
    better = [pair for pair in tried if _all_right(pair[0]) and _merit(pair[0]) > _merit(plain)]
    return max(better, key=lambda pair: _merit(pair[0])) if better else (plain, reading)


def _with_loss(reading: Reading, loss: NamedLoss, name: str) -> tuple[list[Judged], Reading]:
    """The verdicts if the loss that nothing defines is that of a name."""
    words = reading.facts.words
    with_loss = replace(reading, definitions={**reading.definitions, reading.loss: loss.definition},
                        named=frozenset({reading.loss} if words.losses or words.maximises else ()), named_as=name,
                        said={**reading.said, f"the loss is the {name}": 0.0})  # fmt: skip
    return _verdicts(Comparing(with_loss)), with_loss


def _for_any_loss(found: Sequence[Judged], plain: Sequence[Judged]) -> list[Judged]:
    """The verdicts, where those on what the loss that is named is not tied to are those for any loss."""
    elsewhere = {each.claim.statement.place: each for each in plain}
    return [
        elsewhere.get(each.claim.statement.place, each) if any(side.unconnected for side in each.sides) else each
        for each in found
    ]


def _named_later(reading: Reading) -> bool:
    """Whether all losses that are named are named in another section, after all that a part claims."""
    last = max((claim.statement.equation.line for claim in reading.claims), default=0)
    named_at = reading.facts.words.named_at
    return bool(named_at) and all(named_at.get(name, 0) > last for name in reading.facts.words.losses)


def _candidates(losses: Sequence[str]) -> list[str]:
    """The losses to try: those that are named, where a cross-entropy may be of two kinds, or the usual ones."""
    if not losses:
        return ["bce", "cross_entropy", "mse", f"{HALF}mse"]
    crossed = {"bce", "cross_entropy"} & {*losses}
    return list(dict.fromkeys([*losses, *(("bce", "cross_entropy") if crossed else ())]))


def _all_right(found: Sequence[Judged]) -> bool:
    return not any(map(_is_refused, found))


def _merit(found: Sequence[Judged]) -> tuple[int, int]:
    right = sum(each.verdict in ("right", "right_up_to") for each in found)
    refused = sum(map(_is_refused, found))
    return right - refused, -refused


def _verdicts(comparing: Comparing) -> list[Judged]:
    """The verdicts on the claims of a reading, in their order, once what the document keeps to is known."""
    found: list[Judged] = []
    for number, claim in enumerate(comparing.reading.claims):
        sides = comparing.compare(number)
        judged_one = _of_claim(claim, sides)
        if judged_one is not None:
            found.append(replace(judged_one, comparing=comparing))
    return _but_for_other_sections(_where_disputed(_kept(found), comparing), comparing)


_HELD = re.compile(r"\b(?:held|hold\w*|fixed|constant\w*|direct\w*|treat\w*|regard\w*|explicit\w*)\b", re.IGNORECASE)


_UNREGULARISED = re.compile(r"\b(?:without|no|un)[\s-]*(?:\w+\s+){0,2}regulari[sz]", re.IGNORECASE)


def _words_before(judged_: Judged) -> str:
    """The words before a claim, or before the displays that lead up to it without any of their own."""
    statement = judged_.claim.statement
    facts = judged_.comparing.reading.facts if judged_.comparing is not None else None
    earlier = [each for each in facts.statements if each.place <= statement.place] if facts is not None else []
    texts = (each.equation.text_before for each in reversed([*earlier, statement]))
    return next((text for text in texts if text.strip()), "")


def _kept(found: Sequence[Judged]) -> list[Judged]:
    """The verdicts where a layout, or partials with other quantities held, count only if the document keeps to them."""
    derived = [each for each in found if not _is_chain(each) and not _is_of_values(each)]
    strict = {_layout_class(each) for each in derived if _fits(each, layout=False)}
    in_rows = any(_fits(each, layout=True) and _layout_class(each) == (False, 1) for each in derived)
    in_rows = in_rows and (False, 1) not in strict
    written_out = any(
        isinstance(part, BigOperator) for each in found for part in walk_syntax(each.claim.statement.chain)
    )
    marked = any(_has_elementwise(each.claim.statement.chain) for each in found)
    totals = {_left_key(each) for each in found if each.verdict == "right" and not _is_held(each)}
    result = []
    for each in without_broken_conventions(found):
        if each.verdict == "wrong" and _only_beside(each) and not marked:
            each = replace(each, verdict="right_up_to", reason="vectors side by side are multiplied place by place")
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
        if (
            each.verdict in ("right", "right_up_to")
            and any(SUMMED in side.notes for side in each.sides)
            and written_out
        ):
            each = replace(each, verdict="wrong", reason="a sum is missing: a letter stands on the right only")
        if each.verdict == "wrong" and _UNREGULARISED.search(_words_before(each)[-200:]):
            each = replace(each, verdict="undetermined", reason="it is told for the loss without its regularization")
        if each.verdict == "right" and any(_DOUBTED.search(note) for note in each.claim.statement.notes):
            each = replace(each, verdict="undetermined", reason="the document itself puts it in doubt")
        result.append(each)
    return result


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
            if again is not None and again.verdict in ("right", "right_up_to"):
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
            if again is not None and again.verdict in ("right", "right_up_to"):
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
    return judged_.verdict in ("right", "right_up_to") and (exchanged if layout else shows and not exchanged)


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
    if claim.statement.numbers and verdict not in ("right", "right_up_to"):
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
