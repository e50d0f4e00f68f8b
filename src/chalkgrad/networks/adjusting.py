"""What is done to a gradient before the optimiser takes it, as equations: penalties added, and clipping by its norm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    add,
    call,
    number,
    summation,
)


def adjusted(
    gradient: Program, *, l1: float = 0.0, l2: float = 0.0, clip: float | None = None, fixed: Sequence[str] = ()
) -> Program:
    """The program whose results are the gradients with penalties added, and then shortened to the length `clip`.

    To the gradient by a weight (a parameter with two axes or more; biases have one) l1·sign(w) + l2·w are added. The
    length is that of all gradients as one vector (Pascanu, Mikolov and Bengio, On the difficulty of training recurrent
    neural networks, 2013). What is `fixed` has no penalty. Raises `ChalkgradError` for a negative penalty,
    or a length that is not positive.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> gradient = derive(Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).program).program
    >>> print(*adjusted(gradient, l2=0.1, clip=5).definitions[-6:], sep="\\n")
    dL_db1[j] = sum(n, dL_dz1[n,j])
    dL_dW1_penalised[i,j] = dL_dW1[i,j] + W1[i,j]/10
    dL_norm = sqrt(sum(i, sum(j, dL_dW1_penalised[i,j]^2)) + sum(j, dL_db1[j]^2))
    dL_scale = 5/(5 + relu(dL_norm - 5))
    dL_dW1_clipped[i,j] = dL_dW1_penalised[i,j]*dL_scale
    dL_db1_clipped[j] = dL_db1[j]*dL_scale
    """
    for name, value in (("l1", l1), ("l2", l2)):
        if not value >= 0:
            raise ChalkgradError(f"{name} is a number from 0, not {value}")
    if clip is not None and not clip > 0:
        raise ChalkgradError(f"a gradient is clipped to a positive length, not {clip}")
    parameters = {tensor.name: tensor for tensor in gradient.parameters}
    definitions, results = list(gradient.definitions), list(gradient.results)
    if l1 or l2:
        for place, slope in enumerate(results):
            weight = parameters[slope.wrt]
            if len(weight.axes) >= 2 and weight.name not in fixed:
                penalty = _penalty(weight[weight.axes], l1, l2)
                results[place] = _next(definitions, slope, "penalised", slope[slope.axes] + penalty)
    if clip is not None:
        norm, scale = Tensor(f"d{results[0].of}_norm"), Tensor(f"d{results[0].of}_scale")
        definitions.append(Definition(norm, (), call("sqrt", add(*_squares(results)))))
        length = number(clip)
        shortened = length / (length + call("relu", norm[()] - length))
        definitions.append(Definition(scale, (), shortened))
        for place, slope in enumerate(results):
            results[place] = _next(definitions, slope, "clipped", slope[slope.axes] * scale[()])
    return Program(gradient.declared, tuple(definitions), tuple(results), gradient.assumptions)


def held(gradient: Program, fixed: Sequence[str]) -> Program:
    """The program in which the gradients by some parameters are 0, so that no step changes them.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> gradient = derive(Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).program).program
    >>> print(held(gradient, ["b1"]).definitions[-1])
    dL_db1[j] = 0
    """
    stay = {tensor for tensor in gradient.results if tensor.wrt in fixed}
    definitions = [
        Definition(each.tensor, each.indices, number(0)) if each.tensor in stay else each
        for each in gradient.definitions
    ]
    return Program(gradient.declared, tuple(definitions), gradient.results, gradient.assumptions)


def _penalty(weight: Expression, l1: float, l2: float) -> Expression:
    return add(*([number(l1) * call("sign", weight)] if l1 else []), *([number(l2) * weight] if l2 else []))


def _squares(slopes: Iterable[Tensor]) -> list[Expression]:
    return [summation(slope[slope.axes] ** 2, *slope.axes) for slope in slopes]


def _next(definitions: list[Definition], slope: Tensor, what: str, body: Expression) -> Tensor:
    """Adds the gradient that comes after another one."""
    plain = slope.name.removesuffix("_penalised")
    made = Tensor(f"{plain}_{what}", slope.axes, Role.ADJOINT, slope.of, slope.wrt)
    definitions.append(Definition(made, slope.axes, body))
    return made
