"""The verdicts on the claims of a reading under the loss that words, definitions or the claims themselves bear out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from chalkgrad.checking.claim_verdicts import verdicts_on
from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.judged import RIGHT, Judged, all_right, count_right, is_refused, merit
from chalkgrad.checking.premises import under_premises
from chalkgrad.language import Element
from chalkgrad.page.documents import Document
from chalkgrad.page.effort import SpentError
from chalkgrad.reading.losses_of_residuals import losses_of_residuals
from chalkgrad.reading.named_losses import HALF, NamedLoss, has_likelihood, named_loss, under_another_name
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.spoken_values import with_spoken_values


def under_losses(reading: Reading, document: Document) -> tuple[list[Judged], Reading]:
    """The verdicts under the best loss; and with values of which only words speak, where these bear that out."""
    best = _with_spoken_values(_under_its_losses(reading), reading, document)
    if any(each.verdict == "undetermined" for each in best[0]):
        return under_premises(*best) or best
    return best


def _with_spoken_values(
    best: tuple[list[Judged], Reading], reading: Reading, document: Document
) -> tuple[list[Judged], Reading]:
    if all(each.verdict != "undetermined" for each in best[0]) or any(map(is_refused, best[0])):
        return best
    spoken = with_spoken_values(reading, document.prose)
    borne_out = []
    for each in spoken:
        tried = _under_its_losses(each)
        if _bear_out(tried[0], each.definitions.keys() - reading.definitions.keys()):
            borne_out.append(tried)
        elif len(spoken) == 1 and all_right(tried[0]) and merit(tried[0]) > merit(best[0]):
            return tried
    if len(borne_out) == 1 and count_right(borne_out[0][0]) > count_right(best[0]):
        return borne_out[0]  # so it is that function, whatever else is wrong
    return best


def _bear_out(found: Sequence[Judged], values: Collection[str]) -> bool:
    """Whether what is claimed of the derivatives of some values is right, of each."""
    claimed: dict[str, list[bool]] = {name: [] for name in values}
    for each in found:
        left = each.claim.left.value.expression if each.claim.left.value is not None else None
        if isinstance(left, Element) and left.tensor.of in claimed:
            claimed[left.tensor.of].append(each.verdict in RIGHT)
    return all(each and all(each) for each in claimed.values())


def _under_its_losses(reading: Reading) -> tuple[list[Judged], Reading]:
    if not reading.loss:
        return verdicts_on(Comparing(reading)), reading
    words = reading.facts.words
    if not words.losses and words.likelihood and has_likelihood(reading):
        words = replace(words, losses=("bce", "cross_entropy"))
    if reading.loss in reading.definitions:
        each = named_loss(reading, words.losses[0]) if len(words.losses) == 1 else None
        if each is not None:
            definitions = {**reading.definitions, each.definition.tensor.name: each.definition}
            reading = replace(reading, definitions=definitions)
        return verdicts_on(Comparing(reading)), reading
    plain = verdicts_on(Comparing(reading))
    other = under_another_name(reading)
    if other is not None:
        with_other = replace(reading, definitions={**reading.definitions, reading.loss: other})
        found = verdicts_on(Comparing(with_other))
        if all_right(found) and merit(found) > merit(plain):
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
    if words.losses and not later and not any(all_right(found) and _is_defined(found) for found, _ in tried):
        told = _under_residuals(reading, plain, several and words.alternatives)
        if told is not None:
            return told
    if words.losses and not several and not later:
        best, read = max(tried or [(plain, reading)], key=lambda pair: merit(pair[0]))
        return _for_any_loss(best, plain), read
    if several and words.alternatives:
        return plain, reading
    better = [pair for pair in tried if all_right(pair[0]) and _is_defined(pair[0]) and merit(pair[0]) > merit(plain)]
    return max(better, key=lambda pair: merit(pair[0])) if better else (plain, reading)


def _under_residuals(
    reading: Reading, plain: Sequence[Judged], alternatives: bool
) -> tuple[list[Judged], Reading] | None:
    """The verdicts if the loss that is named is of what its gradients hold against a target, where all is right so."""
    if alternatives or all(each.verdict != "undetermined" for each in plain):
        return None
    for name in _candidates(reading.facts.words.losses):
        for loss, output in losses_of_residuals(reading, name):
            definitions = {**reading.definitions, output.tensor.name: output}
            with suppress(SpentError):
                found, read = _with_loss(replace(reading, definitions=definitions), loss, name)
                if all_right(found) and merit(found) > merit(plain):
                    return found, read
    return None


def _with_loss(reading: Reading, loss: NamedLoss, name: str) -> tuple[list[Judged], Reading]:
    """The verdicts if the loss that nothing defines is that of a name."""
    words = reading.facts.words
    with_loss = replace(reading, definitions={**reading.definitions, reading.loss: loss.definition},
                        named=frozenset({reading.loss} if words.losses or words.maximises else ()), named_as=name,
                        said={**reading.said, f"the loss is the {name}": 0.0})  # fmt: skip
    return verdicts_on(Comparing(with_loss)), with_loss


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


def _is_defined(found: Sequence[Judged]) -> bool:
    return not any(side.undefined for each in found for side in each.sides)


__all__ = ["under_losses"]
