"""Whether a program is a plain fully connected network, and which: `2-3-1 relu sigmoid bce`."""

from __future__ import annotations

from chalkgrad.calculus.cancel import cancel
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    ZERO,
    Add,
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Multiply,
    Program,
    Role,
    Sum,
    Tensor,
    same,
)
from chalkgrad.networks.architecture import SOFTMAX, NetworkSpec
from chalkgrad.networks.losses import LOSSES
from chalkgrad.reading.losses import is_softmax

_EVEN = frozenset({"mse", "mae", "huber"})  # losses that only see the distance


def recognised_spec(program: Program, output: Tensor, loss: str) -> str | None:
    """The one-line spec of the network that ends in `output`, or None if it is no such network."""
    definitions = {definition.tensor: definition for definition in program.definitions}
    sizes: list[int] = [_size(output)]
    activations: list[str] = []
    layer = output
    while layer.role is not Role.INPUT:
        definition = definitions.get(layer)
        if definition is None:
            return None
        function = "identity"
        if isinstance(definition.body, Call) and definition.body.order == 0:
            argument = definition.body.argument
            function = definition.body.function
            if not isinstance(argument, Element) or argument.tensor not in definitions:
                return None
            definition = definitions[argument.tensor]
        elif is_softmax(definition.body):
            logits = [tensor for tensor in definition.body.tensors if tensor in definitions]
            if logits != list(definition.body.tensors) or len(logits) != 1:
                return None
            function, definition = SOFTMAX, definitions[logits[0]]
        before = _dense_input(definition)
        if before is None or len(before.axes) > 1 or not _size(before):
            return None
        activations.insert(0, function)
        sizes.insert(0, _size(before))
        layer = before
    try:
        return str(NetworkSpec(tuple(sizes), tuple(activations), loss))
    except ChalkgradError:
        return None


def written_loss(program: Program, output: Tensor, target: str) -> str | None:
    """The row of the table of losses that a program's last equation is, of one output and its target, or None.

    It may be multiplied out: `-y log ŷ - (1-y) log(1-ŷ)`.

    >>> one, y = Tensor("yhat"), Tensor("y", (), Role.TARGET)
    >>> loss = Definition(Tensor("L"), (), (y[()] - one[()]) ** 2)
    >>> written_loss(Program((y,), (loss,), (loss.tensor,)), one, "y")
    'mse'
    """
    goal = next((tensor for tensor in program.declared if tensor.name == target), None)
    if goal is None or output.axes or goal.axes:
        return None
    body = program.definitions[-1].body
    for row in LOSSES.values():
        if row.term is not None and not row.logits_of:
            term = row.term(output[()], goal[()])
            turned = row.term(goal[()], output[()]) if row.name in _EVEN else term
            if any(same(body, each) or cancel(body - each) == ZERO for each in (term, turned)):
                return row.name
    return None


def _size(output: Tensor) -> int:
    """How many units there are, 0 where that is not known."""
    size = output.axes[0].size if output.axes else 1
    return size if isinstance(size, int) else 0


def _dense_input(definition: Definition) -> Tensor | None:
    """What goes into the layer, if the definition is inputs times weights plus a bias."""
    body = definition.body
    if not isinstance(body, Add) or len(body.terms) != 2:
        return None
    weighted = [term for term in body.terms if isinstance(term, Sum | Multiply)]
    bias = [term for term in body.terms if isinstance(term, Element) and term.tensor.role is Role.PARAMETER]
    if len(weighted) != 1 or len(bias) != 1:
        return None
    total = weighted[0]
    product, summed = (total.body, {total.axis}) if isinstance(total, Sum) else (total, set[Axis]())
    factors: tuple[Expression, ...] = product.factors if isinstance(product, Multiply) else ()
    elements = [factor for factor in factors if isinstance(factor, Element)]
    if len(factors) != 2 or len(elements) != 2:
        return None
    weights = [element for element in elements if element.tensor.role is Role.PARAMETER]
    inputs = [element for element in elements if element.tensor.role is not Role.PARAMETER]
    if len(weights) != 1 or len(inputs) != 1 or inputs[0].free != summed:
        return None
    return inputs[0].tensor if weights[0].free == {*summed, *definition.indices} else None
