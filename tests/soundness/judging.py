"""What the strict evaluator says of an equation of a document: whether its sides are equal as written."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from soundness.case import Case, Drawn
from soundness.declared import Names
from soundness.paper import Equation, equations_of, read
from soundness.parsing import Parser
from soundness.problems import MisfitError
from soundness.strict import Evaluator
from soundness.tokens import Token, tokens_of
from soundness.trees import Call, Derivative, Reference, Relation

DOCUMENTS = Path(__file__).parent / "documents"
SAME, APART = 1e-9, 1e-6
Array = Any
Layers = tuple[tuple[str, int], ...]
Values = list[list[list[Array]]]  # of each layer's sides, for each value of the free letters


@dataclass(frozen=True)
class Judged:
    """`equal`, `different`, `does not fit`, or None where it cannot be told; with the reason."""

    kind: str | None
    why: str = ""


@dataclass(frozen=True)
class Document:
    path: Path
    case: Case

    @cached_property
    def drawn(self) -> Drawn:
        return Drawn(self.case)

    @cached_property
    def names(self) -> Names:
        return self.case.names()

    @cached_property
    def text(self) -> str:
        return read(self.path)

    @cached_property
    def equations(self) -> list[Equation]:
        found = equations_of(self.text, self.path.suffix == ".tex", self.case.words)
        return [equation for equation in found if equation.latex not in self.case.ignored]

    @cached_property
    def claims(self) -> list[Equation]:
        return [equation for equation in self.equations if self.claimed(equation.latex)]

    def tokens(self, latex: str) -> list[Token]:
        return tokens_of(latex, self.case.words)

    def relations(self, tokens: Sequence[Token], layers: Sequence[Layers] | None = None) -> list[Relation]:
        """The equation's tree, once for each choice of the layers' letters."""
        chosen = self.layers(tokens) if layers is None else layers
        return [Parser(tokens, replace(self.names, layers=layer)).equation() for layer in chosen]

    def layers(self, tokens: Sequence[Token]) -> list[Layers]:
        """The choices of the layers' letters for which an equation of the document has a meaning."""
        keys = {token.key for token in tokens}
        letters = {letter: values for letter, values in self.case.layers.items() if letter in keys}
        found = []
        problem: MisfitError | None = None
        for values in itertools.product(*letters.values()):
            layer = tuple(zip(letters, values, strict=True))
            try:
                self.relations(tokens, [layer])
                found.append(layer)
            except MisfitError as doubt:
                problem = doubt
        if not found and problem is not None:
            raise problem
        return found

    def claimed(self, latex: str) -> bool:
        """Whether it says what a derivative is, and defines nothing."""
        left = self.relations(self.tokens(latex))[0].sides[0]
        if isinstance(left, Reference):
            return left.name.gradient
        return isinstance(left, Derivative) or (isinstance(left, Call) and left.primes > 0)

    def values(self, tokens: Sequence[Token], layers: Sequence[Layers] | None, left_to_right: bool) -> Values:
        found = []
        for relation in self.relations(tokens, layers):
            if set(relation.operators) - {"=", r"\coloneqq"}:
                raise MisfitError("a relation that is no equation")
            evaluator = Evaluator(self.drawn, self.case.conventions, left_to_right, self.case.limits)
            with np.errstate(all="ignore"):
                found.append(evaluator.sides(relation))
        return found

    def judged(self, tokens: Sequence[Token], layers: Sequence[Layers] | None = None) -> Judged:
        """What is true of the equation under each order in which ⊙ may be read; None where they differ.

        `layers` are those of the line that it changes, else all for which it has a meaning.
        """
        both = {self._judged(tokens, layers, left_to_right) for left_to_right in (False, True)}
        if len({found.kind for found in both}) > 1:
            return Judged(None, "it depends on what binds tighter")
        return next(iter(both))

    def _judged(self, tokens: Sequence[Token], layers: Sequence[Layers] | None, left_to_right: bool) -> Judged:
        try:
            values = self.values(tokens, layers, left_to_right)
        except MisfitError as problem:
            return Judged("does not fit", str(problem))
        worst, defined = 0.0, True
        for sides in values:
            for other in sides[1:]:
                for one, value in zip(sides[0], other, strict=True):
                    if one.shape != value.shape:
                        return Judged("does not fit", "the two sides have different shapes")
                scale = max(np.abs(np.stack(sides[0])).max(), 1e-12)
                gap = np.abs(np.stack(sides[0]) - np.stack(other)) / scale
                defined = defined and bool(np.isfinite(gap).all())
                worst = max(worst, float(np.where(np.isfinite(gap), gap, 0).max()))
        if not defined and worst < APART:
            return Judged(None, "it is not defined everywhere")
        if worst < SAME:
            return Judged("equal")
        return Judged("different", f"by {worst:.3g}") if worst > APART else Judged(None, "hardly different")


def documents() -> list[Document]:
    found = []
    for sidecar in sorted(DOCUMENTS.glob("*.py")):
        case = importlib.import_module(f"soundness.documents.{sidecar.stem}").CASE
        (path,) = (path for path in DOCUMENTS.glob(f"{sidecar.stem}.*") if path.suffix in (".md", ".tex"))
        found.append(Document(path, case))
    return found
