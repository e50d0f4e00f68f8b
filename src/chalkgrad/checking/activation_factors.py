"""The derivative of an activation as a factor of a product, in the forms in which people write it.

`σ'(z)`, `h(1 - h)`, `1 - h²`, `1[z > 0]`: each is recognised by its form, whether or not it is the derivative that
belongs there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from chalkgrad.checking.edits import Subject, everywhere
from chalkgrad.checking.words import What
from chalkgrad.language import (
    Add,
    Call,
    Definition,
    Element,
    Expression,
    Indicator,
    Multiply,
    Number,
    Power,
    add,
    multiply,
    number,
    power,
)

Edited = Iterator[tuple[Expression, What]]
_TWO = number(2)


@dataclass(frozen=True)
class ActivationFactor:
    """Factors that make the derivative of a function of the table, and that of which it is taken (z or h)."""

    factors: tuple[Expression, ...]
    function: str
    at: Expression

    @property
    def product(self) -> Expression:
        """The factors, multiplied."""
        return multiply(*self.factors)


@dataclass(frozen=True)
class Layer:
    """A layer's definition `h := f(z)`, and z at the indices at which it is met."""

    definition: Definition
    body: Call
    before: Element

    @property
    def value(self) -> Element:
        """The layer's value h there."""
        return Element(self.definition.tensor, self.before.indices)

    @property
    def derivative(self) -> Expression:
        """The derivative of its activation there."""
        return Call(self.body.function, self.before, 1)


def layer_of(node: Expression, subject: Subject) -> Layer | None:
    """The layer of which an expression is the value h or the pre-activation z."""
    if isinstance(node, Call) and node.order == 0:
        node = node.argument
    if isinstance(node, Element):
        for definition, body in subject.layers:
            assert isinstance(body.argument, Element)
            if node.tensor in (definition.tensor, body.argument.tensor):
                return Layer(definition, body, Element(body.argument.tensor, node.indices))
    return None


def activation_factors(node: Expression) -> Iterator[ActivationFactor]:
    """The derivatives of activations among the factors of a product, or of their powers."""
    factors = node.factors if isinstance(node, Multiply) else (node,)
    bases = {factor.base if _is_power(factor) else factor: None for factor in factors}
    for factor in bases:
        match factor:
            case Call(function=function, argument=argument, order=1):
                yield ActivationFactor((factor,), function, argument)
            case Indicator(comparison=">" | ">=", left=left, right=Number(value=0)):
                yield ActivationFactor((factor,), "relu", left)
            case Add(terms=terms) if len(terms) == 2:
                for term in terms:
                    value = -term
                    if isinstance(value, Power) and value.exponent is _TWO and factor is add(1, term):
                        yield ActivationFactor((factor,), "tanh", value.base)
                    elif value in bases and factor is add(1, term):
                        yield ActivationFactor((value, factor), "sigmoid", value)


def _is_power(factor: Expression) -> TypeGuard[Power]:
    return isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value > 1


def without(node: Expression, gone: Sequence[Expression]) -> Expression:
    """A product without some of its factors; a power of one is lowered."""
    left = list(node.factors) if isinstance(node, Multiply) else [node]
    for factor in gone:
        if factor in left:
            left.remove(factor)
        else:
            left.append(power(factor, -1))
    return multiply(*left)


def other_derivative(expression: Expression, subject: Subject) -> Edited:
    """The derivative of the layer's own activation for that of another function."""

    def edit(node: Expression) -> Edited:
        for found in activation_factors(node):
            layer = layer_of(found.at, subject)
            if layer is not None and layer.body.function != found.function:
                yield multiply(without(node, found.factors), layer.derivative), found.product

    return everywhere(expression, edit)


def derivative_elsewhere(expression: Expression, subject: Subject) -> Edited:
    """A derivative that is taken at the value h instead of z, or in whose form z stands instead of h."""

    def edit(node: Expression) -> Edited:
        for found in activation_factors(node):
            layer = layer_of(found.at, subject)
            if layer is None:
                continue
            at: Expression
            right: Expression
            if isinstance(found.factors[0], Call):  # σ'(h)
                at, right = found.at, layer.before
            elif isinstance(found.at, Call):  # σ(h)(1 - σ(h))
                at, right = found.at.argument, layer.before if found.at.function == layer.body.function else found.at
            else:  # z(1 - z)
                at, right = found.at, layer.value
            if at in (layer.before, layer.value) and at is not right:
                yield multiply(without(node, found.factors), layer.derivative), (at, " for ", right)

    return everywhere(expression, edit)


def derivative_of_other_layer(expression: Expression, subject: Subject) -> Edited:
    """The derivative of one layer's activation for that of another's."""

    def edit(node: Expression) -> Edited:
        for found in activation_factors(node):
            layer = layer_of(found.at, subject)
            for definition, body in subject.layers:
                assert isinstance(body.argument, Element)
                before = body.argument.tensor
                if layer is None or layer.definition is definition:
                    continue
                if subject.are_units(layer.definition.tensor, definition.tensor):
                    continue
                same = before.shape == layer.before.tensor.shape
                place = Element(before, layer.before.indices) if same else subject.placed(before)
                if place is not None:
                    what = (
                        found.product,
                        " belongs to the layer ",
                        layer.definition.tensor,
                        ", not ",
                        definition.tensor,
                    )
                    yield multiply(without(node, found.factors), Call(body.function, place, 1)), what

    return everywhere(expression, edit)


def derivative_dropped(expression: Expression, subject: Subject) -> Edited:
    """A product without the derivative of an activation."""

    def edit(node: Expression) -> Edited:
        for found in activation_factors(node):
            rest = without(node, found.factors)
            if not isinstance(rest, Number):  # by itself it is no factor
                yield rest, found.product

    return everywhere(expression, edit)


def gate_turned(expression: Expression, subject: Subject) -> Edited:
    """A condition `z < 0` the other way round."""
    turned = {"<": ">", "<=": ">", ">": "<=", ">=": "<"}

    def edit(node: Expression) -> Edited:
        if isinstance(node, Indicator) and node.comparison in turned:
            yield Indicator(turned[node.comparison], node.left, node.right), node

    return everywhere(expression, edit)
