"""Exponentials divided by their own sum, the softmax: found in expressions, and given a name in programs."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.calculus.matching import match
from chalkgrad.language import (
    ONE,
    Axis,
    Call,
    Definition,
    Expression,
    Multiply,
    Number,
    Program,
    Role,
    Sum,
    Tensor,
    multiply,
    power,
    rebuild,
    split_power,
    substitute_axes,
)

_NAMES = ("p", "q", "s", "a", "softmax")


def softmax_in(factors: tuple[Expression, ...]) -> tuple[Call, Expression, Axis, tuple[Expression, ...]] | None:
    """The exponential and the power of a sum that make a softmax, its axis, and what is left of the product.

    >>> k, j = Axis("k", "c"), Axis("j", "c")
    >>> o, y = Tensor("o", (k,)), Tensor("y", (k,))
    >>> exponential, _, axis, left = softmax_in((y[k], Call("exp", o[k]), Sum(Call("exp", o[j]), j) ** -1))
    >>> print(exponential, axis.name, *left)
    exp(o[k]) k y[k]
    """
    for below in factors:
        total, times = split_power(below)
        if not (isinstance(times, Number) and times.value <= -1 and isinstance(total, Sum)):
            continue
        for above in factors:
            exponential, often = split_power(above)
            if not (isinstance(exponential, Call) and exponential.function == "exp" and not exponential.order):
                continue
            if not isinstance(often, Number) or often.value < 1:
                continue
            for axis in exponential.free - total.free:
                if axis.size == total.axis.size and substitute_axes(total.body, {total.axis: axis}) is exponential:
                    rest = (factor for factor in factors if factor is not above and factor is not below)
                    more = multiply(power(exponential, often.value - 1), power(total, times.value + 1))
                    left = (*rest, more) if more is not ONE else tuple(rest)
                    return exponential, power(total, -1), axis, left
    return None


def with_softmax_named(program: Program) -> Program:
    """The program with each softmax in it as a definition of its own, so that derivatives can be written by its name.

    >>> k, j = Axis("k", "c"), Axis("j", "c")
    >>> o, L = Tensor("o", (k,)), Tensor("L")
    >>> softmax = Call("exp", o[k]) / Sum(Call("exp", o[j]), j)
    >>> named = with_softmax_named(Program((o,), (Definition(L, (), Sum(softmax**2, k)),), (L,)))
    >>> print(*named.definitions, sep="; ")
    p[k] = exp(o[k])/sum(j, exp(o[j])); L = sum(k, p[k]^2)
    """
    definitions: list[Definition] = []
    named: list[Definition] = []
    tensors = (*program.declared, *(each.tensor for each in program.definitions))
    taken = {tensor.name for tensor in tensors} | {str(size) for tensor in tensors for size in tensor.shape}

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        found = softmax_in(node.factors) if isinstance(node, Multiply) else None
        if found is None:
            return node
        above, below, axis, left = found
        body = multiply(above, below)
        indices = tuple(sorted(body.free, key=lambda each: (each is axis, each.name)))
        for one in named:
            places = match(one.body, body, frozenset(), frozenset(one.indices))
            if places is not None and all(index in places or index in body.free for index in one.indices):
                return change(multiply(one.tensor[tuple(places.get(index, index) for index in one.indices)], *left))
        name = next((name for name in _NAMES if name not in taken), "")
        if not name:
            return node
        taken.add(name)
        tensor = Tensor(name, indices)
        named.append(Definition(tensor, indices, body))
        definitions.append(named[-1])
        return change(multiply(tensor[indices], *left))

    for definition in program.definitions:
        if softmax_is(definition.body) and definition.tensor.role is not Role.ADJOINT:
            named.append(definition)
            definitions.append(definition)
        else:
            definitions.append(replace(definition, body=change(definition.body)))
    return replace(program, definitions=tuple(definitions))


def softmax_is(body: Expression) -> bool:
    """Whether a body is a softmax and nothing else."""
    found = softmax_in(body.factors) if isinstance(body, Multiply) else None
    return found is not None and not found[-1]
