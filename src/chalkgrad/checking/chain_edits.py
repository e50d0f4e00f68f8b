"""Edits that mend slips on the way of the chain rule: signs, sums, factors that are missing or too many, places."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalkgrad.checking import tensor_edits as tensors
from chalkgrad.checking.edits import Edits, Subject, everywhere
from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Call,
    Element,
    Expression,
    Multiply,
    Role,
    Sum,
    Tensor,
    multiply,
    number,
    rebuild,
    size_of,
    substitute_axes,
    walk,
)


def negated(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The whole with the other sign; where the loss has a logarithm the likely cause is named."""
    functions = {n.function for d in subject.program.definitions for n in walk(d.body) if isinstance(n, Call)}
    cause = " The loss is minus a log-likelihood; this is the gradient of the log-likelihood, which one would maximise."
    yield -expression, cause if "log" in functions else ""


def without_sum(kind: str) -> Edits:
    """A sum along axes of a kind, left away."""

    def edits(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
        def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
            if isinstance(node, Sum) and subject.kind_of_axis(node.axis) == kind:
                yield from _freed(node, subject)

        return everywhere(expression, edit)

    return edits


def _freed(node: Sum, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The body of a sum, at the claim's own axis of that size."""
    for axis in subject.axes:
        if axis.size == node.axis.size and (axis is node.axis or axis not in node.body.free):
            yield substitute_axes(node.body, {node.axis: axis}), f"the sum over {node.axis.name.rstrip(chr(39))}"


def with_sum_over_samples(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The sum over the samples, for anything but a bias."""
    if not tensors.is_bias(subject):
        yield from tensors.summed_over_samples(expression, subject)


def times(factors: Callable[[Subject], Iterator[tuple[Expression, str]]]) -> Edits:
    """The whole times one factor more."""

    def edits(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
        for factor, what in factors(subject):
            yield multiply(factor, expression), what

    return edits


def sizes(exponent: int) -> Callable[[Subject], Iterator[tuple[Expression, str]]]:
    """The named sizes, or one over each, as factors."""

    def factors(subject: Subject) -> Iterator[tuple[Expression, str]]:
        sizes = {a.size for t in subject.program.declared for a in t.axes if isinstance(a.size, str)}
        for size in sorted(sizes):
            yield size_of(Axis(size, size)) ** exponent, f"1/{size}"

    return factors


def activation_derivatives(subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The derivatives of the activations, as factors."""
    for _, body in subject.activations():
        assert isinstance(body.argument, Element)
        place = subject.placed(body.argument.tensor)
        if place is not None:
            name = FUNCTIONS[body.function].unicode or body.function
            yield Call(body.function, place, 1), f"{name}'({body.argument.tensor.name})"


def factors(subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The inputs, targets and values of the model, as factors."""
    tensors = (*subject.program.declared, *(definition.tensor for definition in subject.program.definitions))
    for tensor in tensors:
        place = subject.placed(tensor)
        if place is not None and tensor.role is not Role.PARAMETER and tensor is not subject.program.result:
            yield place, tensor.name


def numbers(subject: Subject) -> Iterator[tuple[Expression, str]]:
    """Two and one half, as factors."""
    for text in ("2", "1/2"):
        yield number(text), text


def without_factor(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """A product without one of its factors."""

    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Multiply):
            for factor in node.factors:
                rest = multiply(*(other for other in node.factors if other is not factor))
                yield rest, f"the factor {factor}"

    return everywhere(expression, edit)


def at_pre_activation(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The derivative of an activation at what goes into it instead of at what comes out."""
    arguments = {d.tensor: body.argument for d, body in subject.activations() if isinstance(body.argument, Element)}

    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Call) and node.order and isinstance(node.argument, Element):
            before = arguments.get(node.argument.tensor)
            if before is not None:
                moved = Element(before.tensor, node.argument.indices)
                yield Call(node.function, moved, node.order), f"{node.argument.tensor.name} for {before.tensor.name}"

    return everywhere(expression, edit)


def other_derivative(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The derivative of another of the model's activations."""
    used = sorted({body.function for _, body in subject.activations()})

    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Call) and node.order:
            for function in used:
                if function != node.function:
                    yield Call(function, node.argument, node.order), f"the derivative of {node.function}"

    return everywhere(expression, edit)


def derivative_for_function(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The derivative of a function for the function."""

    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Call) and node.order == 0 and node.function != "log":
            yield Call(node.function, node.argument, 1), f"{node}"

    return everywhere(expression, edit)


def target_and_output(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """Target and output in each other's place."""
    targets = [tensor for tensor in subject.program.declared if tensor.role is Role.TARGET]
    outputs = [d.tensor for d in subject.program.definitions if targets and d.tensor.axes == targets[0].axes]
    for output in outputs:
        swap = {targets[0]: output, output: targets[0]}

        def change(node: Expression, swap: dict[Tensor, Tensor] = swap) -> Expression:
            if isinstance(node, Element) and node.tensor in swap:
                return Element(swap[node.tensor], node.indices)
            return rebuild(node, change)

        if any(isinstance(node, Element) and node.tensor is targets[0] for node in walk(expression)):
            yield change(expression), f"{targets[0].name} and {output.name}"


def other_index(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """Two indices of the same size in each other's place."""
    for one in subject.axes:
        for other in subject.axes:
            if one is not other and one.size == other.size and one.name < other.name:
                yield substitute_axes(expression, {one: other, other: one}), f"{one.name} and {other.name}"
