r"""The loss without its index, where only those of the parts are defined: L of `L_i = …` is the sum of all of them.

A document says so by what it claims of it: each derivative of L is a sum over the letter that counts the parts,
`\frac{\partial L}{\partial h} = \sum_{i=1}^K e_i v_i`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import BigOperator, Chain, Derivative, Name, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, bound_letters, quantities

_WHOLE = "§9"
_FIRST_PLACE = -101  # of the definitions made here; no equation of the document has a place below 0


def with_losses_of_parts(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The statements, with the definition of each such loss after that of its parts."""
    parts = {symbol: each for each in statements if (symbol := _defines_part(each, vocabulary)) is not None}
    for statement in statements:  # what stands bare anywhere but above a derivative is something else
        for spoken in quantities(statement.chain):
            if _is_bare(spoken, vocabulary) and not _is_derived(statement.chain, spoken):
                parts.pop(vocabulary.use(spoken).symbol, None)
    if not parts:
        return list(statements)
    sums: dict[Symbol, list[tuple[Name, BigOperator | None]]] = {}
    for statement in statements:
        left = statement.chain.sides[0]
        name = left.numerator if isinstance(left, Derivative) else None
        symbol = vocabulary.use(name).symbol if isinstance(name, Name) and _is_bare(name, vocabulary) else None
        if isinstance(name, Name) and symbol in parts:
            letter = _letter(parts[symbol].chain.sides[0], vocabulary)
            sums.setdefault(symbol, []).append((name, next(_over(letter, statement.chain.sides[1:]), None)))
    found = list(statements)
    for number, (symbol, told) in enumerate(sums.items()):
        whole, over = told[0]
        if over is not None and all(each for _, each in told):
            total = BigOperator("sum", over.subscripts, over.superscripts, parts[symbol].chain.sides[0])
            found = _with_sum(found, parts[symbol], whole, total, vocabulary, _FIRST_PLACE - number)
    return found


def _defines_part(statement: Statement, vocabulary: Vocabulary) -> Symbol | None:
    """What an equation defines part by part, at one letter."""
    left = statement.chain.sides[0]
    defines = statement.chain.relations[0] in ("=", ":=", "≡") and _letter(left, vocabulary)
    return vocabulary.use(left).symbol if isinstance(left, Name) and defines else None


def _letter(left: Syntax, vocabulary: Vocabulary) -> str:
    use = vocabulary.use(left) if isinstance(left, Name) else None
    items = (*use.indices, *use.samples) if use is not None else ()
    return items[0].text if len(items) == 1 and items[0].kind == "letter" else ""


def _is_bare(name: Name, vocabulary: Vocabulary) -> bool:
    use = vocabulary.use(name)
    return not (use.indices or use.samples)


def _is_derived(chain: Chain, name: Name) -> bool:
    return any(isinstance(part, Derivative) and part.numerator is name for part in walk_syntax(chain))


def _over(letter: str, sides: Sequence[Syntax]) -> Iterator[BigOperator]:
    """The sums over a letter."""
    for part in (part for side in sides for part in walk_syntax(side)):
        if isinstance(part, BigOperator) and part.kind == "sum":
            if any(each.text == letter for each in bound_letters(part)):
                yield part


def _with_sum(
    statements: Sequence[Statement], part: Statement, whole: Name, total: Syntax, vocabulary: Vocabulary, place: int
) -> list[Statement]:
    """The statements with what a loss is as a sum over its parts; its name is marked where it is bare."""
    symbol = vocabulary.use(whole).symbol

    def change(each: Syntax) -> Syntax:
        if isinstance(each, Name) and not each.primes and vocabulary.use(each).symbol == symbol:
            return replace(each, accents=(*each.accents, _WHOLE)) if _is_bare(each, vocabulary) else each
        return each

    found: list[Statement] = []
    for statement in statements:
        found.append(replace(statement, chain=mapped_chain(statement.chain, change, scripts=False)))
        if statement is part:
            defined = Chain(("=",), (replace(whole, accents=(*whole.accents, _WHOLE)), total), part.chain.span)
            found.append(replace(part, chain=defined, place=place, conditions=()))
    return found


__all__ = ["with_losses_of_parts"]
