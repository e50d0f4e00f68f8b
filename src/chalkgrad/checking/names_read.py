"""For every name of a document what it was taken for, and why: what `chalkgrad check --reading` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from chalkgrad.checking.places import Mark, mark
from chalkgrad.checking.words import Spelling, lowered
from chalkgrad.language import FUNCTIONS
from chalkgrad.reading.layout import KINDS
from chalkgrad.reading.named_losses import title_of
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.sense import Sort
from chalkgrad.reading.sizes import Resizing
from chalkgrad.reading.sorts import Seen, seen_in, sort_class, templated_bases
from chalkgrad.reading.vocabulary import Symbol, quantities


@dataclass(frozen=True)
class NameRead:
    """A name of a section: what kind of thing it was taken for, what it is there, and what speaks for that.

    `places` are where it stands in the document.
    """

    section: str
    name: str
    kind: str
    role: str
    because: tuple[str, ...] = ()
    places: tuple[Mark, ...] = field(default=(), compare=False, repr=False)

    def to_json(self) -> dict[str, object]:
        """The same as plain data, without the places."""
        told = asdict(self)
        del told["places"]
        return {**told, "because": list(self.because)}


def names_read(reading: Reading, spelling: Spelling, resizing: Resizing) -> Iterator[NameRead]:
    """The names that stand in the equations of a part, in the order of their first use."""
    facts = reading.facts
    templated = templated_bases(facts)
    seen = seen_in(facts, templated)
    section = next((each.equation.section for each in facts.statements if not each.borrowed), "")
    sizes = _Sizes(spelling)
    aliases = reading.setting.aliases if reading.setting is not None else {}
    for symbol, places in _symbols(reading).items():
        name, sort = str(symbol), reading.sorts.get(symbol)
        if name in FUNCTIONS or symbol.base in facts.vocabulary.functions:
            yield NameRead(section, spelling.named(name), "function", _function(reading, name), places=places)
        elif symbol in aliases:
            meant = f"all of {spelling.named(str(aliases[symbol]))}"
            yield NameRead(section, spelling.named(name), meant, "another name for it", places=places)
        elif sort is not None and reading.setting is not None:
            shape = resizing.tensor(reading.setting.tensor(symbol, sort)).shape
            why = tuple(_because(sort, seen.get(sort_class(symbol, templated), Seen())))
            yield NameRead(section, spelling.named(name), sizes.kind(sort, shape), _role(reading, symbol), why, places)


def _symbols(reading: Reading) -> dict[Symbol, tuple[Mark, ...]]:
    """The symbols of a part, and where each stands; of declarations only what they declare, not the spaces."""
    facts = reading.facts
    declared = {each.place for each in facts.declared}
    found: dict[Symbol, dict[Mark, None]] = {}
    for each in facts.statements:
        if each.borrowed:
            continue
        for name in quantities(each.chain.sides[0] if each.place in declared else each.chain):
            places = found.setdefault(facts.use(name).symbol, {})
            if name.span[0] < name.span[1]:
                places[mark(each.equation, name.span)] = None
    return {symbol: tuple(places) for symbol, places in found.items()}


@dataclass
class _Sizes:
    """Sizes in words; those that the document does not name are told apart by numbers."""

    spelling: Spelling
    unnamed: dict[int | str, str] = field(default_factory=dict)

    def kind(self, sort: Sort, shape: Sequence[int | str]) -> str:
        """`matrix of 3 × 2`, `column of d`, `number, for each of n`."""
        sizes = list(map(self._told, shape))
        each, own = sizes[: sort.family], sizes[sort.family :]
        words = KINDS[sort.kind].removeprefix("a ") + (f" of {' × '.join(own)}" if own else "")
        return words + (f", for each of {' × '.join(each)}" if each else "")

    def _told(self, size: int | str) -> str:
        if isinstance(size, int) or size in self.spelling.sizes or size.isalpha():
            return self.spelling.size(size)
        return self.unnamed.setdefault(size, f"d{lowered(str(len(self.unnamed) + 1))}")


def _role(reading: Reading, symbol: Symbol) -> str:
    """Where it comes from: a definition, with its line; a loss; something that is derived by; given."""
    facts, name = reading.facts, str(symbol)
    found = []
    if symbol == facts.loss:
        found.append("the loss")
    if name in reading.broken:
        line = reading.sources[name].equation.line if name in reading.sources else 0
        found.append(f"its definition in line {line} could not be read" if line else "could not be read")
    elif name in reading.definitions:
        line = reading.sources[name].equation.line if name in reading.sources else 0
        found.append(f"defined in line {line}" if line else "defined by the document")
    elif symbol in facts.derived_by:
        found.append("free; derivatives are taken by it")
    elif not found:
        found.append("given")
    elif not reading.named_as:
        found.append("nothing defines it: any function of what it is derived by")
    if symbol == facts.loss and reading.named_as:
        found.append(f"taken to be the {title_of(reading.named_as)}")
    return ", ".join(found)


def _function(reading: Reading, name: str) -> str:
    if name in reading.assumed:
        return f"taken to be {reading.assumed[name]}, for which the claims are true"
    if name in reading.unknown:
        return "nothing defines it: any smooth function"
    return "defined by the document" if name in reading.facts.heads else "a known function"


def _because(sort: Sort, seen: Seen) -> Iterator[str]:
    """What in the document speaks for a kind."""
    shown = list(_shown(seen))
    yield from shown
    if not shown:
        capital = seen.base[:1].isupper()
        letter = "a capital" if capital else "a small letter"
        yield letter if sort.kind == ("M" if capital else "S") else f"the equations fit, although it is {letter}"


def _shown(seen: Seen) -> Iterator[str]:
    if seen.declared:
        yield "it is declared so"
        return
    for word in sorted(seen.said | seen.said_elsewhere):
        yield f"the words call it {KINDS.get(word, 'a vector')}"
    indices = max(seen.indices, default=0)
    marks = {
        "it has an index for the sample": max(seen.samples, default=0) > 0,
        "it has an index" if indices == 1 else f"it has {indices} indices": indices > 0,
        "it is in bold": seen.bold,
        "it has an arrow": seen.arrow,
        "it is transposed": seen.transposed > 0,
        "it stands in a norm": seen.norm,
    }
    yield from (words for words, there in marks.items() if there)


__all__ = ["NameRead", "names_read"]
