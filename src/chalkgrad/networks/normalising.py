"""Normalising layers as equations: by the root of the mean square, over the samples, and in groups of channels."""

from __future__ import annotations

from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Expression,
    Role,
    Tensor,
    as_index,
    delta,
    multiply,
    number,
    size_of,
    summation,
)
from chalkgrad.networks.layers import Layer


def rms_normalisation(
    inputs: Tensor,
    output: str = "h",
    suffix: str = "",
    epsilon: str = "0.00001",
    scale: Tensor | str | None = "gamma",
    places: int = 1,
) -> Layer:
    """Divides the last axis (the last `places` ones) by the root of its mean square, and scales by gamma: a tensor that
    there is already, the name of a new one, or None.

    Source: Zhang and Sennrich, Root mean square layer normalization, 2019.

    >>> for definition in rms_normalisation(Tensor("z", (Axis("j", 4),))).definitions:
    ...     print(definition)
    ms = sum(j, z[j]^2)/4
    h[j] = z[j]*gamma[j]/sqrt(ms + 0.00001)
    """
    axes = inputs.axes
    lead, last = axes[: len(axes) - places], axes[len(axes) - places :]
    square = Tensor(f"ms{suffix}", lead)
    gamma = Tensor(scale + suffix, last, Role.PARAMETER) if isinstance(scale, str) else scale
    scaled: Expression = inputs[axes] if gamma is None else inputs[axes] * gamma[last]
    body = scaled / Call("sqrt", square[lead] + number(epsilon))
    mean = summation(inputs[axes] ** 2, *last) / multiply(*map(size_of, last))
    new = (gamma,) if gamma is not None and isinstance(scale, str) else ()
    return Layer(new, (Definition(square, lead, mean), Definition(Tensor(output, axes), axes, body)))


def batch_normalisation(
    inputs: Tensor, channels: Axis, output: str = "h", suffix: str = "", epsilon: str = "0.00001"
) -> Layer:
    """Normalises each channel over the samples and places of a batch, as in training, then scales and shifts it.

    Source: Ioffe and Szegedy, Batch normalization, 2015, algorithm 1. Raises `ProgramError` where the inputs have no
    such axis.

    >>> n, c = Axis("n", "n"), Axis("c", 3)
    >>> print(*batch_normalisation(Tensor("z", (n, c)), c).definitions, sep="; ")
    mu[c] = sum(n, z[n,c])/|n|; var[c] = sum(n, (z[n,c] - mu[c])^2)/|n|; h[n,c] = (z[n,c] - mu[c])*gamma[c]/sqrt(var[c] + 0.00001) + beta[c]
    """  # noqa: E501
    if channels not in inputs.axes:
        raise ProgramError(f"'{inputs.name}' has no axis '{channels.name}' of channels")
    axes = inputs.axes
    over = [axis for axis in axes if axis is not channels]
    mean, variance = Tensor(f"mu{suffix}", (channels,)), Tensor(f"var{suffix}", (channels,))
    gamma, beta = (Tensor(name + suffix, (channels,), Role.PARAMETER) for name in ("gamma", "beta"))
    centred, first, second = inputs[axes] - mean[channels], inputs[axes], (inputs[axes] - mean[channels]) ** 2
    total_first, total_second = summation(first, *over), summation(second, *over)
    for axis in over:
        total_first, total_second = total_first / size_of(axis), total_second / size_of(axis)
    body = centred * gamma[channels] / Call("sqrt", variance[channels] + number(epsilon)) + beta[channels]
    return Layer(
        (gamma, beta),
        (
            Definition(mean, (channels,), total_first),
            Definition(variance, (channels,), total_second),
            Definition(Tensor(output, axes), axes, body),
        ),
    )


def group_normalisation(
    inputs: Tensor, channels: Axis, groups: int, output: str = "h", suffix: str = "", epsilon: str = "0.00001"
) -> Layer:
    """Normalises groups of channels of each sample, all axes after the channels included; scales and shifts channels.

    Source: Wu and He, Group normalization, 2018. Raises `ProgramError` for channels that do not part into the groups.

    >>> c, t = Axis("c", 4), Axis("t", 5)
    >>> print(group_normalisation(Tensor("z", (c, t)), c, 2).definitions[0])
    mu[g] = sum(e, sum(t, z[2*g+e,t]))/10
    """
    if channels not in inputs.axes or not isinstance(channels.size, int) or channels.size % groups:
        raise ProgramError(f"the axis '{channels.name}' of '{inputs.name}' cannot be parted into {groups} groups")
    axes, place = inputs.axes, inputs.axes.index(channels)
    lead, after = axes[:place], axes[place + 1 :]
    width = channels.size // groups
    names = {axis.name for axis in axes}
    group = Axis("g" if "g" not in names else "g'", groups)
    within = Axis("e" if "e" not in names else "e'", width)
    whole, at = (*lead, group), as_index(group) * width + within
    mean, variance = Tensor(f"mu{suffix}", whole), Tensor(f"var{suffix}", whole)
    gamma, beta = (Tensor(name + suffix, (channels,), Role.PARAMETER) for name in ("gamma", "beta"))
    count = size_of(within)
    for axis in after:
        count = count * size_of(axis)
    values = inputs[(*lead, at, *after)]
    parted = (*lead, group, within, *after)
    normal = Tensor(f"normal{suffix}", parted)
    scaled = (values - mean[whole]) / Call("sqrt", variance[whole] + number(epsilon))
    chosen = _parted(normal, lead, channels, group, within, after)
    return Layer(
        (gamma, beta),
        (
            Definition(mean, whole, summation(values, within, *after) / count),
            Definition(variance, whole, summation((values - mean[whole]) ** 2, within, *after) / count),
            Definition(normal, parted, scaled),
            Definition(Tensor(output, axes), axes, chosen * gamma[channels] + beta[channels]),
        ),
    )


def _parted(
    normal: Tensor, lead: tuple[Axis, ...], channels: Axis, group: Axis, within: Axis, after: tuple[Axis, ...]
) -> Expression:
    """The element of a channel, of which group and place in it are what is told: Σ_g Σ_e δ(c, w g + e) …"""
    here = delta(channels, as_index(group) * int(within.size) + within)
    return summation(here * normal[(*lead, group, within, *after)], group, within)
