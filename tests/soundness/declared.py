"""What a sidecar declares: each written name with its slots for indices, its shape on paper, and its quantity.

x^{(@)}   | X  | m -> column d      X in the code; one index in brackets above, a column of d for each
W_{@@}    | W  | h d -> scalar
a_{@!j}  | a  | h -> scalar         only with the letter j: a_k is another name
\\delta    | grad L z | column h     the gradient of L by z
\\phi      | phi | function
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soundness.problems import UnreadError
from soundness.tokens import Token, tokens_of

Item = tuple[str, ...]  # the keys of one subscript or superscript among several
KINDS = {"scalar": 0, "column": 1, "row": 1, "matrix": 2, "function": 0}


@dataclass(frozen=True)
class Written:
    """A written name. `spread`: it may be added to what is larger, as a bias; `gradient`: what equals it is a claim."""

    text: str
    base: Item
    below: tuple[Item, ...]
    above: tuple[Item, ...]
    quantity: str
    slots: tuple[str, ...]
    kind: str
    axes: tuple[str, ...]
    spread: bool = False
    gradient: bool = False
    argument: tuple[str, ...] = ()
    formula: Item = ()  # where it is a formula that has no name and is only derived: all its marks


@dataclass(frozen=True)
class Names:
    """All written names of a document, the values of its layer letters, and its names of several letters."""

    names: tuple[Written, ...]
    layers: tuple[tuple[str, int], ...] = ()
    words: tuple[str, ...] = ()

    def with_base(self, base: Item) -> list[Written]:
        return [name for name in self.names if name.base == base]

    def is_function(self, base: Item) -> bool:
        return any(name.kind == "function" for name in self.with_base(base))


def written_names(table: str, words: Sequence[str] = ()) -> tuple[Written, ...]:
    return tuple(_written(line, words) for line in table.strip().splitlines() if line.strip())


def _written(line: str, words: Sequence[str]) -> Written:
    text, quantity, shape = (part.strip() for part in line.split("|"))
    flags, shape = shape.split("!")[1:], shape.split("!")[0]
    slots, _, kind = shape.rpartition("->")
    kind, *axes = kind.split()
    assert len(axes) == KINDS[kind], line
    base, below, above, argument = pattern_of(tokens_of(text, words))
    return Written(
        text,
        base,
        below,
        above,
        quantity,
        tuple(slots.split()),
        kind,
        tuple(axes),
        "spread" in flags,
        quantity.startswith(("grad ", "tangent ")) or "claim" in flags,
        argument,
        tuple(token.key for token in tokens_of(text, words) if token.seen) if "formula" in flags else (),
    )


def pattern_of(tokens: Sequence[Token]) -> tuple[Item, tuple[Item, ...], tuple[Item, ...], tuple[str, ...]]:
    """The base, the subscripts and the superscripts of a name, and the argument that is always written after it."""
    keys = [token.key for token in tokens if token.seen]
    scripts: dict[str, list[str]] = {"_": [], "^": []}
    at = next((i for i, key in enumerate(keys) if key in "_^" or (key == "(" and i)), len(keys))
    base = tuple(key for key in keys[:at] if key not in ("{", "}"))
    while at < len(keys) and keys[at] in scripts:
        script, end = keys[at], closing(keys, at + 1)
        if end > len(keys) or at + 1 >= len(keys):
            raise UnreadError("a script is missing")
        scripts[script] += keys[at + 2 : end - 1] if keys[at + 1] == "{" else [keys[at + 1]]
        at = end
    return base, items_of(scripts["_"]), items_of(scripts["^"]), tuple(keys[at:])


def closing(keys: Sequence[str], at: int) -> int:
    """The place after what begins at `at`: after the group if one opens there, else after one mark."""
    pairs = {"{": "}", "(": ")", "[": "]", r"\{": r"\}"}
    if at >= len(keys) or keys[at] not in pairs:
        return at + 1
    opening, depth = keys[at], 0
    for place in range(at, len(keys)):
        depth += (keys[place] == opening) - (keys[place] == pairs[opening])
        if depth == 0:
            return place + 1
    return len(keys)


def items_of(keys: Sequence[str]) -> tuple[Item, ...]:
    """A script as a list: at its commas; where it adds nothing up, at each mark: `kj`, `[1]T`, `i+1,j`."""
    parts: list[list[str]] = [[]]
    depth = 0
    for key in keys:
        depth += (key in ("(", "[", "{")) - (key in (")", "]", "}"))
        if key == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(key)
    return tuple(item for part in parts for item in _split(part))


def _split(part: Sequence[str]) -> list[Item]:
    at = 0
    items: list[Item] = []
    while at < len(part):
        end = at + 3 if part[at : at + 2] == ["@", "!"] else closing(part, at)
        while end < len(part) and (
            (part[end] == "'" and part[at].isalpha()) or (part[at].isdigit() and part[end].isdigit())
        ):
            end += 1
        items.append(tuple(key for key in part[at:end] if key not in ("{", "}")))
        at = end
    adds = [i for i, item in enumerate(items) if item in (("+",), ("-",))]
    if not adds:
        return items
    whole = [key for item in items for key in item]
    # `l\,T` and `l-1\,T`: a transpose after a sum is one by itself.
    return [tuple(whole[:-1]), (r"\T",)] if whole[-1] == r"\T" else [tuple(whole)]
