"""Edits that mend the chain rule: a factor that is missing or one too many, a sum, a way that was not taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalkgrad.checking.activation_factors import without
from chalkgrad.checking.edits import Edits, Scope, Subject, everywhere, scopes
from chalkgrad.checking.words import What, is_written
from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Element,
    Expression,
    Index,
    Multiply,
    Number,
    Power,
    Role,
    Sum,
    Tensor,
    add,
    as_index,
    delta,
    fresh_axis,
    multiply,
    number,
    power,
    rebuild,
    replace,
    size_of,
    substitute_axes,
    walk,
)

Edited = Iterator[tuple[Expression, What]]
Factors = Callable[[Subject, Scope], Edited]


def times(factors: Factors) -> Edits:
    """One more factor: of the whole, or of what a sum of the claim adds up."""

    def edits(expression: Expression, subject: Subject) -> Edited:
        for scope in scopes(expression, subject):
            for factor, what in factors(subject, scope):
                yield scope.times(factor), what

    return edits


def activation_derivatives(subject: Subject, scope: Scope) -> Edited:
    """The derivative of each layer's activation."""
    written = scope.body.factors if isinstance(scope.body, Multiply) else (scope.body,)
    for _, body in subject.layers:
        assert isinstance(body.argument, Element)
        for place in subject.places(body.argument.tensor, scope.indices):
            if body.function == "relu" and place in written:  # z 1[z > 0] is h: z stands where h belongs
                continue
            yield Call(body.function, place, 1), Call(body.function, place, 1)


def values(subject: Subject, scope: Scope) -> Edited:
    """Everything in the model that is no parameter."""
    for tensor in subject.tensors:
        if tensor.role is not Role.PARAMETER:
            for place in subject.places(tensor, scope.indices):
                yield place, place


def weights(subject: Subject, scope: Scope) -> Edited:
    """The parameters."""
    for tensor in subject.program.parameters:
        if tensor is not subject.target.tensor:
            for place in subject.places(tensor, scope.indices):
                yield place, place


def errors(subject: Subject, scope: Scope) -> Edited:
    """Output minus target."""
    for target in (tensor for tensor in subject.program.declared if tensor.role is Role.TARGET):
        for definition in subject.program.definitions:
            if definition.tensor.shape == target.shape:
                for output in subject.places(definition.tensor, scope.indices):
                    error = output - Element(target, output.indices)
                    yield error, ("(", error, ")")


def scaled(expression: Expression, subject: Subject) -> Edited:
    """The whole twice, or half of it."""
    for text, what in (("2", "2"), ("1/2", "1/2")):
        yield multiply(number(text), expression), what


def by_samples(exponent: int) -> Edits:
    """The whole times the number of samples to that power."""

    def edits(expression: Expression, subject: Subject) -> Edited:
        for size in sorted(map(str, subject.samples)):
            yield multiply(size_of(Axis(size, size)) ** exponent, expression), ("1/", size_of(Axis(size, size)))

    return edits


def without_factor(expression: Expression, subject: Subject) -> Edited:
    """A product without one of its factors, or a layer's value once less than it stands there."""
    values = {definition.tensor for definition, _ in subject.layers}

    def edit(node: Expression) -> Edited:
        if isinstance(node, Multiply):
            for factor in node.factors:
                if isinstance(factor, Power) and isinstance(factor.base, Element) and factor.base.tensor in values:
                    yield without(node, (factor.base,)), ("the factor ", factor.base)
                if not isinstance(factor, Number):
                    yield without(node, (factor,)), ("the factor ", factor)

    return everywhere(expression, edit)


# --- sums ---


def _sum_over(axis: Axis) -> str:
    """A sum, by its letter where the writer has one."""
    return f"the sum over {axis.name.rstrip(chr(39))}" if is_written(axis) else "the sum"


def without_sum(kind: str) -> Edits:
    """A sum over such an axis taken away, its body at the claim's own index of that size."""

    def edits(expression: Expression, subject: Subject) -> Edited:
        def edit(node: Expression) -> Edited:
            if isinstance(node, Sum) and subject.kind_of_axis(node.axis) == kind:
                for size, index in subject.indices:
                    axis = index.axis
                    if size == node.axis.size and (axis is None or axis is node.axis or axis not in node.body.free):
                        freed = substitute_axes(node.body, {node.axis: index})
                        yield freed, _sum_over(node.axis)

        return everywhere(expression, edit)

    return edits


