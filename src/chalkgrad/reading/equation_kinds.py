"""What each equation of a document is: a definition, a claim, a declaration, an update, an example or an identity."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Dots,
    Group,
    Name,
    Number,
    Product,
    Syntax,
    Text,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.defined_functions import note_function
from chalkgrad.reading.facts import (
    Defined,
    Facts,
    Statement,
    defined_by,
    gives_table,
    goes_further,
    has_derivative,
    is_derivative,
    is_gradient_name,
    is_number,
    is_own_table,
    is_up_to_order,
    note_squares,
    seeks_optimum,
    sought_in,
    symbols_in,
    what_is_derived,
)
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.sense import Head, inner_of_gradient
from chalkgrad.reading.styles import is_bold
from chalkgrad.reading.vocabulary import Symbol, Use, Vocabulary, arguments_of, quantities, size_key
from chalkgrad.reading.words import Words

_CONCLUDES = re.compile(
    r"\b(?:so|thus|hence|therefore|solv\w+|solution|optim\w+|minimi[sz]er|yields?|gives?|get|obtain|zero|"
    r"equal to 0|set)\b",
    re.IGNORECASE,
)


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


def _kind(
    found: Facts, statement: Statement
) -> Literal["definition", "claim", "declaration", "update", "identity", "example"]:
    statement = _without_questions(statement)
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
        if chain.relations[0] != "=" or is_number(chain.sides[1]):
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
    side = _telling(found, chain)
    body = side
    if head or isinstance(left, Product):
        body = _of_any_sample(found, left, side)
        note_function(found.heads, use, Head(symbol, head, body, statement.equation.latex))
    applied = body is not side or found.vocabulary.only_applied(symbol.base)
    if not head or use.indices or not applied:
        found.defined.setdefault(symbol, []).append(Defined(symbol, statement, use, side, head))
    if len(chain.sides) > 2:
        found.claims += _without_names_of(found, _of_its_derivative(found, statement), side)
        _alias(found, statement, chain)
        for other in chain.sides[1:]:
            if other is not side and not has_derivative(other, found) and not isinstance(other, Name):
                found.restated.append(Defined(symbol, statement, use, other, head))
    return "definition"


def _without_questions(statement: Statement) -> Statement:
    r"""An equation without the sides that only ask: `\frac{\partial L}{\partial w} = ? = 2w`."""
    chain = statement.chain
    kept = [
        k
        for k, side in enumerate(chain.sides)
        if not (isinstance(side, Text) and side.content.strip("? ") == "" and "?" in side.content)
    ]
    if len(kept) == len(chain.sides) or len(kept) < 2 or kept[0] != 0:
        return statement
    relations = tuple(chain.relations[k - 1] for k in kept[1:])
    return replace(statement, chain=replace(chain, relations=relations, sides=tuple(chain.sides[k] for k in kept)))


def _of_any_sample(found: Facts, left: Syntax, side: Syntax) -> Syntax:
    r"""What a function is of its argument, where it is told for that of a sample: `f(x^{(i)}) = w x^{(i)} + b`."""
    groups = left.factors[1:] if isinstance(left, Product) else ()
    given = {}
    for part in (each for group in groups if isinstance(group, Group) for each in arguments_of(group)):
        if isinstance(part, Name) and found.use(part).samples and not found.use(part).powers:
            given[part] = replace(part, superscripts=(), subscripts=())
    return mapped(side, lambda part: given.get(part, part) if isinstance(part, Name) else part) if given else side


def _telling(found: Facts, chain: Chain) -> Syntax:
    r"""The side by which an equation defines: the first that is no derivative and, where one is, no function of which
    nothing is said, as the CE of `J = CE(y, p) = -\sum_k y_k \log p_k`.
    """
    plain = [side for side in chain.sides[1:] if not has_derivative(side, found)] or [*chain.sides[1:]]
    if len(plain) > 1 and _is_of_unknown(found, plain[0]):
        told = (side for side in plain if not _is_of_unknown(found, side) and not isinstance(side, Name))
        return next(told, plain[0])
    return plain[0]


def _without_names_of(found: Facts, statement: Statement, side: Syntax) -> Iterator[Statement]:
    """What an equation claims besides the definition: not that this is a function of which it says nothing else."""
    chain = statement.chain
    if not _is_of_unknown(found, chain.sides[1]) or side is chain.sides[1]:
        yield statement
        return
    kept = [k for k, each in enumerate(chain.sides) if not (k and _is_of_unknown(found, each))]
    if len(kept) > 2:
        relations = tuple(chain.relations[k - 1] for k in kept if k)
        chain = replace(chain, relations=relations, sides=tuple(chain.sides[k] for k in kept))
        yield replace(statement, chain=chain)


def _is_of_unknown(found: Facts, side: Syntax) -> bool:
    """Whether a side is a function of something, of which nothing says what it is."""
    match side:
        case Product(operators=("", ""), factors=(Name() as name, Group(bracket="(" | "["))):
            vocabulary = found.vocabulary
            return vocabulary.row_of(name) is None and base_of(name) in vocabulary.functions - vocabulary.heads.keys()
    return False


def _of_its_derivative(found: Facts, statement: Statement) -> Statement:
    r"""What an equation claims that gives a derivative a name, `\delta = \frac{\partial L}{\partial z} = a - y`: what
    that derivative is.
    """
    chain = statement.chain
    left = chain.sides[0]
    if chain.relations[1] != "=" or not isinstance(left, Name) or not is_derivative(chain.sides[1], found):
        return statement
    if {base_of(name) for name in quantities(chain.sides[2])} == {base_of(left)}:
        return statement  # it only says how its places are called
    return replace(statement, chain=replace(chain, relations=chain.relations[1:], sides=chain.sides[1:]))


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


_NAMES = frozenset(("=", ":=", "≡", "≜"))  # what stands before a new name at the end


def _naming_its_value(found: Facts, statement: Statement) -> Statement:
    r"""A claim without the new name at its end, `\frac{\partial L}{\partial z} = a - y = \delta`, which is that
    derivative.
    """
    chain = statement.chain
    last = chain.sides[-1]
    if len(chain.sides) < 3 or not isinstance(last, Name) or chain.relations[-1] not in _NAMES or last.base.isdigit():
        return statement
    use = found.use(last)
    if use.powers or use.transposed or use.symbol in found.defined or use.symbol in found.derived_by:
        return statement
    if inner_of_gradient(last) is not None or found.vocabulary.row_of(last) is not None:
        return statement
    earlier = [each.chain for each in found.statements if each.place < statement.place]
    names = (name for side in (*earlier, *chain.sides[:-1]) for name in quantities(side))
    used = {found.use(name).symbol for name in names if not (name.base == "e" and name.superscripts)}
    if any(symbol == use.symbol or _is_in_another_layer(symbol, use.symbol) for symbol in used - found.defined.keys()):
        return statement
    found.defined[use.symbol] = [Defined(use.symbol, statement, use, chain.sides[0])]
    return replace(statement, chain=replace(chain, relations=chain.relations[:-1], sides=chain.sides[:-1]))


def _is_in_another_layer(one: Symbol, other: Symbol) -> bool:
    """Whether two names are the same but for the layer, the W^l and W^{l+1} of any l."""
    letters = [[text for text, _ in symbol.labels] for symbol in (one, other)]
    return one.base == other.base and one != other and letters[0] == letters[1]


def _is_meant_by(found: Facts, left: Syntax, side: Syntax, first: bool) -> bool:
    r"""Whether a side says what a name such as `dW` means: `\frac{\partial L}{\partial W}`."""
    inner = inner_of_gradient(left) if isinstance(left, Name) else None
    if inner is None or not isinstance(side, Derivative) or side.denominators != (inner,):
        return False
    above = side.numerator
    if not isinstance(above, Name) or above.subscripts:
        return False
    return first or found.derived[found.use(above).symbol] > 0


def _alias(found: Facts, statement: Statement, chain: Chain) -> None:
    r"""Another name that a definition gives on the way: the `\hat y` of `a_2 = \hat y = \sigma(z_2)`, or at its end."""
    other, last = chain.sides[1], chain.sides[-1]
    if isinstance(last, Name) and _is_named_here(found, last) and (
        not isinstance(other, Name) or found.use(other).powers
    ):  # fmt: skip
        other, last = last, other
    if not isinstance(other, Name) or is_number(last) or (isinstance(last, Name) and not found.use(last).powers):
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
        str(a) == str(b) or (a.kind == b.kind and a.kind != "number") for a, b in zip(mine, theirs, strict=True)
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
        plain = is_number(statement.chain.sides[1])
        return plain and any(
            found.use(name).symbol == symbol
            for each in found.statements
            if each.place < statement.place
            for name in quantities(each.chain)
        )
    if is_number(statement.chain.sides[1]):
        return True
    if found.derived[symbol]:
        return False  # what is derived itself is no parameter that was solved for
    before = [each for each in found.statements if each.place < statement.place]
    told = [each for each in before if found.kinds.get(each.place) == "definition" and each.equation.line]
    in_told = [symbols_in(found, each.chain.sides[1:]) for each in told]
    used = any(symbol in symbols for symbols in in_told)
    if goes_further(found.derived_by, symbols_in(found, statement.chain.sides[1:]), symbol, in_told):
        return False
    claimed = any(symbol in sought_in(found, each.chain) for each in before if found.kinds.get(each.place) == "claim")
    words = f"{statement.equation.text_before} {statement.lead}"
    return (claimed and used) or (claimed and _CONCLUDES.search(words[-80:]) is not None)


def _loss(found: Facts) -> None:
    """The quantity that is derived most and that nothing is derived by; for a document of `dW` the last one defined."""
    vectors = {use.symbol for use, _ in found.symbols() if use.name is not None and is_bold(use.name)
               and use.symbol.base[:1].islower()}  # fmt: skip
    steps = [{found.use(name).symbol for name in names} for names in found.vocabulary.moving.values()]
    moving = set.intersection(*steps) if steps else set()
    never = found.derived_by | found.vocabulary.derived_by | moving | vectors
    ends = [symbol for symbol, _ in found.derived.most_common() if symbol not in never]
    if ends:
        entries = {use.symbol for use, _ in found.symbols() if use.indices}  # a loss on the way to its mean has none
        on_the_way = {inner for symbol in ends for inner in _made_of(found, symbol) & entries}
        found.loss = next((symbol for symbol in ends if symbol not in on_the_way), ends[0])
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
    last = [
        symbol for symbol, group in found.defined.items()
        if symbol not in used and not any(each.own for each in group) and not group[0].use.indices
        and group[0].statement.place < min(claim.place for claim in found.claims)
    ]  # fmt: skip
    found.loss = last[-1] if last and _sums_up(found.defined[last[-1]][0].side) else Symbol("loss")


def _made_of(found: Facts, symbol: Symbol) -> set[Symbol]:
    """The quantities on which the definition of one rests."""
    reached, pending = set[Symbol](), [symbol]
    while pending:
        group = found.defined.get(pending.pop(), ())
        inner = {found.use(name).symbol for each in group for name in quantities(each.side)} - reached - {symbol}
        reached |= inner
        pending += inner
    return reached


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
