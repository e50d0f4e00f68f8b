"""The catalogue of mistakes, the more telling ones first.

A row is an edit of the writer's own formula that makes it right, or a wrong rule of differentiation that gives it, and
what to say then.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.checking import activation_factors as activations
from chalkgrad.checking import chain_edits as chain
from chalkgrad.checking import rule_edits as rules
from chalkgrad.checking import tensor_edits as tensors
from chalkgrad.checking import wrong_rules as wrong
from chalkgrad.checking.edits import Edits, no_edits
from chalkgrad.checking.misderivation import Misderivations, Misderive
from chalkgrad.checking.wrong_rules import Rule


@dataclass(frozen=True)
class Mistake:
    """A row: its kind, the sentence that explains it (`{what}` is filled in), a hint that does not.

    `edits` mend a formula with this mistake; `misderive` derives the model with it. A row that has neither is told from
    how a claim is written, as a chain or a product.
    `weak` rows change almost anything into anything: two of them together would explain whatever was written.
    """

    kind: str
    message: str
    hint: str
    edits: Edits = no_edits
    weak: bool = False
    misderive: Misderive | None = None


def _by(rule: Rule) -> Misderive:
    return lambda derivatives: derivatives.by_rule(rule)


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
        "product_not_elementwise",
        "A product of matrices stands where an elementwise product belongs: nothing is added up here.",
        "Which of the products are elementwise?",
    ),
    Mistake(
        "elementwise_not_product",
        "An elementwise product stands where a product of matrices belongs: in {what} something is added up.",
        "Which of the products are products of matrices?",
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
        "partial_for_total",
        "Not all of the ways are taken: {what} belongs to the total derivative.",
        "Through which other units does it act on the loss?",
        chain.all_units,
        misderive=Misderivations.by_held_values,
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
        "{what} is a value of the layer; the derivative of its activation belongs here.",
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
        misderive=Misderivations.by_diagonals,
    ),
    Mistake(
        "function_for_derivative",
        "{what} stands where its derivative belongs.",
        "Is this the function or its derivative?",
        chain.derived,
        misderive=_by(wrong.function_not_derived),
    ),
    Mistake(
        "pre_activation_for_value",
        "The value before the activation stands where that after it belongs: {what}.",
        "Which of the two goes into the next layer: the value before the activation, or that after it?",
        tensors.value_of_layer,
    ),
    Mistake(
        "activation_derivative_missing",
        "The factor {what} is missing: the chain passes through the activation.",
        "Does the chain rule pass through every activation?",
        chain.times(chain.activation_derivatives),
        misderive=Misderivations.by_identities,
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
        misderive=_by(wrong.factor_of_square_missing),
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
        "symmetry_assumed",
        "This is right for a symmetric matrix only: {what} stands where it and its transpose belong, half of each.",
        "Is the matrix symmetric? In how many places does the vector stand?",
        tensors.symmetrised,
    ),
    Mistake(
        "index_flipped",
        "An index runs the wrong way: {what}.",
        "Which input does this weight meet at each place?",
        chain.index_turned,
    ),
    Mistake(
        "target_missing",
        "The target {what} is missing: what comes down from the loss is the output minus the target.",
        "With what does the loss compare the output?",
        chain.target_subtracted,
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
        "sign_of_term",
        "The term {what} has the wrong sign.",
        "Look at the signs of the terms.",
        rules.term_negated,
    ),
    Mistake(
        "link_missing",
        "The chain of factors does not hold together: {what}.",
        "Does each factor begin where the one before it ends?",
    ),
    Mistake(
        "one_for_target",
        "1 stands where {what} belongs: it is 1 in one place only.",
        "Is what is subtracted the same for all places?",
        tensors.target_for_one,
    ),
    Mistake(
        "product_rule",
        "The product rule slipped at {what}: (u v)' = u' v + u v'.",
        "Which terms does the product rule have?",
        misderive=_by(wrong.product_rule),
    ),
    Mistake(
        "quotient_rule",
        "The quotient rule slipped at {what}: (u / v)' = (u' v - u v') / v².",
        "What does the quotient rule have above, what below the fraction line?",
        misderive=_by(wrong.quotient_rule),
    ),
    Mistake(
        "power_rule_on_exponential",
        "{what} is an exponential: the power rule is for a variable base, not for a variable exponent.",
        "Is it the base or the exponent that varies?",
        misderive=_by(wrong.power_rule_on_exponential),
    ),
    Mistake(
        "log_inner_derivative",
        "The inner derivative is missing: (log u)' = u'/u, and {what} was derived as if it were 1/u.",
        "What stands inside the logarithm, and what is its derivative?",
        misderive=_by(wrong.log_inner_derivative),
    ),
    Mistake(
        "factor_missing",
        "The factor {what} is missing.",
        "Is every link of the chain there?",
        chain.times(chain.values),
        weak=True,
    ),
    Mistake(
        "inner_derivative_missing",
        "The inner derivative is missing: {what} is derived from the outside only.",
        "What stands inside, and what is its derivative?",
        weak=True,
        misderive=_by(wrong.inner_derivative_missing),
    ),
    Mistake(
        "outer_derivative_missing",
        "The derivative of the outer function of {what} is missing: only what is inside was derived.",
        "Which function is on the outside, and what is its derivative?",
        weak=True,
        misderive=_by(wrong.outer_derivative_missing),
    ),
    Mistake(
        "constant_factor_lost",
        "The constant factor {what} got lost: it stays when one derives.",
        "What happens to a constant factor?",
        weak=True,
        misderive=_by(wrong.constant_factor_lost),
    ),
    Mistake(
        "exponent_not_in_front",
        "The exponent of {what} is missing in front: (uⁿ)' = n uⁿ⁻¹ u'.",
        "Where does the exponent go when a power is derived?",
        misderive=_by(wrong.exponent_not_in_front),
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
        "order_of_product",
        "The factors of {what} are in the wrong order: a product of matrices cannot be turned round.",
        "In which order do the shapes fit?",
        tensors.order_exchanged,
    ),
    Mistake(
        "transposed",
        "The indices of {what} are exchanged: it is transposed.",
        "Are rows and columns in the right places?",
        tensors.transposed,
    ),
    Mistake(
        "derivative_put_inside",
        "The derivative of the inside stands inside at {what}: (f(u))' = f'(u) u', not f'(u').",
        "At what is the outer derivative taken, and where does the inner one go?",
        weak=True,
        misderive=_by(wrong.derivative_put_inside),
    ),
    Mistake(
        "term_missing",
        "A term is missing: {what} depends on it as well.",
        "Which terms depend on what is derived by?",
        weak=True,
        misderive=_by(wrong.term_lost),
    ),
    Mistake(
        "constant_kept",
        "The constant {what} is kept, but its derivative is zero.",
        "What is the derivative of a constant?",
        rules.constant_dropped,
        misderive=_by(wrong.constant_kept),
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
        misderive=_by(wrong.exponent_not_lowered),
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
        "wrong_variable",
        "{what}.",
        "Does each name stand for the quantity that is meant?",
        tensors.other_variable,
        weak=True,
        misderive=Misderivations.by_other_tensors,
    ),
)
