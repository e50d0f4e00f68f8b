"""The losses, a row each: the equations of one sample's loss, from the network's output and the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    ONE,
    Assumption,
    Definition,
    Expression,
    Tensor,
    add,
    call,
    indicator,
    multiply,
    size_of,
    split_coefficient,
    summation,
)
from chalkgrad.networks.layers import log_sum_exp
from chalkgrad.networks.tables import row_named


@dataclass(frozen=True)
class Loss:
    """A row of the table of losses.

    `term(output, target)` is the loss of one output, averaged over the outputs as PyTorch does; a row without it is the
    cross-entropy, which runs over all outputs at once. `logits_of` names the activation whose argument (the logits) the
    loss is computed from; where it is "", the loss is computed from the output itself. `output` is the activation that
    usually stands before it, `targets` says what the targets mean. `classes` are the targets of a sample that is not of
    a class and of one that is, and `threshold` the output from which it is taken for one; there are no `classes` where
    targets are any numbers.
    """

    name: str
    title: str
    latex: str
    output: str
    targets: str
    source: str
    term: Callable[[Expression, Expression], Expression] | None = None
    logits_of: str = ""
    aliases: tuple[str, ...] = ()
    classes: tuple[float, float] | None = None
    threshold: float = 0.5

    def definitions(self, output: Tensor, target: Tensor, loss: Tensor) -> tuple[Definition, ...]:
        """The equations of `loss` (the axes of the output but the last) from the output or logits, and the target.

        >>> from chalkgrad.language import Axis, Role
        >>> k = Axis("k", 2)
        >>> yhat, y, L = Tensor("yhat", (k,)), Tensor("y", (k,), Role.TARGET), Tensor("L")
        >>> print(*loss_named("mse").definitions(yhat, y, L))
        L = sum(k, (yhat[k] - y[k])^2)/2
        """
        if output.shape != target.shape or output.shape[:-1] != loss.shape:
            raise ProgramError(f"'{target.name}' has the axes of '{output.name}', and '{loss.name}' all but the last")
        axes, k = output.axes[:-1], output.axes[-1]
        if self.term is None:
            normaliser = log_sum_exp(output)
            greatest, _, total = (definition.tensor for definition in normaliser)
            logarithm = call("log", total[axes]) + greatest[axes]
            body = summation(target[(*axes, k)] * (logarithm - output[(*axes, k)]), k)
            return (*normaliser, Definition(loss, axes, body))
        coefficient, rest = split_coefficient(self.term(output[(*axes, k)], target[(*axes, k)]))
        body = multiply(coefficient, summation(rest, k)) / size_of(k)
        return (Definition(loss, axes, body),)

    def assumptions(self, target: Tensor) -> tuple[Assumption, ...]:
        """What the calculus may take for granted about the targets."""
        if self.term is not None:
            return ()
        return (Assumption(summation(target[target.axes], target.axes[-1]), ONE, "the targets sum to one"),)


def _binary_cross_entropy(output: Expression, target: Expression) -> Expression:
    return -add(target * call("log", output), (1 - target) * call("log", 1 - output))


def _huber(output: Expression, target: Expression) -> Expression:
    distance = call("abs", output - target)
    quadratic = indicator("<=", distance, 1) * (output - target) ** 2 / 2
    return quadratic + indicator(">", distance, 1) * (distance - Fraction(1, 2))


_PROBABILITIES = "0 or 1, or a probability between"
_REAL = "any real numbers"
_ROWS = (
    Loss(
        "bce",
        "binary cross-entropy",
        r"-\left(y\log\hat y+(1-y)\log(1-\hat y)\right)",
        "sigmoid",
        _PROBABILITIES,
        "Bishop, Pattern Recognition and Machine Learning, 2006, equation 5.21",
        _binary_cross_entropy,
        aliases=("binary_cross_entropy", "log_loss", "logistic_loss"),
        classes=(0, 1),
    ),
    Loss(
        "bce_with_logits",
        "binary cross-entropy on logits",
        r"\operatorname{softplus}(z)-yz",
        "identity",
        _PROBABILITIES,
        "torch.nn.BCEWithLogitsLoss; the stable form of bce after a sigmoid",
        lambda logits, target: call("softplus", logits) - target * logits,
        logits_of="sigmoid",
        aliases=("bce_logits", "binary_cross_entropy_with_logits"),
        classes=(0, 1),
        threshold=0,
    ),
    Loss(
        "mse",
        "mean squared error",
        r"(\hat y-y)^2",
        "identity",
        _REAL,
        "torch.nn.MSELoss: the mean over the outputs, without a half",
        lambda output, target: (output - target) ** 2,
        aliases=("mean_squared_error", "squared_error", "l2_loss"),
    ),
    Loss(
        "mae",
        "mean absolute error",
        r"|\hat y-y|",
        "identity",
        _REAL,
        "torch.nn.L1Loss",
        lambda output, target: call("abs", output - target),
        aliases=("mean_absolute_error", "absolute_error", "l1_loss"),
    ),
    Loss(
        "huber",
        "Huber's loss with delta = 1",
        r"\tfrac12(\hat y-y)^2\ [|\hat y-y|\le1],\ |\hat y-y|-\tfrac12\ \text{else}",
        "identity",
        _REAL,
        "Huber, Robust estimation of a location parameter, 1964; torch.nn.HuberLoss",
        _huber,
        aliases=("smooth_l1", "smooth_l1_loss"),
    ),
    Loss(
        "cross_entropy",
        "softmax cross-entropy",
        r"-\sum_k y_k\log p_k",
        "softmax",
        "probabilities that sum to one, such as a one-hot class",
        "Bishop, Pattern Recognition and Machine Learning, 2006, equation 5.24; computed by log-sum-exp",
        logits_of="softmax",
        aliases=("softmax_cross_entropy", "categorical_cross_entropy", "crossentropy", "ce"),
        classes=(0, 1),
    ),
    Loss(
        "hinge",
        "hinge loss",
        r"\max(0,1-y\hat y)",
        "identity",
        "-1 or 1",
        "Cortes and Vapnik, Support-vector networks, 1995",
        lambda output, target: call("relu", 1 - target * output),
        aliases=("hinge_loss",),
        classes=(-1, 1),
        threshold=0,
    ),
)
LOSSES: dict[str, Loss] = {row.name: row for row in _ROWS}


def loss_named(name: str) -> Loss:
    """The row for a name or alias; case, hyphens and spaces do not matter. Raises `UnknownNameError` with the nearest.

    >>> loss_named("BCE with logits").name, loss_named("softmax cross-entropy").name
    ('bce_with_logits', 'cross_entropy')
    """
    return row_named("loss", name, LOSSES.values())
