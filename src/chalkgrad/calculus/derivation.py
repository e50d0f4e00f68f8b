"""What deriving gives: the gradient program, and the steps by which a person would reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalkgrad.calculus.links import Link
from chalkgrad.calculus.simplify import Simplifier
from chalkgrad.calculus.steps import Factor, Step
from chalkgrad.errors import UnknownNameError
from chalkgrad.language import (
    FLOAT,
    Arithmetic,
    Array,
    Definition,
    Expression,
    Program,
    Role,
    evaluate,
    inline,
)


@dataclass(frozen=True)
class Derivation:
    """The derivative of a program's result by some of its tensors, as a program, with every step.

    `program` holds the source's definitions and one adjoint definition for each tensor on the way that is worth a name;
    its results are the gradients, in the order asked for. `adjoints` has all adjoints, also those that the program
    writes out in place. `links` are the elementary derivatives as the rules give them.
    """

    source: Program
    program: Program
    gradients: Mapping[str, Definition]
    adjoints: Mapping[str, Definition]
    steps: tuple[Step, ...]
    links: Mapping[tuple[str, str], Link]
    of: str

    @cached_property
    def factors(self) -> Mapping[tuple[str, str], Factor]:
        """The links of the chain rule, worked out, by the names of what is derived and by what."""
        simplifier = Simplifier(self.source)
        found = {}
        for names, link in self.links.items():
            wrt, raw = link.settled()
            found[names] = Factor(link.of, wrt, raw, simplifier.simplified(link.of, raw)[0])
        return found

    def definition(self, wrt: str) -> Definition:
        """The adjoint definition for a tensor's name; raises `UnknownNameError`."""
        if wrt not in self.adjoints:
            raise UnknownNameError("gradient", wrt, self.adjoints)
        return self.adjoints[wrt]

    def steps_for(self, wrt: str) -> tuple[Step, ...]:
        """The steps that led to the derivative by the tensor of that name."""
        name = self.definition(wrt).tensor.name
        return tuple(step for step in self.steps if step.subject.tensor.name == name)

    def chain(self, wrt: str) -> tuple[str, ...]:
        """The names from the result down to `wrt`, such as L, ŷ, o, v; () where there is not exactly one way."""
        users: dict[str, list[str]] = {}
        for of, inner in self.links:
            users.setdefault(inner, []).append(of)
        path = [wrt]
        while path[-1] != self.of:
            above = users.get(path[-1], [])
            if len(above) != 1:
                return ()
            path.append(above[0])
        return tuple(reversed(path))

    def closed_form(self, wrt: str) -> Expression:
        """The derivative by `wrt` with all adjoints written in: only tensors of the source remain."""
        definition = self.definition(wrt)
        names = [d.tensor.name for d in self.adjoints.values() if d.tensor is not definition.tensor]
        adjoints = Program((), tuple(self.adjoints.values()), (definition.tensor,))
        return inline(adjoints, names).definition(definition.tensor.name).body if names else definition.body

    def evaluate(self, values: Mapping[str, Any], arithmetic: Arithmetic = FLOAT) -> dict[str, Array]:
        """The gradients at the given values, by the reference evaluator: a name to an array of that tensor's shape."""
        arrays = evaluate(self.program, values, arithmetic)
        return {name: arrays[definition.tensor.name] for name, definition in self.gradients.items()}


def default_wrt(program: Program) -> tuple[str, ...]:
    """By what one differentiates unless told: the parameters, or where there are none the inputs."""
    chosen = program.parameters or tuple(t for t in program.declared if t.role is Role.INPUT)
    return tuple(tensor.name for tensor in chosen)
