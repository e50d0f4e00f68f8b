"""Names that only their index letters tell apart, a_j of the hidden units and a_k of the outputs; letters as labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Group,
    Name,
    Product,
    Scripted,
    Syntax,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.scripts import base_of, letters_in, scripts_of
from chalkgrad.reading.vocabulary import Vocabulary, bound_letters, quantities


def name_on_the_left(chain: Syntax) -> Name | None:
    side = chain.sides[0] if isinstance(chain, Chain) else None
    if isinstance(side, Product) and isinstance(side.factors[0], Name) and len(side.factors) == 2:
        side = side.factors[0] if isinstance(side.factors[1], Group) else None
    return side if isinstance(side, Name) else None


DEFINES = ("=", ":=", "≡", "≜")


def told_apart(found: Vocabulary, chains: Sequence[Syntax]) -> None:
    r"""Names that only their index letters tell apart: `a_j = …` of the hidden units and `a_k = …` of the outputs."""
    letters: dict[str, list[str]] = defaultdict(list)
    beside: dict[str, set[str]] = defaultdict(set)
    said: dict[str, set[str]] = defaultdict(set)
    for chain in chains:
        left = name_on_the_left(chain)
        if left is None or not isinstance(chain, Chain) or chain.relations[0] not in DEFINES:
            continue
        use = found.use(left)
        if use.symbol.labels or use.samples or not use.indices or any(item.kind != "letter" for item in use.indices):
            continue
        mine = "".join(item.text for item in use.indices)
        said[base_of(left)].add(_whatever_letters(chain, found))
        if mine not in letters[base_of(left)]:
            letters[base_of(left)].append(mine)
        for name in quantities(chain.sides[1]):
            inner = found.use(name)
            if len(inner.indices) == 2 and not inner.symbol.labels and all(i.kind == "letter" for i in inner.indices):
                beside[base_of(name)].add("".join(item.text for item in inner.indices))
    apart = {base: set(found_) for base, found_ in letters.items()
             if len(found_) > 1 and len({*map(len, found_)}) == 1 and len(said[base]) > 1}  # fmt: skip
    if not apart:
        return
    found.lettered.update(apart)
    known = {letter for each in apart.values() for letters_ in each for letter in letters_}
    for base, pairs in beside.items():
        if len(pairs) > 1 and base not in letters and all(set(pair) & known for pair in pairs):
            found.lettered[base] = pairs
    told_apart(found, chains)  # what is made of these may be told apart now: `\delta_j = \partial L/\partial a_j`


def _whatever_letters(chain: Chain, found: Vocabulary) -> str:
    """What an equation says, whatever letters it takes for its indices."""
    order: dict[str, str] = {}

    def told_apart(part: Syntax) -> Syntax:
        if isinstance(part, Name) and base_of(part) in found.lettered:
            return replace(part, accents=(*part.accents, str(found.use(part).symbol)))
        return part

    def renamed(part: Syntax) -> Syntax:
        if isinstance(part, Name) and part.base in found.index_letters and part == Name(part.base):
            return Name(order.setdefault(part.base, f"index {len(order)}"))
        if (
            isinstance(part, Name)
            and part.base.isalpha()
            and set(part.base) <= found.index_letters
            and part == Name(part.base)
        ):
            return Product(("",) * len(part.base), tuple(renamed(Name(letter)) for letter in part.base))
        if isinstance(part, Name) and any(isinstance(each, Product) for each in part.subscripts):
            return replace(part, subscripts=tuple(
                each for one in part.subscripts for each in (one.factors if isinstance(one, Product) else (one,))
            ))  # fmt: skip
        return part

    side = chain.sides[-1] if isinstance(chain.sides[1], Derivative) else chain.sides[1]
    both = replace(chain, sides=(chain.sides[0], side), relations=chain.relations[:1])
    return spelled(mapped(mapped(both, told_apart, scripts=False), renamed))


def marks_above(quantities_: Sequence[Name]) -> set[str]:
    r"""The letters above names that say to which layer these go: the h of `W^h_1`, where h_1 and h_2 are its units.

    No such letter stands by itself, or has anything but a digit below it: there is no h to take a power of.
    """
    worn, below, alone = set[str](), defaultdict[str, set[str]](set), set[str]()
    for name in quantities_:
        base, scripts = base_of(name), scripts_of(name)
        if len(scripts.below) == 1 and scripts.below[0].kind == "number" and not name.superscripts:
            below[base].add(scripts.below[0].text)
        else:
            alone.add(base)
        for item in scripts.above:
            if item.kind == "letter" and not item.bracket:
                (worn if scripts.below and not item.offset else alone).add(item.text)
    return {letter for letter in worn - alone if len(below[letter]) > 1}


def is_list(chain: Chain) -> bool:
    if not isinstance(chain.sides[0], Name) or len(chain.sides) < 2:
        return False
    side = chain.sides[1]
    if isinstance(side, Scripted):
        side = side.base
    return isinstance(side, Group) and side.bracket in "[(" and len(side.contents) > 1


def spelled(part: Syntax) -> str:
    return repr(part)


def labelled_bases(chains: Sequence[Syntax], found: Vocabulary) -> set[str]:
    r"""The names whose letters below stand free on the right of a definition, and once: the ij of `\hat\theta_{ij}
    x`.
    """
    labelled: set[str] = set()
    letters: dict[str, set[str]] = defaultdict(set)
    wearers: dict[str, set[str]] = defaultdict(set)
    for chain in chains:
        for name in quantities(chain):
            use = found.use(name)
            letters[base_of(name)].update(letter for item in use.indices for letter in letters_in(item))
            for letter in (letter for item in (*use.indices, *use.samples) for letter in letters_in(item)):
                wearers[letter].add(base_of(name))
    for chain in chains:
        left = name_on_the_left(chain)
        if left is None or not isinstance(chain, Chain) or chain.relations[0] != "=":
            continue
        bound = {
            item.text for part in walk_syntax(chain) if isinstance(part, BigOperator) for item in bound_letters(part)
        }
        known = {letter for item in found.use(left).indices + found.use(left).samples for letter in letters_in(item)}
        counted: Counter[str] = Counter()
        wearing: dict[str, set[str]] = defaultdict(set)
        for name in quantities(chain.sides[1]):
            use = found.use(name)
            for item in (*use.indices, *use.samples):
                for letter in () if item.text in found.class_letters else letters_in(item):
                    counted[letter] += 1
                    wearing[letter].add(base_of(name))
        for letter, count in counted.items():
            only = len(wearers[letter]) == 1 and all(letters[base] == {letter} for base in wearers[letter])
            if letter not in bound and letter not in known and (count == 1 or only) and letter not in found.bound:
                labelled |= wearing[letter]
    labelled = {base for base in labelled if not letters[base] & found.bound and len(letters[base]) <= 2}
    lefts = [left for left in map(name_on_the_left, chains) if left is not None]
    below = [[letter for item in found.use(left).indices for letter in letters_in(item)] for left in lefts]
    worn = {letter for each in below if len(each) > 1 for letter in each}  # by what is defined for each sample
    return labelled | {base for chain in chains for base, letters_ in _of_each(chain) if not letters_ & worn}


def _of_each(chain: Syntax) -> Iterator[tuple[str, set[str]]]:
    r"""The C of `C = \frac1n \sum_x C_x`: with the letter below, it is another quantity, of one sample."""
    left = name_on_the_left(chain)
    if left is None or left.subscripts or not isinstance(chain, Chain):
        return
    for part in (part for side in chain.sides[1:] for part in walk_syntax(side)):
        if isinstance(part, BigOperator) and part.kind == "sum":
            bound = {item.text for item in bound_letters(part)}
            for name in quantities(part.body):
                if base_of(name) == base_of(left) and {item.text for item in scripts_of(name).below} & bound:
                    yield base_of(left), bound
