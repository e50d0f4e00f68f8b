"""The catalogue of mistakes: each row is an edit of the writer's own formula, and what to say if it makes it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalkgrad.checking import rule_edits as rules
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


@dataclass(frozen=True)
class Mistake:
    """A row: its kind, the sentence that explains it (`{what}` is filled in), a hint that does not, and its edits."""

    kind: str
    message: str
    hint: str
    edits: Edits


def _negated(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    """The whole with the other sign; where the loss has a logarithm the likely cause is named."""
    functions = {n.function for d in subject.program.definitions for n in walk(d.body) if isinstance(n, Call)}
    cause = " The loss is minus a log-likelihood; this is the gradient of the log-likelihood, which one would maximise."
    yield -expression, cause if "log" in functions else ""


def _without_sum(kind: str) -> Edits:
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


def _with_sum_over_samples(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    if not tensors.is_bias(subject):
        yield from tensors.summed_over_samples(expression, subject)


def _times(factors: Callable[[Subject], Iterator[tuple[Expression, str]]]) -> Edits:
    def edits(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
        for factor, what in factors(subject):
            yield multiply(factor, expression), what

    return edits


def _sizes(exponent: int) -> Callable[[Subject], Iterator[tuple[Expression, str]]]:
    def factors(subject: Subject) -> Iterator[tuple[Expression, str]]:
        sizes = {a.size for t in subject.program.declared for a in t.axes if isinstance(a.size, str)}
        for size in sorted(sizes):
            yield size_of(Axis(size, size)) ** exponent, f"1/{size}"

    return factors


def _activation_derivatives(subject: Subject) -> Iterator[tuple[Expression, str]]:
    for _, body in subject.activations():
        assert isinstance(body.argument, Element)
        place = subject.placed(body.argument.tensor)
        if place is not None:
            name = FUNCTIONS[body.function].unicode or body.function
            yield Call(body.function, place, 1), f"{name}'({body.argument.tensor.name})"


def _factors(subject: Subject) -> Iterator[tuple[Expression, str]]:
    tensors = (*subject.program.declared, *(definition.tensor for definition in subject.program.definitions))
    for tensor in tensors:
        place = subject.placed(tensor)
        if place is not None and tensor.role is not Role.PARAMETER and tensor is not subject.program.result:
            yield place, tensor.name


def _numbers(subject: Subject) -> Iterator[tuple[Expression, str]]:
    for text in ("2", "1/2"):
        yield number(text), text


def _without_factor(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Multiply):
            for factor in node.factors:
                rest = multiply(*(other for other in node.factors if other is not factor))
                yield rest, f"the factor {factor}"

    return everywhere(expression, edit)


def _at_pre_activation(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    arguments = {d.tensor: body.argument for d, body in subject.activations() if isinstance(body.argument, Element)}

    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Call) and node.order and isinstance(node.argument, Element):
            before = arguments.get(node.argument.tensor)
            if before is not None:
                moved = Element(before.tensor, node.argument.indices)
                yield Call(node.function, moved, node.order), f"{node.argument.tensor.name} for {before.tensor.name}"

    return everywhere(expression, edit)


def _other_derivative(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    used = sorted({body.function for _, body in subject.activations()})

    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Call) and node.order:
            for function in used:
                if function != node.function:
                    yield Call(function, node.argument, node.order), f"the derivative of {node.function}"

    return everywhere(expression, edit)


def _derivative_for_function(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    def edit(node: Expression) -> Iterator[tuple[Expression, str]]:
        if isinstance(node, Call) and node.order == 0 and node.function != "log":
            yield Call(node.function, node.argument, 1), f"{node}"

    return everywhere(expression, edit)


def _target_and_output(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
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


def _other_index(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, str]]:
    for one in subject.axes:
        for other in subject.axes:
            if one is not other and one.size == other.size and one.name < other.name:
                yield substitute_axes(expression, {one: other, other: one}), f"{one.name} and {other.name}"


_EACH = "each component has a gradient of its own, so nothing is added up over it"

CATALOGUE = (
    Mistake(
        "sign_flipped",
        "The sign is flipped: this is minus the derivative.{what}",
        "Look at the sign in front of the first factor.",
        _negated,
    ),
    Mistake(
        "sum_over_hidden_units",
        "A sum too many: {what} adds up the hidden units, but " + _EACH + ".",
        "Is the derivative by one weight a sum over all hidden units?",
        _without_sum("hidden_units"),
    ),
    Mistake(
        "sum_over_inputs",
        "A sum too many: {what} adds up the inputs, but " + _EACH + ".",
        "Is the derivative by one weight a sum over all inputs?",
        _without_sum("inputs"),
    ),
    Mistake(
        "sum_over_outputs",
        "A sum too many: {what} adds up the outputs, but " + _EACH + ".",
        "Is the derivative by one weight a sum over all outputs?",
        _without_sum("outputs"),
    ),
    Mistake(
        "sum_over_samples_missing",
        "A sum is missing: {what} adds up what every sample contributes to the gradient.",
        "How many samples contribute?",
        _with_sum_over_samples,
    ),
    Mistake(
        "mean_missing",
        "The factor {what} of the mean over the samples is missing.",
        "Is the loss a sum or a mean over the samples?",
        _times(_sizes(-1)),
    ),
    Mistake(
        "mean_doubled",
        "There is a factor {what} too many: the mean over the samples is taken once.",
        "How often is the mean taken?",
        _times(_sizes(1)),
    ),
    Mistake(
        "bias_gradient_not_summed",
        "A sum is missing: the bias is in every sample, so its gradient adds up all of them ({what}).",
        "In how many samples does the bias occur?",
        tensors.bias_summed,
    ),
    Mistake(
        "sigmoid_derivative_slip",
        "The derivative of σ is σ(1 - σ), not {what}.",
        "Derive σ once more: which two factors does its derivative have?",
        rules.sigmoid_derivative,
    ),
    Mistake(
        "tanh_derivative_slip",
        "The derivative of tanh is 1 - tanh², not {what}.",
        "What is the power in the derivative of tanh?",
        rules.tanh_derivative,
    ),
    Mistake(
        "relu_for_its_derivative",
        "{what} is the ReLU itself; its derivative is 1 or 0.",
        "What values can the derivative of ReLU have?",
        rules.relu_derivative,
    ),
    Mistake(
        "value_for_derivative",
        "{what} is the value of the activation; its derivative belongs here.",
        "Is this the activation or its derivative?",
        rules.value_derivative,
    ),
    Mistake(
        "derivative_at_activation",
        "The derivative of the activation is taken at the wrong place: {what}.",
        "At what is the derivative of the activation evaluated?",
        _at_pre_activation,
    ),
    Mistake(
        "wrong_activation_derivative",
        "{what} stands where the derivative of another activation belongs.",
        "Which activation does this layer have?",
        _other_derivative,
    ),
    Mistake(
        "function_for_derivative",
        "{what} stands where its derivative belongs.",
        "Is this the function or its derivative?",
        _derivative_for_function,
    ),
    Mistake(
        "activation_derivative_missing",
        "The factor {what} is missing: the chain passes through the activation.",
        "Does the chain rule pass through every activation?",
        _times(_activation_derivatives),
    ),
    Mistake(
        "target_and_output_exchanged",
        "{what} are exchanged.",
        "Which is the target, which the output?",
        _target_and_output,
    ),
    Mistake(
        "factor_of_two",
        "A factor of {what} is missing.",
        "What is the derivative of a square?",
        _times(_numbers),
    ),
    Mistake(
        "index_swapped",
        "The indices {what} are exchanged.",
        "Which index belongs to which unit?",
        _other_index,
    ),
    Mistake(
        "error_missing",
        "The factor {what}, which comes down from the loss, is missing.",
        "What comes down from the loss?",
        _times(tensors.errors),
    ),
    Mistake(
        "weight_missing",
        "The factor {what} is missing: the way back passes through the weights.",
        "By what is a value multiplied on the way back through a layer?",
        _times(tensors.weights),
    ),
    Mistake(
        "factor_missing",
        "The factor {what} is missing.",
        "Is every link of the chain there?",
        _times(_factors),
    ),
    Mistake(
        "factor_too_many",
        "There is one factor too many: {what}.",
        "Does every factor belong to the chain?",
        _without_factor,
    ),
    Mistake(
        "wrong_layer_activation",
        "{what}: the value of another layer.",
        "Which layer's value goes into these weights?",
        tensors.other_activation,
    ),
    Mistake(
        "wrong_weights",
        "{what}: other weights than those on the way.",
        "Which weights does the way back pass through?",
        tensors.other_weights,
    ),
    Mistake(
        "transposed",
        "The indices of {what} are exchanged: it is transposed.",
        "Are rows and columns in the right places?",
        tensors.transposed,
    ),
    Mistake(
        "constant_kept",
        "The constant {what} is kept, but its derivative is zero.",
        "What is the derivative of a constant?",
        rules.constant_dropped,
    ),
    Mistake(
        "sign_of_term",
        "The term {what} has the wrong sign.",
        "Look at the signs of the terms.",
        rules.term_negated,
    ),
    Mistake(
        "term_too_many",
        "There is one term too many: {what}.",
        "Does every term depend on what is derived by?",
        rules.term_dropped,
    ),
    Mistake(
        "power_rule",
        "The exponent of {what} is off by one: the power rule lowers it by one.",
        "What does the power rule do to the exponent?",
        rules.exponent_shifted,
    ),
    Mistake(
        "log_for_reciprocal",
        "{what} stands where its derivative, one over its argument, belongs.",
        "What is the derivative of a logarithm?",
        rules.logarithm_derived,
    ),
    Mistake(
        "quotient_upside_down",
        "{what} is on the wrong side of the fraction line.",
        "What stands above, what below the fraction line?",
        rules.factor_inverted,
    ),
    Mistake(
        "regulariser_missing",
        "The derivative of the regulariser is missing: {what}.",
        "Does the loss have a term besides the error?",
        tensors.regulariser_added,
    ),
    Mistake(
        "regulariser_unscaled",
        "The derivative of the regulariser has a wrong factor: {what} of it would be right.",
        "What factor does the regulariser have, and what does deriving its square give?",
        tensors.regulariser_scaled,
    ),
    Mistake(
        "wrong_variable",
        "{what}.",
        "Does each name stand for the quantity that is meant?",
        tensors.other_variable,
    ),
)
