"""Programs for training only: samples that weigh differently, and hidden units that are dropped at random."""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    SizeOf,
    Sum,
    Tensor,
    number,
    rebuild,
    substitute_elements,
    summation,
)
from chalkgrad.networks.batches import SAMPLES

WEIGHT = Tensor("weight", (SAMPLES,), Role.INPUT)


def weighted(program: Program) -> Program:
    """The program whose loss counts sample n `weight[n]` times: Σ weight·l / Σ weight for a mean, else Σ weight·l.

    A weight of 2 is the sample twice. Raises `ChalkgradError` where the loss is no sum over samples, or the name
    `weight` is taken.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> print(weighted(Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).program).definitions[-1])
    L = sum(n, weight[n]*l[n])/sum(n, weight[n])
    """
    definition = program.definition(program.result.name)
    total = summation(WEIGHT[SAMPLES], SAMPLES)

    def change(node: Expression) -> Expression:
        if isinstance(node, Sum) and node.axis.size == SAMPLES.size:
            return summation(WEIGHT[node.axis] * node.body, node.axis)
        return total if isinstance(node, SizeOf) and node.size == SAMPLES.size else rebuild(node, change)

    body = change(definition.body)
    if WEIGHT not in body.tensors:
        raise ChalkgradError(f"samples can be weighed where the loss is a sum over them, and {definition} is not")
    if any(tensor.name == WEIGHT.name for tensor in (*program.declared, *(d.tensor for d in program.definitions))):
        raise ChalkgradError(f"the program has a tensor '{WEIGHT.name}' already")
    definitions = tuple(
        Definition(found.tensor, found.indices, body if found is definition else found.body)
        for found in program.definitions
    )
    return Program((*program.declared, WEIGHT), definitions, program.results, program.assumptions)


def with_dropout(program: Program, rate: float) -> tuple[Program, Mapping[str, float]]:
    """The program in which every hidden unit is 0 with the probability `rate`, and how likely each input is to be 1.

    What is kept is divided by 1 - rate, so that nothing has to be scaled when the network is used (Srivastava et al.,
    Dropout: a simple way to prevent neural networks from overfitting, 2014, section 10). The hidden values are h1, h2,
    …; the new inputs keep1, keep2, … are drawn anew for each step. Raises `ChalkgradError` for a rate that is not from
    0 to below 1, or a network without hidden values.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program, kept = with_dropout(Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")).program, 0.25)
    >>> print(program.definition("h1_dropped"), kept)
    h1_dropped[n,j] = 4*h1[n,j]*keep1[n,j]/3 {'keep1': 0.75}
    """
    if not 0 <= rate < 1:
        raise ChalkgradError(f"the rate of dropout is from 0 to below 1, not {rate}")
    definitions: list[Definition] = []
    kept: list[Tensor] = []
    dropped: dict[Tensor, tuple[tuple[Axis, ...], Expression]] = {}
    for found in program.definitions:
        definitions.append(Definition(found.tensor, found.indices, substitute_elements(found.body, dropped)))
        name = found.tensor.name
        if name[:1] == "h" and name[1:].isdigit():
            keep = Tensor(f"keep{name[1:]}", found.tensor.axes, Role.INPUT)
            after = Tensor(f"{name}_dropped", found.tensor.axes)
            kept.append(keep)
            dropped[found.tensor] = found.indices, after[found.indices]
            body = found.tensor[found.indices] * keep[found.indices] / (1 - number(rate))
            definitions.append(Definition(after, found.indices, body))
    if not kept:
        raise ChalkgradError("there are no hidden values h1, h2, … to be dropped")
    declared = (*program.declared, *kept)
    made = Program(declared, tuple(definitions), program.results, program.assumptions)
    return made, {tensor.name: 1 - rate for tensor in kept}
