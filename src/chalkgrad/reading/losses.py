"""The loss that follows a document's network, where the document names it: for one sample, or the mean over a batch."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.errors import ReadingError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Multiply,
    Power,
    Role,
    Sum,
    Tensor,
    call,
    multiply,
    size_of,
    summation,
    tensors_in,
)
from chalkgrad.networks.losses import Loss
from chalkgrad.reading.scope import SAMPLES


def is_softmax(body: Expression) -> bool:
    """Whether a body is exponentials over their sum."""
    if not isinstance(body, Multiply):
        return False
    powers = [factor for factor in body.factors if isinstance(factor, Power)]
    return any(isinstance(each.base, Sum) and "exp" in str(each.base) for each in powers) and "exp" in str(body)


def loss_definitions(
    loss: Loss, definitions: Sequence[Definition], output: Tensor, target: Tensor, name: str
) -> tuple[Definition, ...]:
    """The equations of the loss called `name`, from the output, or from the logits where the loss wants those.

    Of a batch it is the mean over the samples, the loss of one being called `l`. Binary cross-entropies of several
    outputs are added up, as those who derive them do. Raises `ReadingError` where the loss does not fit the output.
    """
    samples = next((axis for axis in output.axes if axis.size == SAMPLES), None)
    body = next(definition.body for definition in definitions if definition.tensor is output)
    result = Tensor(name)
    before = body.argument if isinstance(body, Call) and body.function == loss.logits_of else None
    if isinstance(before, Element):
        output, target = before.tensor, _as(target, before.tensor)
    inputs = {axis for each in definitions for tensor in tensors_in(each.body) if tensor.role is Role.INPUT
              for axis in tensor.axes}  # fmt: skip
    added_up = loss.name.startswith("bce") and bool(output.axes) and not inputs & set(output.axes) - {samples}
    if samples is None and output.axes and not added_up and (loss.term is not None or not is_softmax(body)):
        return loss.definitions(output, _as(target, output), result)
    each = _of_one(loss, output, target, samples, added_up=added_up)
    if samples is None:
        return (Definition(result, (), each),)
    own = Tensor("l" if name != "l" else "l_sample", (samples,))
    mean = summation(own[samples], samples) / size_of(samples)
    return (Definition(own, (samples,), each), Definition(result, (), mean))


def _as(target: Tensor, output: Tensor) -> Tensor:
    """The target, which has the axes of the output."""
    return Tensor(target.name, output.axes, target.role)


def _of_one(loss: Loss, output: Tensor, target: Tensor, samples: Axis | None, *, added_up: bool) -> Expression:
    """The loss of one sample: the cross-entropy of its classes, or the mean over its outputs, or their sum."""
    outputs = [axis for axis in output.axes if axis is not samples]
    predicted, wanted = output[output.axes], target[target.axes]
    if loss.term is None:
        if not outputs:
            raise ReadingError(f"the {loss.title} needs several outputs, and '{output.name}' is one number")
        return multiply(-1, summation(wanted * call("log", predicted), outputs[0]))
    term = loss.term(predicted, wanted)
    for axis in outputs:
        term = summation(term, axis)
        if not added_up:
            term = term / size_of(axis)
    return term
