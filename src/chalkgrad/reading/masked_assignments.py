r"""What is set to zero under a condition, as in code: `dh[h \le 0] = 0`. From there on the name is what is left.

After that line `dh` stands for `dh ⊙ 1[h > 0]`, up to where its section ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.language import OPPOSITE
from chalkgrad.page.syntax import Chain, Group, Name, Number, Product, Scripted, Syntax, mapped
from chalkgrad.reading.facts import Statement


def with_masks(statements: Sequence[Statement]) -> list[Statement]:
    """The equations after such a line with what is left of the name; the line itself is an update."""
    left: dict[tuple[str, str, tuple[Syntax, ...]], Syntax] = {}
    found: list[Statement] = []
    for statement in statements:
        section = statement.equation.section
        masked = _masked(statement.chain)
        if masked is not None:
            name, gate = masked
            key = (section, name.base, name.subscripts)
            before = left.get(key, name)
            left[key] = Group("(", (Product(("", r"\odot"), (before, gate), name.span),), name.span)
            update = Chain(("←",), (name, left[key]), statement.chain.span)
            found.append(replace(statement, chain=update))
            continue
        known = {key[1:]: each for key, each in left.items() if key[0] == section}
        found.append(replace(statement, chain=_with(statement.chain, known)) if known else statement)
    return found


def _masked(chain: Chain) -> tuple[Name, Syntax] | None:
    """The name of which some entries become zero, and the mask of the others."""
    match chain:
        case Chain(
            relations=("=" | ":=",),
            sides=(
                Product(
                    operators=("", ""),
                    factors=(Name() as name, Group(bracket="[", contents=(Chain(relations=(relation,)) as condition,))),
                ),
                Number(text="0"),
            ),
        ) if relation in OPPOSITE:
            kept = replace(condition, relations=(OPPOSITE[relation],))
            one = Name("1", style="mathbf", span=condition.span)
            return name, Product(("", ""), (one, Group("[", (kept,), condition.span)), condition.span)
    return None


def _with(chain: Chain, left: dict[tuple[str, tuple[Syntax, ...]], Syntax]) -> Chain:
    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or part.primes or part.accents:
            return part
        if (part.base, part.subscripts) in left:
            whole = left[part.base, part.subscripts]
            return Scripted(whole, (), part.superscripts, span=part.span) if part.superscripts else whole
        if (part.base, ()) in left:  # an entry or a row of it
            return Scripted(left[part.base, ()], part.subscripts, part.superscripts, span=part.span)
        return part

    sides = (chain.sides[0], *(mapped(side, change) for side in chain.sides[1:]))
    return replace(chain, sides=sides)


__all__ = ["with_masks"]