def summed(samples: bool) -> Edits:
    """The sum over an axis that is left free: one of samples, or one of units."""

    def edits(expression: Expression, subject: Subject) -> Edited:
        for axis in sorted(expression.free - set(subject.axes), key=lambda axis: axis.name):
            if (axis.size in subject.samples) is samples:
                yield Sum(expression, axis), _sum_over(axis)

    return edits


def all_units(expression: Expression, subject: Subject) -> Edited:
    """What is written of one unit only, added up over all of them."""
    written = [node for node in walk(expression) if isinstance(node, Element)]
    own_axes = {subject.dimension(axis) for axis in subject.target.tensor.axes}
    for axis in dict.fromkeys(subject.dimension(axis) for node in written for axis in node.tensor.axes):
        if axis in own_axes or not isinstance(axis.size, int):
            continue
        at = {
            index.offset
            for node in written
            for own, index in zip(node.tensor.axes, node.indices, strict=True)
            if subject.dimension(own) is axis and index.axis is None
        }
        for place in sorted(at):
            running = fresh_axis(axis, expression.free)
            changed = _moved(expression, subject, axis, as_index(place), as_index(running))
            if changed is not expression and running in changed.free:
                yield Sum(changed, running), _sum_over(axis)


def _moved(expression: Expression, subject: Subject, axis: Axis, one: Index, other: Index) -> Expression:
    """The expression with another index wherever that one stands along an axis."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Element):
            pairs = zip(node.tensor.axes, node.indices, strict=True)
            moved = (other if at == one and subject.dimension(own) is axis else at for own, at in pairs)
            return Element(node.tensor, tuple(moved))
        return rebuild(node, change)

    return change(expression)


# --- softmax ---


def softmax_whole(expression: Expression, subject: Subject) -> Edited:
    """p(1 - p) for the Jacobian of a softmax becomes p_i(δ_ij - p_j), with the sum over what comes from above."""
    tensors = {definition.tensor for definition in subject.program.definitions if _is_softmax(definition.body)}

    def edit(node: Expression) -> Edited:
        for factor in node.factors if isinstance(node, Multiply) else (node,):
            value = _complement(factor)
            if isinstance(value, Element) and value.tensor in tensors:
                rest = without(node, (factor,))
                yield from _through_softmax(rest, value, subject)

    return everywhere(expression, edit)


def _is_softmax(body: Expression) -> bool:
    """Whether a body is an exponential over a sum of such."""
    factors = body.factors if isinstance(body, Multiply) else ()
    return any(isinstance(factor, Call) and factor.function == "exp" for factor in factors) and any(
        isinstance(factor, Power) and isinstance(factor.base, Sum) for factor in factors
    )


def _complement(factor: Expression) -> Expression | None:
    """The v of 1 - v."""
    if isinstance(factor, Add) and len(factor.terms) == 2:
        return next((-term for term in factor.terms if factor is add(1, term)), None)
    return None


def _through_softmax(rest: Expression, value: Element, subject: Subject) -> Edited:
    """`rest · (1 - p_k)`, where rest is g_k p_k with more behind it, as p_k(g_k - Σ_l g_l p_l) with that behind it."""
    what = (value, "(1 - ", value, ")")
    if not value.indices:
        return  # a softmax of one class at a time has no other classes to sum over
    for size, index in subject.indices:
        own = value.indices[-1]
        if size == value.tensor.shape[-1] and index != own:
            other = Element(value.tensor, (*value.indices[:-1], index))
            yield multiply(rest, power(value, -1), value, delta(own, index) - other), what
    axis = value.indices[-1].axis
    if axis is None:
        return
    factors = rest.factors if isinstance(rest, Multiply) else (rest,)
    above = [f for f in factors if any(t.role is Role.TARGET for t in f.tensors) or value.tensor in f.tensors]
    behind = [factor for factor in factors if factor not in above]
    running = fresh_axis(axis, rest.free | {axis})
    total = Sum(substitute_axes(multiply(*above), {axis: running}), running)
    yield multiply(*behind, multiply(*above) - multiply(value, total)), what


# --- indices ---


def other_index(expression: Expression, subject: Subject) -> Edited:
    """One index of one element becomes the claim's own index of that size, wherever the element stands."""
    for node in dict.fromkeys(node for node in walk(expression) if isinstance(node, Element)):
        for place, (own, at) in enumerate(zip(node.tensor.axes, node.indices, strict=True)):
            for size, index in subject.indices:
                if size == own.size and index != at:
                    moved = Element(node.tensor, (*node.indices[:place], index, *node.indices[place + 1 :]))
                    what = (node, " stands where ", moved, " belongs")
                    yield replace(expression, {node.identity: moved}), what
        for other in subject.tensors:
            if subject.are_units(node.tensor, other):
                names = (node.tensor, " stands where ", other, " belongs")
                yield replace(expression, {node.identity: Element(other, ())}), names


