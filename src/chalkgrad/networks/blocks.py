"""Larger layers as equations: gated units, attention with several heads, rotated positions, embeddings, dropout."""

from __future__ import annotations

from fractions import Fraction

from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Role,
    Tensor,
    as_index,
    call,
    delta,
    index_value,
    number,
    power,
    summation,
)
from chalkgrad.language.named import chosen
from chalkgrad.networks.layers import Layer, attention


def gated_unit(inputs: Tensor, units: Axis, function: str, output: str = "h", suffix: str = "") -> Layer:
    """A linear map times a function of another: with silu SwiGLU, with gelu GEGLU, with sigmoid GLU; without biases.

    Source: Shazeer, GLU variants improve transformer, 2020.

    >>> print(gated_unit(Tensor("x", (Axis("i", 2),), Role.INPUT), Axis("j", 3), "silu").definitions[-1])
    h[j] = silu(g[j])*u[j]
    """
    *lead, i = inputs.axes
    axes = (*lead, units)
    gate, value = (Tensor(name + suffix, axes) for name in ("g", "u"))
    weights = tuple(Tensor(name + suffix, (i, units), Role.PARAMETER) for name in ("W", "V"))
    made = [
        Definition(tensor, axes, summation(inputs[inputs.axes] * weight[i, units], i))
        for tensor, weight in zip((gate, value), weights, strict=True)
    ]
    body = call(function, gate[axes]) * value[axes]
    return Layer(weights, (*made, Definition(Tensor(output, axes), axes, body)))


def multi_head_attention(
    inputs: Tensor, groups: Axis, queries: Axis, width: Axis, output: str = "y", causal: bool = True
) -> Layer:
    """Attention of a sequence (…, t, m) to itself with `groups` of heads that share keys and values.

    Each group has as many heads as `queries` has places: one for attention with several heads, all in one group for
    one key. The weights are Q (m, groups, queries, width), K and V (m, groups, width), O (groups, queries, width, m).
    Source: Ainslie et al., GQA, 2023; Vaswani et al., Attention is all you need, 2017.

    >>> x = Tensor("x", (Axis("t", 3), Axis("m", 4)), Role.INPUT)
    >>> layer = multi_head_attention(x, Axis("g", 1), Axis("r", 2), Axis("d", 2))
    >>> print(layer.definitions[-1])
    y[t,m] = sum(g, sum(r, sum(d, o[g,r,t,d]*O[g,r,d,m])))
    """
    *lead, t, m = inputs.axes
    u = Axis(t.name + "'", t.size)
    queried, keyed = (*lead, groups, queries, t, width), (*lead, groups, u, width)
    weights = (
        Tensor("Q", (m, groups, queries, width), Role.PARAMETER),
        Tensor("K", (m, groups, width), Role.PARAMETER),
        Tensor("V", (m, groups, width), Role.PARAMETER),
        Tensor("O", (groups, queries, width, m), Role.PARAMETER),
    )
    query, key, value = Tensor("q", queried), Tensor("k", keyed), Tensor("v", keyed)
    there = inputs[(*lead, u, m)]
    made = (
        Definition(query, queried, summation(inputs[inputs.axes] * weights[0][m, groups, queries, width], m)),
        Definition(key, keyed, summation(there * weights[1][m, groups, width], m)),
        Definition(value, keyed, summation(there * weights[2][m, groups, width], m)),
    )
    mixed = attention(query, key, value, causal=causal)
    c = mixed.output.axes[-1]
    body = summation(mixed.output[mixed.output.axes] * weights[3][groups, queries, c, m], groups, queries, c)
    result = Definition(Tensor(output, inputs.axes), inputs.axes, body)
    return Layer(weights, (*made, *mixed.definitions, result))


def rotary(inputs: Tensor, output: str = "h", base: int = 10_000) -> Layer:
    """Turns each pair of neighbours of the last axis by an angle that grows with the position: (…, t, 2 d).

    Source: Su et al., RoFormer, 2021, section 3.2. Raises `ProgramError` for a last axis of odd or unknown size.

    >>> layer = rotary(Tensor("q", (Axis("t", 3), Axis("d", 4)), Role.INPUT))
    >>> print(layer.definitions[0])
    angle[t,k] = index(t)/10000^(index(k)/2)
    """
    *lead, t, d = inputs.axes
    if not isinstance(d.size, int) or d.size % 2:
        raise ProgramError(f"the last axis of '{inputs.name}' has {d.size} places; expected an even number")
    k = Axis("k" if "k" not in {axis.name for axis in inputs.axes} else "k'", d.size // 2)
    angle = Tensor("angle", (t, k))
    turn = index_value(t) / power(number(base), index_value(k) * number(Fraction(2, d.size)))
    here = angle[t, k]
    even, odd = inputs[(*lead, t, as_index(k) * 2)], inputs[(*lead, t, as_index(k) * 2 + 1)]
    first = Call("cos", here) * even - Call("sin", here) * odd
    second = Call("sin", here) * even + Call("cos", here) * odd
    body = summation(delta(d, as_index(k) * 2) * first + delta(d, as_index(k) * 2 + 1) * second, k)
    definition = Definition(Tensor(output, inputs.axes), inputs.axes, body)
    return Layer((), (Definition(angle, (t, k), turn), definition))


def embedding(labels: Tensor, words: Axis, width: Axis, output: str = "h", weights: str = "E") -> Layer:
    """The row of a table for each label: labels (…) of words give (…, width).

    >>> print(*embedding(Tensor("w", (Axis("t", 3),), Role.INPUT), Axis("v", 5), Axis("d", 2)).definitions)
    h[t,d] = sum(v, [w[t] = index(v)]*E[v,d])
    """
    table = Tensor(weights, (words, width), Role.PARAMETER)
    axes = (*labels.axes, width)
    body = chosen(table[words, width], words, labels[labels.axes])
    return Layer((table,), (Definition(Tensor(output, axes), axes, body),))


def dropout(inputs: Tensor, mask: Tensor, rate: str, output: str = "h") -> Layer:
    """The inputs where a mask of ones and zeros keeps them, divided by the share that is kept.

    Source: Srivastava et al., Dropout, 2014, scaled in training as is usual now.

    >>> i = Axis("i", 2)
    >>> print(*dropout(Tensor("x", (i,)), Tensor("m", (i,)), "0.5").definitions)
    h[i] = 2*x[i]*m[i]
    """
    axes = inputs.axes
    body = inputs[axes] * mask[axes] / (1 - number(rate))
    return Layer((), (Definition(Tensor(output, axes), axes, body),))
