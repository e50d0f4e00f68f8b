r"""What the equations of a document are: definitions of quantities and functions, claims, declarations, updates.

A quantity is bound by the first equation that defines it. One that is derived by stays free where a later equation only
says where its gradient vanishes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import (
    Chain,
    Derivative,
    Dots,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.scripts import base_of, scripts_of
from chalkgrad.reading.sense import Head, inner_of_gradient
from chalkgrad.reading.vocabulary import Symbol, Use, Vocabulary, applications, arguments_of, quantities
from chalkgrad.reading.words import Words

LEADS_ON = "→"  # the lead of an equation to which another leads by an arrow


@dataclass(frozen=True)
class Statement:
    """An equation of the document, with what stands beside it."""

    chain: Chain
    equation: WrittenEquation
    place: int
    conditions: tuple[Syntax, ...] = ()
    notes: tuple[str, ...] = ()
    lead: str = ""
    continues: bool = False
    borrowed: bool = False  # from another section, for what it defines
    numbers: bool = False  # gives numbers, or says what comes out in numbers
    under: tuple[Syntax, ...] = ()  # a condition that the text around may be under
    mended: str = ""  # which bracket is amiss in it, where it is read nevertheless


@dataclass(frozen=True)
class Defined:
    """A quantity that an equation defines: at which index letters, and by which side."""

    symbol: Symbol
    statement: Statement
    use: Use
    side: Syntax
    head: tuple[Symbol, ...] = ()
    made: bool = False  # from the definition of another layer, or from that of one sample
    own: bool = False  # a gradient under a name of its own, `dZ`: what is said of it is a claim besides
    stack: Symbol | None = None  # the quantity of one sample, of which this is that of all
    unstacked: bool = False  # the other way round: `stack` is that of all samples, this is that of one

    @property
    def numbered(self) -> bool:
        """Whether it defines one place of a vector, as `h_1 = …` does."""
        return any(item.kind == "number" for item in (*self.use.samples, *self.use.indices))


@dataclass
class Facts:
    """The equations of a document by what they are."""

    vocabulary: Vocabulary
    statements: list[Statement]
    words: Words = field(default_factory=Words)
    # a value, the function over it, and what that gives
    beneath: list[tuple[str, str, str]] = field(default_factory=list)
    doubtful: frozenset[int] = frozenset()  # the places of equations that may give a name another meaning
    tables: Literal["", "given", "dropped"] = ""  # what is done with matrices in numbers: see `gives_table`
    passage: tuple[Statement, ...] = ()  # the equations before names with a new meaning were marked
    defined: dict[Symbol, list[Defined]] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    restated: list[Defined] = field(default_factory=list)  # further definitions of what is defined already
    claims: list[Statement] = field(default_factory=list)
    declared: list[Statement] = field(default_factory=list)
    updates: list[Statement] = field(default_factory=list)
    loss: Symbol | None = None
    derived_by: set[Symbol] = field(default_factory=set)
    derived: Counter[Symbol] = field(default_factory=Counter)
    squares: set[str] = field(default_factory=set)
    kinds: dict[int, Literal["definition", "claim", "declaration", "update", "identity", "example"]] = field(
        default_factory=dict
    )

    searched: dict[object, object] = field(default_factory=dict, init=False, repr=False)  # kept from before

    def symbols(self) -> Iterator[tuple[Use, Statement]]:
        """Every use of a quantity, with where it stands."""
        for statement in self.statements:
            for name in quantities(statement.chain):
                yield self.use(name), statement

    def use(self, name: Name) -> Use:
        found = self.vocabulary.use(name)
        if found.symbol.base in self.squares and found.powers and _two(found.powers[0]):
            squared = Symbol(found.symbol.base + "²", found.symbol.labels)
            return replace(found, symbol=squared, powers=found.powers[1:])
        return found


def _two(part: Syntax) -> bool:
    return isinstance(part, Number) and part.text == "2"


def is_gradient_name(name: Name, vocabulary: Vocabulary) -> bool:
    """Whether a name is a `dW` of a quantity W."""
    inner = inner_of_gradient(name)
    return (
        inner is not None
        and not vocabulary.has_d
        and vocabulary.bases[base_of(inner)] > 0
        and vocabulary.row_of(name) is None
    )


def is_derivative(side: Syntax, facts: Facts) -> bool:
    """Whether a side is a derivative: what a claim has on its left."""
    match side:
        case Derivative():
            return True
        case Group(contents=(inner,)):
            return is_derivative(inner, facts)
        case Scripted(base=base):
            return is_derivative(base, facts)
        case Name():
            return is_gradient_name(side, facts.vocabulary)
        case Product(factors=factors):
            first = factors[0]
            if isinstance(first, Derivative):
                return first.numerator is None or all(
                    isinstance(each, Derivative) or _is_argument(each) for each in factors[1:]
                )
            if isinstance(first, Name) and first.base == r"\nabla":
                return True
            if isinstance(first, Name) and first.primes and len(factors) == 2 and _is_argument(factors[1]):
                return facts.vocabulary.row_of(first) is not None or facts.vocabulary.is_function(first)
    return False


def _is_argument(part: Syntax) -> bool:
    return isinstance(part, Group) and part.bracket in ("(", "[")


def gives_table(statement: Statement) -> bool:
    r"""Whether an equation gives a matrix or a vector in numbers, for an example: `A = \begin{pmatrix} 2 & 1 \\ …`."""
    chain = statement.chain
    if len(chain.sides) != 2 or chain.relations[0] not in ("=", ":="):
        return False
    left, side = chain.sides
    inner = side.base if isinstance(side, Scripted) else side
    return isinstance(left, Name) and isinstance(inner, Group) and inner.bracket == "[" and is_number(side)


def note_squares(found: Facts) -> None:
    r"""Keeps which squares are names of their own: the `\sigma^2` that is defined or derived by.

    Those of the whole document count in a part of it where the name never stands without its square. Where one derives
    by the name itself, its square is the power, whatever it comes to at the optimum.
    """
    by_itself: set[str] = set()
    by_square: set[str] = set()
    for statement in found.statements:
        left = statement.chain.sides[0]
        below = [
            name for part in walk_syntax(statement.chain) if isinstance(part, Derivative)
            for name in part.denominators if isinstance(name, Name)
        ]  # fmt: skip
        for name in [left, *below] if isinstance(left, Name) else below:
            use = found.vocabulary.use(name)
            if use.powers and _two(use.powers[0]) and base_of(name) in ("sigma", "s", "rho", "tau", "v", "nu"):
                found.squares.add(use.symbol.base)
        for use in map(found.vocabulary.use, below):
            (by_square if use.powers else by_itself).add(use.symbol.base)
    found.squares -= by_itself - by_square
    elsewhere = found.vocabulary.squares - found.squares
    if elsewhere:
        uses = [found.vocabulary.use(name) for each in found.statements for name in quantities(each.chain)]
        plain = {use.symbol.base for use in uses if not use.powers or not _two(use.powers[0])}
        found.squares |= elsewhere - plain
    found.vocabulary.squares |= found.squares


def what_is_derived(found: Facts) -> None:
    """Finds what is derived, and by what."""
    _derived(found)
    _derived_by_name(found)


def derived_by_in(chains: Iterable[Chain], vocabulary: Vocabulary) -> set[Symbol]:
    """The quantities that a derivative by them is written of in any of the equations."""
    return {
        vocabulary.use(below).symbol
        for chain in chains for part in walk_syntax(chain) if isinstance(part, Derivative)
        for below in part.denominators if isinstance(below, Name)
    }  # fmt: skip


def _derived(found: Facts) -> None:
    for statement in found.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Derivative):
                for below in part.denominators:
                    for name in quantities(below) if not isinstance(below, Name) else (below,):
                        found.derived_by.add(found.use(name).symbol)
                        break
                above = part.numerator
                if isinstance(above, Product) and all(map(_is_argument, above.factors[1:])):
                    above = above.factors[0]
                if isinstance(above, Name) and not (above.base == "e" and above.superscripts):
                    found.derived[found.use(above).symbol] += 1
            elif isinstance(part, Product):
                for one, other in zip(part.factors, part.factors[1:], strict=False):
                    if isinstance(one, Name) and one.base == r"\nabla" and isinstance(other, Name):
                        found.derived[found.use(other).symbol] += 1
                        for below in one.subscripts:
                            if isinstance(below, Name):
                                found.derived_by.add(found.use(below).symbol)


def _derived_by_name(found: Facts) -> None:
    """What a `dW = …` derives by."""
    for statement in found.statements:
        left = statement.chain.sides[0]
        if isinstance(left, Name) and is_gradient_name(left, found.vocabulary):
            inner = inner_of_gradient(left)
            if inner is not None:
                found.derived_by.add(found.use(inner).symbol)


def symbols_in(found: Facts, sides: Iterable[Syntax]) -> set[Symbol]:
    """The quantities of some sides."""
    return {found.use(name).symbol for side in sides for name in quantities(side)}


def goes_further(
    derived_by: Collection[Symbol], made_of: Collection[Symbol], symbol: Symbol, before: Iterable[Collection[Symbol]]
) -> bool:
    """Whether a quantity is made of something else that is derived by and that stands in nothing it was used for
    before: `u = m h` after `Q = u^2`, which no optimum is.
    """
    known = {each for symbols in before if symbol in symbols for each in symbols}
    return bool(known) and any(each in derived_by and each not in known and each != symbol for each in made_of)


def seeks_optimum(chain: Chain) -> bool:
    r"""Whether an equation is about where something is least or largest, `w^* = \arg\min_w L(w)`, or about a limit."""
    return any(
        isinstance(part, Name) and (base_of(part) in _SEEKING or (base_of(part) in ("min", "max") and part.subscripts
                                                                   and not any(map(_is_index, part.subscripts))))
        for part in walk_syntax(chain)
    )  # fmt: skip


def is_up_to_order(chain: Chain, vocabulary: Vocabulary) -> bool:
    r"""Whether an equation holds but for terms of an order: `f(x + h) = f(x) + f'(x) h + o(h)`."""
    return any(
        name.base in ("o", "O", r"\mathcal{O}") and not name.subscripts and not vocabulary.alone[base_of(name)]
        for part in walk_syntax(chain)
        if isinstance(part, Product)
        for name, _ in applications(part)
    )


_SEEKING = frozenset(("arg", "argmin", "argmax", "lim", "inf", "sup", "limsup", "liminf"))


def _is_index(part: Syntax) -> bool:
    return isinstance(part, Number) or (isinstance(part, Name) and part.base in tuple("ijkn"))


def is_own_table(vocabulary: Vocabulary, left: Syntax, side: Syntax) -> bool:
    """Whether a side lists the entries of the matrix on the left, in their small letter: a_{11}, a_{12} of A."""
    if not isinstance(left, Name) or not isinstance(side, Group) or side.bracket != "[":
        return False
    rows = [row.contents if isinstance(row, Group) and row.bracket == "[" else () for row in side.contents]
    base = base_of(left)
    small = base[:1].lower() + base[1:]
    entries = [entry for row in rows for entry in row]
    if not all(isinstance(entry, Name) and base_of(entry) in (small, base) for entry in entries):
        return False
    placed = [[item.kind for item in vocabulary.use(entry).indices] for entry in entries if isinstance(entry, Name)]
    if any(not kinds or set(kinds) != {"number"} for kinds in placed):
        return False
    return bool(rows) and all(rows)


def has_derivative(syntax: Syntax, found: Facts) -> bool:
    """Whether something in a part is a derivative."""
    return any(
        isinstance(part, Derivative)
        or (isinstance(part, Name) and (part.base == r"\nabla" or is_gradient_name(part, found.vocabulary)))
        for part in walk_syntax(syntax)
    )


def speaks_of_derivatives(chain: Chain, found: Facts) -> bool:
    """Whether an equation is about derivatives, those with primes and those under names of their own included."""
    return has_primed(chain, found) or has_derivative(chain, found) or is_derivative(chain.sides[0], found)


def has_primed(syntax: Syntax, found: Facts) -> bool:
    r"""Whether a function with a prime stands in a part: `\sigma'(z)`."""
    return any(
        isinstance(part, Name) and part.primes
        and (found.vocabulary.is_function(part) or found.vocabulary.row_of(replace(part, primes=0)) is not None)
        for part in walk_syntax(syntax)
    )  # fmt: skip


def defined_by(found: Facts, statement: Statement) -> tuple[Symbol, Use, tuple[Symbol, ...]] | None:
    """The quantity that an equation would define, and for a function its arguments."""
    vocabulary, left = found.vocabulary, statement.chain.sides[0]
    if isinstance(left, Group) and left.bracket == "{" and len(left.contents) == 1:
        left = left.contents[0]
    if isinstance(left, Name):
        if (vocabulary.row_of(left) is not None and not left.subscripts) or left.base == r"\nabla":
            return None
        use = found.use(left)
        return None if use.powers or use.transposed else (use.symbol, use, ())
    if isinstance(left, Product) and len(left.factors) == 2 and not left.operators[1]:
        name, group = left.factors
        if not isinstance(name, Name) or not isinstance(group, Group) or group.bracket not in ("(", "[") or name.primes:
            return None
        if vocabulary.row_of(name) is not None:
            return None
        arguments = arguments_of(group)
        if not all(isinstance(each, Name) for each in arguments):
            return None
        parameters = tuple(found.use(each).symbol for each in arguments if isinstance(each, Name))
        use = found.use(name)
        return None if use.powers or use.transposed else (use.symbol, use, parameters)
    return None


def is_number(side: Syntax) -> bool:
    return not any(True for _ in quantities(side)) and not any(isinstance(p, Derivative) for p in walk_syntax(side))


def sought_in(found: Facts, chain: Chain) -> set[Symbol]:
    """What an equation is about the derivative by: on its left, or anywhere where that is to vanish."""
    vanishes = any(isinstance(side, Number) and side.text == "0" for side in chain.sides)
    return derived_in(found, chain if vanishes else chain.sides[0])


def derived_in(found: Facts, chain: Syntax) -> set[Symbol]:
    r"""What an equation derives by, the arguments of `\nabla f(w)` and `f'(w)` included."""
    symbols: set[Symbol] = set()
    for part in walk_syntax(chain):
        if isinstance(part, Derivative):
            symbols |= {found.use(below).symbol for below in part.denominators if isinstance(below, Name)}
        elif isinstance(part, Product):
            for place, factor in enumerate(part.factors[:-1]):
                if not isinstance(factor, Name) or not (factor.base == r"\nabla" or factor.primes):
                    continue
                symbols |= {found.use(below).symbol for below in factor.subscripts if isinstance(below, Name)}
                group = part.factors[place + 1] if factor.primes else (*part.factors, None)[place + 2]
                inner = group.base if isinstance(group, Scripted) else group
                if isinstance(inner, Group) and inner.bracket in ("(", "["):
                    symbols |= {found.use(each).symbol for each in arguments_of(inner) if isinstance(each, Name)}
    return symbols


def stacks_in(found: Facts) -> list[Defined]:
    r"""The capitals that stand for the values of all samples: X for the `x^{(i)}`, where nothing else defines them."""
    samples: dict[Symbol, int] = {}
    indices: dict[Symbol, int] = {}
    places: dict[Symbol, set[str]] = {}  # which places of each are spoken of; a letter stands for all of them
    wholes: dict[Symbol, tuple[Use, Statement]] = {}
    for use, statement in found.symbols():
        samples[use.symbol] = max(samples.get(use.symbol, 0), len(use.samples))
        indices[use.symbol] = max(indices.get(use.symbol, 0), len(use.indices))
        for item in use.indices:
            places.setdefault(use.symbol, set()).update((item.text,) if item.kind == "number" else ("all", "places"))
        if not use.samples and not use.indices:
            wholes.setdefault(use.symbol, (use, statement))
    stacks = []
    for symbol, (use, statement) in wholes.items():
        small = Symbol(symbol.base[:1].lower() + symbol.base[1:], symbol.labels)
        placed = indices.get(small, 0) == 1 and (len(places.get(small, ())) > 1 or symbol in found.defined)
        counted = samples.get(small, 0) == 1 or (samples.get(small, 0) == 0 and placed)
        if small == symbol or samples.get(symbol, 0) or indices.get(symbol, 0) or not counted or use.name is None:
            continue
        if symbol in found.derived_by or symbol.base in found.vocabulary.functions:
            continue
        if symbol == found.loss and symbol not in found.defined:
            continue  # the E that is derived is not all of the errors e_j
        if str(symbol) in found.vocabulary.sizes and symbol not in found.defined:
            continue  # the H of `\mathbb R^H` is how many h there are
        if symbol in found.defined and not _is_dotted_list(found.defined[symbol]):
            if samples.get(small, 0) == 1 and small not in found.defined and small not in found.derived_by:
                stacks.append(Defined(small, statement, replace(use, symbol=small, powers=(), transposed=False),
                                      use.name, made=True, stack=symbol, unstacked=True))  # fmt: skip
            continue
        found.defined.pop(symbol, None)
        bare = replace(use, powers=(), transposed=False)
        side = Name(use.name.base[:-1] + use.name.base[-1].lower(), span=use.name.span)
        stacks.append(Defined(symbol, statement, bare, side, made=True, stack=small))
    return stacks


def _is_dotted_list(definitions: Sequence[Defined]) -> bool:
    return any(isinstance(part, Dots) for each in definitions for part in walk_syntax(each.side))


__all__ = ["Defined", "Facts", "Statement", "quantities", "scripts_of"]
