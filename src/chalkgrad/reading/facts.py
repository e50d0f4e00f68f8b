r"""What the equations of a document are: definitions of quantities and functions, claims, declarations, updates.

A quantity is bound by the first equation that defines it. One that is derived by stays free where a later equation only
says where its gradient vanishes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import (
    BigOperator,
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
from chalkgrad.reading.styles import is_bold
from chalkgrad.reading.vocabulary import Symbol, Use, Vocabulary, applications, arguments_of, quantities, size_key
from chalkgrad.reading.words import Words

_CONCLUDES = re.compile(
    r"\b(?:so|thus|hence|therefore|solv\w+|solution|optim\w+|minimi[sz]er|yields?|gives?|get|obtain|zero|"
    r"equal to 0|set)\b",
    re.IGNORECASE,
)


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
    return isinstance(left, Name) and isinstance(inner, Group) and inner.bracket == "[" and _is_number(side)


def facts_of(
    statements: Sequence[Statement],
    vocabulary: Vocabulary,
    words: Words | None = None,
    tables: Literal["", "given", "dropped"] = "",
) -> Facts:
    """What each equation is; `words` has what the prose says of its names."""
    found = Facts(vocabulary, list(statements), words or Words(), tables=tables)
    note_squares(found)
    what_is_derived(found)
    for statement in statements:
        found.kinds[statement.place] = _kind(found, statement)
    _loss(found)
    return found


def note_squares(found: Facts) -> None:
    r"""Keeps which squares are names of their own: the `\sigma^2` that is defined or derived by.

    Those of the whole document count in a part of it where the name never stands without its square.
    """
    for statement in found.statements:
        left = statement.chain.sides[0]
        names = [left] if isinstance(left, Name) else []
        for part in walk_syntax(statement.chain):
            if isinstance(part, Derivative):
                names += [each for each in part.denominators if isinstance(each, Name)]
        for name in names:
            use = found.vocabulary.use(name)
            if use.powers and _two(use.powers[0]) and base_of(name) in ("sigma", "s", "rho", "tau", "v", "nu"):
                found.squares.add(use.symbol.base)
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


def _kind(
    found: Facts, statement: Statement
) -> Literal["definition", "claim", "declaration", "update", "identity", "example"]:
    chain = statement.chain
    left = chain.sides[0]
    if statement.numbers and not (found.tables == "given" and gives_table(statement)):
        if isinstance(left, Derivative):
            found.claims.append(statement)  # a derivative that is a number everywhere is one there
        return "example"
    if "∈" in chain.relations or "∼" in chain.relations or "⊂" in chain.relations:
        found.declared.append(statement)
        return "declaration"
    if chain.relations[0] in ("←", "<-", "↦"):
        found.updates.append(statement)
        return "update"
    if seeks_optimum(chain) or is_up_to_order(chain, found.vocabulary):
        return "identity"
    if is_derivative(left, found):
        statement = _without_naming(found, statement)
        if len(statement.chain.sides) < 2:
            return "identity"
        statement = _naming_its_value(found, statement)
        found.claims.append(statement)
        _own_name(found, statement, left)
        return "claim"
    named = defined_by(found, statement)
    if named is None:
        if has_derivative(chain, found) and chain.relations[0] == "=":
            found.claims.append(statement)
            return "claim"
        return "identity"
    symbol, use, head = named
    if (
        isinstance(left, Name)
        and size_key(left) in found.vocabulary.sizes
        and isinstance(chain.sides[1], Name | Number)
    ):
        return "identity"  # what a size is called besides, or how much it is
    if is_own_table(found.vocabulary, left, chain.sides[1]):
        if len(chain.sides) == 2 or symbol in found.defined:
            found.claims.append(statement)
            return "claim"
        chain = replace(chain, relations=chain.relations[1:], sides=(left, *chain.sides[2:]))
        statement = replace(statement, chain=chain)
    if any(_may_be_same(found.use(name), use) for name in quantities(chain.sides[1])):
        (found.declared if _lists_places(found, chain, symbol) else found.updates).append(statement)
        return "update"
    earlier = found.defined.get(symbol, [])
    if chain.relations[0] not in ("=", ":=", "≡") and not earlier:
        return "identity"
    if earlier and not (_another_place(use, earlier)):
        if chain.relations[0] != "=" or _is_number(chain.sides[1]):
            return "identity"
        if _is_by_entries(use, earlier) and not head:
            found.defined[symbol] = [Defined(symbol, statement, use, chain.sides[1])]
            return "definition"
        found.claims.append(statement)
        found.restated += [
            Defined(symbol, statement, use, each, head)
            for each in chain.sides[1:]
            if each is chain.sides[1] or not (has_derivative(each, found) or isinstance(each, Name))
        ]
        return "claim"
    if isinstance(chain.sides[1], Dots):
        return "identity"  # `h_2 = …`: like the others, and so left free
    table = found.tables and gives_table(statement)
    if table and (found.tables == "dropped" or statement.borrowed):
        return "identity"
    if not table and not earlier and _is_conclusion(found, statement, symbol):
        return "identity"
    if symbol.base in found.vocabulary.capitals and not earlier and not symbol.labels:
        del found.vocabulary.capitals[symbol.base]
    side: Syntax = chain.sides[1]
    if has_derivative(side, found) and len(chain.sides) > 2:
        plain = next((each for each in chain.sides[1:] if not has_derivative(each, found)), side)
        side = plain
    if head or isinstance(left, Product):
        found.heads.setdefault(symbol.base, Head(symbol, head, side, statement.equation.latex))
    if not head or use.indices or not found.vocabulary.only_applied(symbol.base):
        found.defined.setdefault(symbol, []).append(Defined(symbol, statement, use, side, head))
    if len(chain.sides) > 2:
        found.claims.append(statement)
        _alias(found, statement, chain)
        for other in chain.sides[1:]:
            if other is not side and not has_derivative(other, found) and not isinstance(other, Name):
                found.restated.append(Defined(symbol, statement, use, other, head))
    return "definition"


def _without_naming(found: Facts, statement: Statement) -> Statement:
    r"""A claim without the sides that only say what its left means: `dW` of what."""
    chain = statement.chain
    left = chain.sides[0]
    kept = [k for k, side in enumerate(chain.sides)
            if k == 0 or not _is_meant_by(found, left, side, k == 1)]  # fmt: skip
    if len(kept) == len(chain.sides):
        return statement
    relations = tuple(chain.relations[k - 1] for k in kept if k)
    return replace(statement, chain=replace(chain, relations=relations, sides=tuple(chain.sides[k] for k in kept)))


def _naming_its_value(found: Facts, statement: Statement) -> Statement:
    r"""A claim without the new name at its end, `\frac{\partial L}{\partial z} = a - y = \delta`, which is that
    derivative.
    """
    chain = statement.chain
    last = chain.sides[-1]
    if len(chain.sides) < 3 or not isinstance(last, Name) or chain.relations[-1] != "=":
        return statement
    use = found.use(last)
    if use.powers or use.transposed or use.symbol in found.defined or use.symbol in found.derived_by:
        return statement
    if inner_of_gradient(last) is not None or found.vocabulary.row_of(last) is not None:
        return statement
    earlier = (each for each in found.statements if each.place < statement.place)
    if any(found.use(name).symbol == use.symbol for each in earlier for name in quantities(each.chain)):
        return statement
    found.defined[use.symbol] = [Defined(use.symbol, statement, use, chain.sides[0])]
    return replace(statement, chain=replace(chain, relations=chain.relations[:-1], sides=chain.sides[:-1]))


def _is_meant_by(found: Facts, left: Syntax, side: Syntax, first: bool) -> bool:
    r"""Whether a side says what a name such as `dW` means: `\frac{\partial L}{\partial W}`."""
    inner = inner_of_gradient(left) if isinstance(left, Name) else None
    if inner is None or not isinstance(side, Derivative) or side.denominators != (inner,):
        return False
    above = side.numerator
    if not isinstance(above, Name) or above.subscripts:
        return False
    return first or found.derived[found.use(above).symbol] > 0


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


def _alias(found: Facts, statement: Statement, chain: Chain) -> None:
    r"""Another name that a definition gives on the way: the `\hat y` of `a_2 = \hat y = \sigma(z_2)`, or at its end."""
    other, last = chain.sides[1], chain.sides[-1]
    if isinstance(last, Name) and _is_named_here(found, last) and (
        not isinstance(other, Name) or found.use(other).powers
    ):  # fmt: skip
        other, last = last, other
    if not isinstance(other, Name) or _is_number(last) or (isinstance(last, Name) and not found.use(last).powers):
        return
    use = found.use(other)
    if use.symbol in found.defined or use.powers or use.transposed or found.vocabulary.row_of(other) is not None:
        return
    if all(found.use(name).symbol != use.symbol for name in quantities(last)):
        found.defined.setdefault(use.symbol, []).append(Defined(use.symbol, statement, use, last))


def _is_named_here(found: Facts, name: Name) -> bool:
    r"""Whether nothing else says what a name stands for: the p of `\hat y = \sigma(z) = p`."""
    symbol = found.use(name).symbol
    if symbol in found.derived_by or name.superscripts or name.primes:
        return False
    return not any(
        isinstance(left := each.chain.sides[0], Name) and found.use(left).symbol == symbol for each in found.statements
    )


def _may_be_same(one: Use, other: Use) -> bool:
    """Whether a name on the right may be what is defined on the left."""
    if one.symbol != other.symbol:
        return False
    mine, theirs = (*one.samples, *one.indices), (*other.samples, *other.indices)
    return len(mine) != len(theirs) or all(
        str(a) == str(b) or a.kind == b.kind for a, b in zip(mine, theirs, strict=True)
    )


def _lists_places(found: Facts, chain: Chain, symbol: Symbol) -> bool:
    """Whether an equation says of what entries a vector consists: `w = [w_1, w_2]^T`."""
    return all(found.use(name).symbol == symbol for name in quantities(chain.sides[1]))


def _own_name(found: Facts, statement: Statement, left: Syntax) -> None:
    """Keeps what a document says that its `dZ` is: later lines use it with that meaning."""
    if not isinstance(left, Name):
        return
    use = found.use(left)
    if use.powers or use.transposed or use.symbol in found.defined:
        return
    plain = [side for side in statement.chain.sides[1:] if not is_derivative(side, found)]
    if plain and not any(found.use(name).symbol == use.symbol for name in quantities(plain[-1])):
        found.defined.setdefault(use.symbol, []).append(Defined(use.symbol, statement, use, plain[-1], own=True))


def has_derivative(syntax: Syntax, found: Facts) -> bool:
    """Whether something in a part is a derivative."""
    return any(
        isinstance(part, Derivative)
        or (isinstance(part, Name) and (part.base == r"\nabla" or is_gradient_name(part, found.vocabulary)))
        for part in walk_syntax(syntax)
    )


def speaks_of_derivatives(chain: Chain, found: Facts) -> bool:
    """Whether an equation is about derivatives, those with primes and those under names of their own included."""
    primed = any(
        isinstance(part, Name) and part.primes
        and (found.vocabulary.is_function(part) or found.vocabulary.row_of(replace(part, primes=0)) is not None)
        for part in walk_syntax(chain)
    )  # fmt: skip
    return primed or has_derivative(chain, found) or is_derivative(chain.sides[0], found)


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


def _is_by_entries(use: Use, earlier: Sequence[Defined]) -> bool:
    """Whether an equation says of every entry what was only said of the whole, or of some entries."""
    letters = bool(use.indices) and all(item.kind == "letter" for item in (*use.indices, *use.samples))
    if not letters or any(each.own or each.head for each in earlier):
        return False
    whole = not any(each.use.indices or each.use.samples for each in earlier)
    examples = all(each.numbered and len(each.use.indices) == len(use.indices) for each in earlier)
    return whole or examples


def _another_place(use: Use, earlier: Sequence[Defined]) -> bool:
    """Whether an equation defines another place of a vector that is defined place by place."""
    mine = tuple(map(str, (*use.samples, *use.indices)))
    numbered = any(item.kind == "number" for item in (*use.samples, *use.indices))
    others = {tuple(map(str, (*each.use.samples, *each.use.indices))) for each in earlier}
    return numbered and all(each.numbered for each in earlier) and mine not in others


def _is_conclusion(found: Facts, statement: Statement, symbol: Symbol) -> bool:
    """Whether an equation says where a gradient vanishes, or gives a number to a parameter, and defines nothing."""
    left, right = statement.chain.sides[:2]
    if isinstance(left, Name) and Number("0") in left.subscripts and right == Number("1"):
        return False  # the unit that is always 1, by which a bias is written as a weight
    if symbol not in found.derived_by and not any(symbol in head.parameters for head in found.heads.values()):
        plain = _is_number(statement.chain.sides[1])
        return plain and any(
            found.use(name).symbol == symbol
            for each in found.statements
            if each.place < statement.place
            for name in quantities(each.chain)
        )
    if _is_number(statement.chain.sides[1]):
        return True
    if found.derived[symbol]:
        return False  # what is derived itself is no parameter that was solved for
    before = [each for each in found.statements if each.place < statement.place]
    used = any(symbol == found.use(name).symbol for each in before if found.kinds.get(each.place) == "definition"
               for side in each.chain.sides[1:] for name in quantities(side))  # fmt: skip
    claimed = any(symbol in sought_in(found, each.chain) for each in before if found.kinds.get(each.place) == "claim")
    words = f"{statement.equation.text_before} {statement.lead}"
    return (claimed and used) or (claimed and _CONCLUDES.search(words[-80:]) is not None)


def _is_number(side: Syntax) -> bool:
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


def _loss(found: Facts) -> None:
    """The quantity that is derived most and that nothing is derived by; for a document of `dW` the last one defined."""
    vectors = {use.symbol for use, _ in found.symbols() if use.name is not None and is_bold(use.name)
               and use.symbol.base[:1].islower()}  # fmt: skip
    steps = [{found.use(name).symbol for name in names} for names in found.vocabulary.moving.values()]
    moving = set.intersection(*steps) if steps else set()
    for symbol, _ in found.derived.most_common():
        if symbol not in found.derived_by | found.vocabulary.derived_by | moving and symbol not in vectors:
            found.loss = symbol
            return
    gradients = any(
        is_gradient_name(name, found.vocabulary)
        for statement in found.claims for name in quantities(statement.chain.sides[0])
    )  # fmt: skip
    if not found.derived and not gradients and found.words.losses:
        found.loss = _worked_out(found)
    if found.derived or not gradients:
        return
    used = {
        found.use(name).symbol for group in found.defined.values() for each in group for name in quantities(each.side)
    }
    ends = [
        symbol for symbol, group in found.defined.items()
        if symbol not in used and not any(each.own for each in group) and not group[0].use.indices
        and group[0].statement.place < min(claim.place for claim in found.claims)
    ]  # fmt: skip
    found.loss = ends[-1] if ends and _sums_up(found.defined[ends[-1]][0].side) else Symbol("loss")


def _worked_out(found: Facts) -> Symbol | None:
    """The loss that is named in words, and of which only its number is worked out."""
    for statement in found.statements:
        left = statement.chain.sides[0]
        if statement.numbers and isinstance(left, Name) and any(True for _ in quantities(statement.chain.sides[1])):
            symbol = found.use(left).symbol
            if symbol not in found.defined:
                return symbol
    return None


def _sums_up(side: Syntax) -> bool:
    """Whether a side adds up what it has: a sum, a mean, a norm or a logarithm, as losses do."""
    return any(
        (isinstance(part, BigOperator) and part.kind not in ("row", "column"))
        or (isinstance(part, Group) and part.bracket == r"\|")
        or (isinstance(part, Name) and part.base in (r"\log", r"\ln", r"\operatorname{tr}", "tr"))
        for part in walk_syntax(side)
    )


__all__ = ["Defined", "Facts", "Statement", "facts_of", "quantities", "scripts_of"]