def index_turned(expression: Expression, subject: Subject) -> Edited:
    """An index `i - k` of a convolution becomes `i + k`, or the other way round, with or without its shift."""

    def edit(node: Expression) -> Edited:
        for place, index in enumerate(node.indices if isinstance(node, Element) else ()):
            assert isinstance(node, Element)
            for axis, coefficient in index.terms if len(index.terms) > 1 else ():
                if isinstance(axis.size, int):
                    turned = index - 2 * coefficient * as_index(axis)
                    for shift in (coefficient * (axis.size - 1), coefficient * (axis.size - 1) + 1, 0, 1, -1):
                        moved = Element(
                            node.tensor, (*node.indices[:place], turned + shift, *node.indices[place + 1 :])
                        )
                        yield moved, (node, " stands where ", moved, " belongs")

    return everywhere(expression, edit)


def indices_exchanged(expression: Expression, subject: Subject) -> Edited:
    """Two indices of the claim exchanged throughout."""
    for one in subject.axes:
        for other in subject.axes:
            if one is not other and one.size == other.size and one.name < other.name:
                yield substitute_axes(expression, {one: other, other: one}), f"{one.name} and {other.name}"


# --- target and output ---


def target_and_output(expression: Expression, subject: Subject) -> Edited:
    """The target for the output, and the output for the target."""
    targets = [tensor for tensor in subject.program.declared if tensor.role is Role.TARGET]
    outputs = [d.tensor for d in subject.program.definitions if targets and d.tensor.shape == targets[0].shape]
    for output in outputs:
        swap = {targets[0]: output, output: targets[0]}

        def change(node: Expression, swap: dict[Tensor, Tensor] = swap) -> Expression:
            if isinstance(node, Element) and node.tensor in swap:
                return Element(swap[node.tensor], node.indices)
            return rebuild(node, change)

        if any(isinstance(node, Element) and node.tensor is targets[0] for node in walk(expression)):
            yield change(expression), (targets[0], " and ", output)


def target_subtracted(expression: Expression, subject: Subject) -> Edited:
    """Output minus target for the output."""
    targets = {tensor.shape: tensor for tensor in subject.program.declared if tensor.role is Role.TARGET}
    outputs = {definition.tensor for definition in subject.program.definitions}

    def edit(node: Expression) -> Edited:
        if isinstance(node, Element) and node.tensor in outputs and node.tensor.shape in targets:
            target = Element(targets[node.tensor.shape], node.indices)
            yield node - target, target

    return everywhere(expression, edit)


def negated(expression: Expression, subject: Subject) -> Edited:
    """The whole with the other sign; where the loss has a logarithm the likely cause is named."""
    functions = {n.function for d in subject.program.definitions for n in walk(d.body) if isinstance(n, Call)}
    cause = " The loss is minus a log-likelihood; this is the gradient of the log-likelihood, which one would maximise."
    yield -expression, cause if "log" in functions else ""


def derived(expression: Expression, subject: Subject) -> Edited:
    """The derivative of a function that is called, for the function."""

    def edit(node: Expression) -> Edited:
        if isinstance(node, Call) and node.order == 0 and node.function != "log":
            yield Call(node.function, node.argument, 1), node

    return everywhere(expression, edit)
