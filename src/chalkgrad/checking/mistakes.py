"""The catalogue of mistakes: each row is an edit of the writer's own formula, and what to say if it makes it right."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.checking import activation_factors as activations
from chalkgrad.checking import chain_edits as chain
from chalkgrad.checking import rule_edits as rules
from chalkgrad.checking import tensor_edits as tensors
from chalkgrad.checking.edits import Edits


@dataclass(frozen=True)
class Mistake:
    """A row: its kind, the sentence that explains it (`{what}` is filled in), a hint that does not, and its edits.

    `weak` rows change almost anything into anything: two of them together would explain whatever was written.
    """

    kind: str
    message: str
    hint: str
    edits: Edits
    weak: bool = False


_EACH = "each component has a gradient of its own, so nothing is added up over it"

CATALOGUE = (
    Mistake(
        "sign_flipped",
        "The sign is flipped: this is minus the derivative.{what}",
        "Look at the sign in front of the first factor.",
        chain.negated,
    ),
    Mistake(
        "sum_over_hidden_units",
        "A sum too many: {what} adds up the hidden units, but " + _EACH + ".",
        "Is the derivative by one weight a sum over all hidden units?",
        chain.without_sum("hidden_units"),
    ),
    Mistake(
        "sum_over_inputs",
        "A sum too many: {what} adds up the inputs, but " + _EACH + ".",
        "Is the derivative by one weight a sum over all inputs?",
        chain.without_sum("inputs"),
    ),
    Mistake(
        "sum_over_outputs",
        "A sum too many: {what} adds up the outputs, but " + _EACH + ".",
        "Is the derivative by one weight a sum over all outputs?",
        chain.without_sum("outputs"),
    ),
    Mistake(
        "sum_over_samples_missing",
        "A sum is missing: {what} adds up what every sample contributes to the gradient.",
        "How many samples contribute?",
        tensors.summed_over_samples,
    ),
    Mistake(
        "sum_over_units_missing",
        "A sum is missing: {what} adds up all the ways on which it acts.",
        "On how many ways does it act on the loss?",
        chain.summed(samples=False),
    ),
    Mistake(
        "partial_for_total",
        "Only one of the ways is taken: {what} adds up all of them, for the total derivative.",
        "Through which other units does it act on the loss?",
        chain.all_units,
    ),
    Mistake(
        "mean_missing",
        "The factor {what} of the mean over the samples is missing.",
        "Is the loss a sum or a mean over the samples?",
        chain.by_samples(-1),
    ),
    Mistake(
        "mean_doubled",
        "There is a factor {what} too many: the mean over the samples is taken once.",
        "How often is the mean taken?",
        chain.by_samples(1),
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
        activations.derivative_elsewhere,
    ),
    Mistake(
        "wrong_activation_derivative",
        "{what} stands where the derivative of another activation belongs.",
        "Which activation does this layer have?",
        activations.other_derivative,
    ),
    Mistake(
        "wrong_layer_derivative",
        "The derivative of the activation is that of another layer: {what}.",
        "Which layer's activation does the way back pass through here?",
        activations.derivative_of_other_layer,
    ),
    Mistake(
        "activation_derivative_too_many",
        "The derivative of the activation, {what}, is in there once too often.",
        "How often does the way back pass through this activation? What has cancelled already?",
        activations.derivative_dropped,
    ),
    Mistake(
        "gate_turned",
        "The condition {what} is the wrong way round.",
        "On which side is the slope zero?",
        activations.gate_turned,
    ),
    Mistake(
        "softmax_jacobian_diagonal",
        "{what} is only the diagonal of the softmax's Jacobian: each output depends on all of its inputs.",
        "On which of its inputs does one output of the softmax depend?",
        chain.softmax_whole,
    ),
    Mistake(
        "function_for_derivative",
        "{what} stands where its derivative belongs.",
        "Is this the function or its derivative?",
        chain.derived,
    ),
    Mistake(
        "activation_derivative_missing",
        "The factor {what} is missing: the chain passes through the activation.",
        "Does the chain rule pass through every activation?",
        chain.times(chain.activation_derivatives),
    ),
    Mistake(
        "target_and_output_exchanged",
        "{what} are exchanged.",
        "Which is the target, which the output?",
        chain.target_and_output,
    ),
    Mistake(
        "factor_of_two",
        "A factor of {what} is missing.",
        "What is the derivative of a square?",
        chain.scaled,
    ),
    Mistake(
        "index_swapped",
        "The indices {what} are exchanged.",
        "Which index belongs to which unit?",
        chain.indices_exchanged,
    ),
    Mistake(
        "wrong_index",
        "A wrong index: {what}.",
        "Which unit is each factor about?",
        chain.other_index,
    ),
    Mistake(
        "error_missing",
        "The factor {what}, which comes down from the loss, is missing.",
        "What comes down from the loss?",
        chain.times(chain.errors),
    ),
    Mistake(
        "weight_missing",
        "The factor {what} is missing: the way back passes through the weights.",
        "By what is a value multiplied on the way back through a layer?",
        chain.times(chain.weights),
    ),
    Mistake(
        "factor_missing",
        "The factor {what} is missing.",
        "Is every link of the chain there?",
        chain.times(chain.values),
        weak=True,
    ),
    Mistake(
        "factor_too_many",
        "There is one factor too many: {what}.",
        "Does every factor belong to the chain?",
        chain.without_factor,
        weak=True,
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
        weak=True,
    ),
    Mistake(
        "power_rule",
        "The exponent of {what} is off by one: the power rule lowers it by one.",
        "What does the power rule do to the exponent?",
        rules.exponent_shifted,
        weak=True,
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
        weak=True,
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
        weak=True,
    ),
)
