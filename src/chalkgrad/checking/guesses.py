"""What was taken for granted in a reading, as sentences: of the whole part, and of what one claim rests on."""

from __future__ import annotations

from collections.abc import Iterator

from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.words import PLAIN, Spelling, lowered, plainly
from chalkgrad.language import FUNCTIONS, Tensor
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.named_losses import title_of
from chalkgrad.reading.readings import ClaimRead, Reading
from chalkgrad.reading.vocabulary import quantities

NO_LOSS = "the document names no loss"
_MOST_LISTED = 4


def guesses_of(reading: Reading, spelling: Spelling = PLAIN) -> Iterator[str]:
    """What was guessed in a reading as a whole."""
    if reading.named_as and not reading.named:
        title = title_of(reading.named_as)
        yield f"{NO_LOSS}, so it is taken to be the {title}, for which the claims are true"
    free = [plainly(name) for name in reading.unknown if name not in reading.assumed]
    if free:
        yield f"the document does not define {' and '.join(free)}, so that it may be any smooth function"
    if reading.assumed:
        taken = " and ".join(
            f"{plainly(name)} = {FUNCTIONS[row].unicode or row}" for name, row in reading.assumed.items()
        )
        yield f"{taken} is taken, which the document does not say, but for which the claims are true"
    for value, function, above in reading.facts.beneath:
        yield f"{spelling.named(value)} is the value under the {plainly(function)} of {spelling.named(above)}"
    yield from (sentence for sentence, cost in reading.said.items() if cost)


def rests_on(reading: Reading, claim: ClaimRead) -> Iterator[str]:
    """What a claim that is right rests on."""
    left = claim.left.value
    of_loss = left is not None and any(tensor.of == reading.loss for tensor in left.expression.tensors)
    if reading.named_as and not reading.named and of_loss:
        yield f"only for the {title_of(reading.named_as)}: {NO_LOSS}"
    if reading.assumed:
        taken = " and ".join(
            f"{plainly(name)} = {FUNCTIONS[row].unicode or row}" for name, row in reading.assumed.items()
        )
        yield f"only for {taken}: the document does not define it"


def loosely_named(comparing: Comparing, statement: Statement, spelling: Spelling) -> Iterator[str]:
    """The names of an equation that stand for others: a V for all of the v_j."""
    reading = comparing.reading
    aliases = reading.setting.aliases if reading.setting is not None else {}
    for symbol in dict.fromkeys(reading.facts.use(name).symbol for name in quantities(statement.chain)):
        if symbol in aliases and str(aliases[symbol]) in _tensors(comparing):
            yield _all_of(spelling, str(symbol), _tensors(comparing)[str(aliases[symbol])])


def _tensors(comparing: Comparing) -> dict[str, Tensor]:
    found = {name: each.tensor for name, each in comparing.definitions.items()}
    for each in comparing.definitions.values():
        found |= {tensor.name: tensor for tensor in each.body.tensors if not tensor.of}
    return found


def _all_of(spelling: Spelling, capital: str, tensor: Tensor) -> str:
    name, all_of = spelling.of(tensor), plainly(capital)
    sizes = tensor.shape
    if len(sizes) == 1 and isinstance(sizes[0], int):
        places = [name + lowered(str(place)) for place in range(1, sizes[0] + 1)]
        shown = ", ".join(places if len(places) <= _MOST_LISTED else [*places[:2], "…", places[-1]])
        return f"{all_of} is the vector of {shown}"
    if len(sizes) == 2 and all(isinstance(size, int) for size in sizes):
        last = lowered("".join(map(str, sizes)))
        return f"{all_of} is the matrix of {name}{lowered('11')}, …, {name}{last}"
    return f"{all_of} is all of {name}"
