r"""A loss that words name of a whole batch, as the mean over it where its gradients say so: the B of
`\frac{\partial L}{\partial Z} = \frac1B (\hat Y - Y)`, of which nothing else speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.language import MINUS_ONE, Definition, Element, Power, walk
from chalkgrad.reading.named_losses import NamedLoss
from chalkgrad.reading.readings import Reading


def as_means(reading: Reading, loss: NamedLoss) -> Iterator[NamedLoss]:
    """The loss over each number by which all of its gradients are divided, where its output is a matrix."""
    output = reading.definitions.get(loss.output)
    if output is None or len(output.tensor.axes) != 2:
        return
    for name in sorted(_divisors(reading)):
        body = loss.definition.body / _number(reading, name)
        yield replace(loss, definition=Definition(loss.definition.tensor, loss.definition.indices, body))


def _number(reading: Reading, name: str) -> Element:
    """The number of a name, as it stands in the claims."""
    return next(element for element in _dividing(reading) if element.tensor.name == name)


def _divisors(reading: Reading) -> set[str]:
    """The names of the numbers that nothing defines and by which the gradients of the loss are divided."""
    learned = {str(symbol) for symbol in reading.facts.derived_by} | reading.definitions.keys()
    return {element.tensor.name for element in _dividing(reading)} - learned


def _dividing(reading: Reading) -> Iterator[Element]:
    for claim in reading.claims:
        if any(tensor.of == reading.loss for tensor in claim.left.derived):
            for way in (way for ways in claim.sides for way in ways[:1] if way.value is not None):
                for node in walk(way.value.expression) if way.value is not None else ():
                    if isinstance(node, Power) and node.exponent is MINUS_ONE and isinstance(node.base, Element):
                        if not node.base.tensor.axes:
                            yield node.base


__all__ = ["as_means"]
