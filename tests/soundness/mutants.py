"""Mutants of claims: one change of the tokens each, by a seeded choice, and what the strict evaluator says of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from soundness.judging import Document, Judged, Layers, Values
from soundness.lines import SIZES_OF_BRACKETS, Line, Tokens
from soundness.paper import MATHS, Equation
from soundness.problems import MisfitError, UnreadError
from soundness.rewriting import SAME, SLIPS
from soundness.tokens import Token, text_of, tokens_of
from soundness.trees import Call, Derivative, Node, Reference, Sum, walk

KNOWN = tokens_of(r"\log\exp\tanh\sin\cos")
GROUPS = {Reference: "names", Derivative: "derivatives", Sum: "sums", Call: "functions"}


@dataclass(frozen=True)
class Mutant:
    """A changed claim: `kind` of the change; `truth` is `equal`, `different` or `does not fit`, `why` its reason.

    `up_to` says for what convention the verdict `right_up_to` will do, or nothing.
    """

    document: Document
    claim: Equation
    kind: str
    latex: str
    truth: str
    why: str
    up_to: str

    @property
    def text(self) -> str:
        """The document with this in the place of its claim."""
        text = self.document.text
        return text[: self.claim.start] + self.latex + text[self.claim.end :]


class Mutator:
    """Makes mutants of a document's claims."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def plain(self, latex: str) -> Tokens:
        """The tokens without what only sets the size of brackets, and without row breaks."""
        return [token for token in self.document.tokens(latex) if token.text not in SIZES_OF_BRACKETS]

    @cached_property
    def lines(self) -> list[tuple[Equation, Line, list[Layers]]]:
        found = []
        written: dict[str, dict[str, Tokens]] = {"names": {}, "derivatives": {}, "sums": {}, "functions": {}}
        for equation in self.document.equations:
            tokens = self.plain(equation.latex)
            for node in walk(self.document.relations(tokens)[0]):
                begin, end = node.span
                if isinstance(node, Sum):
                    end = node.body.span[0]
                part = tokens[begin : end if not isinstance(node, Call) else begin + 1]
                if type(node) in GROUPS:
                    written[GROUPS[type(node)]].setdefault(text_of(part), part)
        names = [part for part in written["names"].values() if part[0].key not in (r"\frac", r"\nabla", r"\partial")]
        functions = {token.key: token for (token,) in written["functions"].values() if token.key not in ("e", r"\sqrt")}
        sizes = [self.document.tokens(name) for name in self.sizes]
        claims = [(claim, self.plain(claim.latex)) for claim in self.document.claims]
        trees = [self.document.relations(tokens)[0] for _, tokens in claims]
        lefts = [tokens[slice(*tree.sides[0].span)] for (_, tokens), tree in zip(claims, trees, strict=True)]
        for (claim, tokens), tree in zip(claims, trees, strict=True):
            line = Line(
                tokens,
                tree,
                names,
                list(written["derivatives"].values()),
                lefts,
                list(written["sums"].values()),
                [*functions.values(), *KNOWN],
                sizes,
                self.strangers,
            )
            found.append((claim, line, self.document.layers(tokens)))
        return found

    @property
    def sizes(self) -> list[str]:
        """The names of numbers that the document itself mentions."""
        names = [*self.document.case.ranges(), *self.document.case.numbers]
        return [name for name in names if f"${name}$" in self.document.text or "{" + name + "}" in self.document.text]

    @cached_property
    def strangers(self) -> list[str]:
        """Two letters that stand in no formula of the document."""
        used = {token.key for match in MATHS.finditer(self.document.text) for token in tokens_of(match.group())}
        return [letter for letter in "GMNVbnv" if letter not in used][:2]

    def drawn(self, by: random.Random) -> Mutant | None:
        """One mutant, or None where the choice led to nothing that can be judged."""
        claim, line, layers = by.choice(self.lines)
        table = SAME if by.random() < 0.15 else SLIPS
        kind = by.choice(list(table))
        changed = list(table[kind](line))
        if not changed:
            return None
        tokens = by.choice(changed)
        if [token.key for token in tokens] == [token.key for token in line.tokens]:
            return None
        return self.told(claim, line, layers, kind, tokens)

    def told(self, claim: Equation, line: Line, layers: Sequence[Layers], kind: str, tokens: Tokens) -> Mutant | None:
        latex = text_of(tokens)
        try:
            judged = self.document.judged(self.document.tokens(latex), layers)
        except UnreadError:
            return None
        if judged.kind is None or (judged.kind == "equal" and self._says_nothing(line, tokens)):
            return None
        return Mutant(
            self.document, claim, kind, latex, judged.kind, judged.why, self._convention(line, tokens, layers, judged)
        )

    def _says_nothing(self, line: Line, tokens: Tokens) -> bool:
        """Whether a side after the first is, or holds, what the first one claims."""
        keys = [token.key for token in tokens if token.seen]
        left = [token.key for token in line.text(line.tree.sides[0]) if token.seen]
        places = [i for i in range(len(keys)) if keys[i : i + len(left)] == left]
        if len(places) > 1:
            return True
        try:
            sides = self.document.relations(tokens)[0].sides
        except MisfitError:
            return False
        first = sides[0]
        others = [node for side in sides[1:] for node in walk(side)]
        return any(_what(node) == _what(first) for node in others if isinstance(node, Derivative | Reference))

    def _convention(self, line: Line, tokens: Tokens, layers: Sequence[Layers], judged: Judged) -> str:
        """`count` where it differs by the number of samples alone; `layout` where it is the only one transposed."""
        if judged.kind == "equal":
            return "equal"
        try:
            before = _flat(self.document.values(line.tokens, layers, False))
            after = _flat(self.document.values(tokens, layers, False))
        except (MisfitError, UnreadError):
            return ""
        if len(before) != len(after):
            return ""
        name = self.document.case.samples
        count = len(self.document.case.ranges()[name]) if name else 0
        for factor in (count, 1 / count) if count else ():
            if _same([one * factor for one in before], after):
                return "count"
        turned = [one.swapaxes(1, 2) if one.ndim == 3 else one for one in before]
        return "layout" if _same(turned, after) and self._whole_claims() == 1 else ""

    def _whole_claims(self) -> int:
        """How many claims of the document are about a vector or a matrix as a whole."""
        return sum(
            self.document.values(line.tokens, layers, False)[0][0][0].ndim == 3 for _, line, layers in self.lines
        )


def _what(node: Node) -> object:
    """What a derivative or a name is of, and with which indices; where it stands does not count."""
    if isinstance(node, Derivative):
        return _what(node.of), tuple(_what(each) for each in node.by), node.power
    return (node.name.quantity, node.slots, node.entry) if isinstance(node, Reference) else None


def _same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a.shape == b.shape and np.allclose(a, b, rtol=1e-9) for a, b in pairs)


def _flat(values: Values) -> list[np.ndarray]:
    """The last sides of all."""
    return [value for sides in values for value in sides[-1]]


def mutants(document: Document, count: int, seed: str = "") -> Iterator[Mutant]:
    """`count` different mutants of a document, the same for the same seed."""
    by = random.Random(f"{document.path.stem} {seed}")
    mutator = Mutator(document)
    seen: set[tuple[int, str]] = set()
    for _ in range(40 * count):
        if len(seen) >= count:
            return
        mutant = mutator.drawn(by)
        if mutant is not None and (mutant.claim.start, mutant.latex) not in seen:
            seen.add((mutant.claim.start, mutant.latex))
            yield mutant


__all__ = ["Mutant", "Token", "mutants"]
