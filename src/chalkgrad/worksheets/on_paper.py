"""A softmax as it stands on paper: a quotient of exponentials, with no maximum taken out of them."""

from __future__ import annotations

from chalkgrad.language import Axis, Definition, Expression, Program, call, summation
from chalkgrad.networks import Network
from chalkgrad.networks.architecture import SOFTMAX, NetworkSpec

_SUMMED = "l"  # the index of the sum below the softmax; layers have others


def ends_in_softmax(spec: NetworkSpec) -> bool:
    """Whether a network's loss is the cross-entropy of a softmax."""
    return spec.activations[-1] == SOFTMAX and spec.loss == "cross_entropy"


def written_program(spec: NetworkSpec) -> Program:
    """The equations of one sample as a person writes them.

    >>> print(*written_program(NetworkSpec((2, 2), ("softmax",), "cross_entropy")).definitions, sep="; ")
    z1[j] = sum(i, x[i]*W1[i,j]) + b1[j]; yhat[j] = exp(z1[j])/sum(l, exp(z1[l])); L = -sum(j, y[j]*log(yhat[j]))
    """
    program = Network(spec).sample_program
    if not ends_in_softmax(spec):
        return program
    output, target = program.tensor("yhat"), program.tensor("y")
    k = output.axes[-1]
    return _with_loss(program, spec, -summation(target[k] * call("log", output[k]), k))


def derived_program(spec: NetworkSpec) -> Program:
    """The same, with the loss as it is derived from: the logarithm of a softmax is taken of both its parts.

    >>> print(derived_program(NetworkSpec((2, 2), ("softmax",), "cross_entropy")).definitions[-1])
    L = sum(j, y[j]*(log(sum(l, exp(z1[l]))) - z1[j]))
    """
    program = Network(spec).sample_program
    if not ends_in_softmax(spec):
        return program
    logits, target = program.tensor(f"z{spec.depth}"), program.tensor("y")
    k = logits.axes[-1]
    other = Axis(_SUMMED, k.size)
    logarithm = call("log", summation(call("exp", logits[other]), other))
    return _with_loss(program, spec, summation(target[k] * (logarithm - logits[k]), k))


def _with_loss(program: Program, spec: NetworkSpec, loss: Expression) -> Program:
    logits, output = program.tensor(f"z{spec.depth}"), program.tensor("yhat")
    k = output.axes[-1]
    other = Axis(_SUMMED, k.size)
    last = next(at for at, each in enumerate(program.definitions) if each.tensor is logits)
    softmax = call("exp", logits[k]) / summation(call("exp", logits[other]), other)
    written = (Definition(output, (k,), softmax), Definition(program.result, (), loss))
    definitions = (*program.definitions[: last + 1], *written)
    return Program(program.declared, definitions, program.results, program.assumptions)
