"""Edits that mend slips about which tensor stands where: layers, weights, transposes, samples, the regulariser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations

from chalkgrad.calculus import derive
from chalkgrad.checking.activation_factors import without
from chalkgrad.checking.chain_edits import summed
from chalkgrad.checking.edits import Subject, everywhere
from chalkgrad.checking.words import What
from chalkgrad.language import (
    Add,
    Call,
    Definition,
    Element,
    Expression,
    Multiply,
    Number,
    Power,
    Program,
    Role,
    Sum,
    Tensor,
    add,
    as_index,
    children,
    delta,
    multiply,
    number,
    substitute_axes,
    walk,
)

Edited = Iterator[tuple[Expression, What]]


def summed_over_samples(expression: Expression, subject: Subject) -> Edited:
    """The sum over samples that is missing in the gradient of what is no bias."""
    if not is_bias(subject):
        yield from summed(samples=True)(expression, subject)


def is_bias(subject: Subject) -> bool:
    """Whether the claim is about a tensor that is a term by itself in some definition."""
    tensor = subject.target.tensor
    return any(
        isinstance(term, Element) and term.tensor is tensor
        for definition in subject.program.definitions
        if isinstance(definition.body, Add)
        for term in definition.body.terms
    )


def bias_summed(expression: Expression, subject: Subject) -> Edited:
    """The same sum, for a bias."""
    if is_bias(subject):
        yield from summed(samples=True)(expression, subject)


def other_activation(expression: Expression, subject: Subject) -> Edited:
    """The value of one layer, or an input, for that of another."""
    layers = _layers(subject)
    return _replaced(expression, subject, lambda one, other: one in layers and other in layers)


def other_weights(expression: Expression, subject: Subject) -> Edited:
    """One parameter for another."""
    return _replaced(
        expression, subject, lambda one, other: one.role is Role.PARAMETER and other.role is Role.PARAMETER
    )


def other_variable(expression: Expression, subject: Subject) -> Edited:
    """Any other tensor of the same shape for one that is written, of any length for one with an index too many."""
    layers = _layers(subject)
    loose = {axis.size for axis in expression.free - set(subject.axes)}

    def exchangeable(one: Tensor, other: Tensor) -> bool:
        alike = (one in layers and other in layers) or (one.role is Role.PARAMETER and other.role is Role.PARAMETER)
        itself = one is subject.target.tensor and other.role is not Role.PARAMETER
        strays = len(one.shape) == len(other.shape) and not loose.isdisjoint(one.shape)
        return itself or strays or (one.shape == other.shape and not alike)

    return _replaced(expression, subject, exchangeable)


def _layers(subject: Subject) -> set[Tensor]:
    inputs = {tensor for tensor in subject.program.declared if tensor.role is Role.INPUT}
    return inputs | {definition.tensor for definition, _ in subject.activations()}


def value_of_layer(expression: Expression, subject: Subject) -> Edited:
    """The value of a layer for that before its activation."""
    values = {body.argument.tensor: d.tensor for d, body in subject.layers if isinstance(body.argument, Element)}

    def edit(node: Expression) -> Edited:
        if isinstance(node, Element) and node.tensor in values:
            yield Element(values[node.tensor], node.indices), (node.tensor, " for ", values[node.tensor])

    return everywhere(expression, edit)


def _replaced(expression: Expression, subject: Subject, exchangeable: Callable[[Tensor, Tensor], bool]) -> Edited:
    def edit(node: Expression) -> Edited:
        if isinstance(node, Element):
            there = tuple(zip(node.tensor.shape, node.indices, strict=True))
            for tensor in subject.tensors:
                if tensor is node.tensor or not exchangeable(node.tensor, tensor):
                    continue
                if subject.are_units(node.tensor, tensor):
                    continue
                what = (node.tensor, " stands where ", tensor, " belongs")
                if tensor.shape == node.tensor.shape:
                    yield Element(tensor, node.indices), what
                else:
                    for place in subject.places(tensor, (*subject.indices, *there)):
                        yield place, what

    return everywhere(expression, edit)


def target_for_one(expression: Expression, subject: Subject) -> Edited:
    """A target, or what is 1 for one pair of indices only, where the number 1 is added or subtracted."""
    places = list(dict.fromkeys(
        (size, index) for node in walk(expression) if isinstance(node, Element)
        for size, index in zip(node.tensor.shape, node.indices, strict=True)
    ))  # fmt: skip
    pairs = [(one, other) for (size, one), (same, other) in combinations(places, 2) if size == same]
    meant: list[Expression] = [delta(one, other) for one, other in pairs]
    for tensor in subject.tensors:
        if tensor.role is Role.TARGET:
            meant += subject.places(tensor, (*subject.indices, *places))

    def edit(node: Expression) -> Edited:
        if isinstance(node, Add):
            for term in node.terms:
                if isinstance(term, Number) and abs(term.value) == 1:
                    rest = [other for other in node.terms if other is not term]
                    for each in meant:
                        yield add(*rest, multiply(term, each)), each

    return everywhere(expression, edit)


def transposed(expression: Expression, subject: Subject) -> Edited:
    """A square tensor with its two indices exchanged."""

    def edit(node: Expression) -> Edited:
        if isinstance(node, Element) and len(node.indices) == 2 and len(set(node.tensor.shape)) == 1:
            yield Element(node.tensor, node.indices[::-1]), node

    return everywhere(expression, edit)


def order_exchanged(expression: Expression, subject: Subject) -> Edited:
    """A product of two square matrices in the other order."""

    def edit(node: Expression) -> Edited:
        if not isinstance(node, Sum) or not isinstance(node.body, Multiply):
            return
        square = [f for f in node.body.factors if isinstance(f, Element) and _is_square(f.tensor)]
        for one, other in permutations(square, 2):
            if one.indices[1] == other.indices[0] == as_index(node.axis):
                rest = without(node.body, (one, other))
                turned = Element(other.tensor, one.indices) * Element(one.tensor, other.indices)
                yield Sum(multiply(rest, turned), node.axis), (one.tensor, " ", other.tensor)

    return everywhere(expression, edit)


def symmetrised(expression: Expression, subject: Subject) -> Edited:
    """A square matrix becomes the mean of itself and of its transpose."""

    def edit(node: Expression) -> Edited:
        if isinstance(node, Element) and _is_square(node.tensor):
            yield multiply(number("1/2"), node + Element(node.tensor, node.indices[::-1])), node

    return everywhere(expression, edit)


def _is_square(tensor: Tensor) -> bool:
    return len(tensor.shape) == 2 and len(set(tensor.shape)) == 1


def _regularisers(subject: Subject) -> Edited:
    """The derivatives of the terms of the loss that have the parameter but no other value, beside those of an error."""
    tensor, program = subject.target.tensor, subject.program
    if tensor.role is not Role.PARAMETER:
        return
    for definition in program.definitions:
        if definition.tensor is not program.result or not isinstance(definition.body, Add):
            continue
        if not any(_is_error(term, subject) for term in definition.body.terms):
            continue
        for term in definition.body.terms:
            declared = all(used in program.declared for used in term.tensors)
            if tensor in term.tensors and declared and _is_even(term, tensor):
                alone = Program(program.declared, (Definition(definition.tensor, (), term),), (definition.tensor,))
                gradient = derive(alone, [tensor.name]).gradients[tensor.name]
                moved = dict(zip(gradient.indices, subject.target.indices, strict=True))
                yield substitute_axes(gradient.body, moved), gradient.body


def _is_error(term: Expression, subject: Subject) -> bool:
    """Whether a term of a loss is about values of a model, or of samples."""
    given = (Role.INPUT, Role.TARGET)
    return any(
        used not in subject.program.declared
        or (used.axes and (used.role in given or any(axis.size in subject.samples for axis in used.axes)))
        for used in term.tensors
    )


def _is_even(term: Expression, tensor: Tensor) -> bool:
    """Whether a term has the tensor in absolute values and even powers only, as a penalty has."""
    match term:
        case Element():
            return term.tensor is not tensor
        case Call(function="abs"):
            return True
        case Power(base=Element() | Call() | Sum(), exponent=Number(value=value)) if value % 2 == 0:
            return True
    return all(_is_even(child, tensor) for child in children(term))


def regulariser_added(expression: Expression, subject: Subject) -> Edited:
    """The claim and the derivative of the regulariser."""
    for term, what in _regularisers(subject):
        yield add(expression, term), what


def regulariser_scaled(expression: Expression, subject: Subject) -> Edited:
    """A term that has the parameter itself, twice or half."""
    if not isinstance(expression, Add) or not any(_regularisers(subject)):
        return
    for term in expression.terms:
        if subject.target.tensor in term.tensors:
            for text in ("2", "1/2"):
                scaled = multiply(number(text), term)
                yield add(*(scaled if other is term else other for other in expression.terms)), text
