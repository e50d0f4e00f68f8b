"""Losses of whole tensors as one equation each, beyond those that a network's spec names (`networks.losses`)."""

from __future__ import annotations

from chalkgrad.language import (
    PI,
    Axis,
    Call,
    Expression,
    Tensor,
    fresh_axis,
    matrix_function,
    number,
    size_of,
    summation,
)
from chalkgrad.language.named import chosen, log_softmax, logsumexp


def label_smoothed_cross_entropy(logits: Tensor, labels: Tensor, smoothing: str = "0.1") -> Expression:
    """The mean over samples of the cross-entropy with labels of which a part is spread over all classes.

    Source: Szegedy et al., Rethinking the inception architecture, 2016, section 7.

    >>> n, c = Axis("n", "n"), Axis("c", 3)
    >>> loss = label_smoothed_cross_entropy(Tensor("z", (n, c)), Tensor("y", (n,)), "0")
    >>> str(loss)
    '-sum(n, sum(c, [y[n] = index(c)]*z[n,c]) - log(sum(c, exp(z[n,c]))))/|n|'
    """
    n, c = logits.axes
    part, normaliser = number(smoothing), logsumexp(logits[n, c], c)
    right = chosen(logits[n, c], c, labels[n]) - normaliser
    every = summation(logits[n, c], c) / size_of(c) - normaliser
    return -summation((1 - part) * right + part * every, n) / size_of(n)


def focal(logits: Tensor, labels: Tensor, gamma: int = 2) -> Expression:
    """The mean over samples of -(1 - p)^γ log p, with p of the right class.

    Source: Lin et al., Focal loss for dense object detection, 2017.
    """
    n, c = logits.axes
    right = chosen(logits[n, c], c, labels[n]) - logsumexp(logits[n, c], c)
    return -summation((1 - Call("exp", right)) ** gamma * right, n) / size_of(n)


def kl_divergence(target: Tensor, logits: Tensor) -> Expression:
    """Σ p log(p / q) of probabilities p and the softmax q of logits, the mean over samples."""
    n, c = logits.axes
    p = target[n, c]
    return summation(p * (Call("log", p) - log_softmax(logits[n, c], c)), n, c) / size_of(n)


def cosine_similarity(first: Tensor, second: Tensor) -> Expression:
    """The cosine of the angle between two rows, the mean over samples."""
    n, d = first.axes
    a, b = first[n, d], second[n, d]
    lengths = Call("sqrt", summation(a**2, d)) * Call("sqrt", summation(b**2, d))
    return summation(summation(a * b, d) / lengths, n) / size_of(n)


def info_nce(queries: Tensor, keys: Tensor, temperature: str = "0.1") -> Expression:
    """The mean cross-entropy of telling each query's own key from those of the others.

    Source: van den Oord, Li and Vinyals, Representation learning with contrastive predictive coding, 2018.
    """
    n, d = queries.axes
    m = fresh_axis(n, {n, d})
    scores = summation(queries[n, d] * keys[m, d], d) / number(temperature)
    own = summation(queries[n, d] * keys[n, d], d) / number(temperature)
    return summation(logsumexp(scores, m) - own, n) / size_of(n)


def gaussian_log_likelihood(samples: Tensor, mean: Tensor, covariance: Tensor) -> Expression:
    """The sum over samples of the log-density of a normal distribution with a full covariance."""
    n, d = samples.axes
    e = fresh_axis(d, {n, d})
    row, column = Axis("row", d.size), Axis("column", d.size)
    body = covariance[row, column]
    inverse = matrix_function("inverse", body, row, column, (d, e))
    first, second = samples[n, d] - mean[d], samples[n, e] - mean[e]
    squares = summation(first * inverse * second, n, d, e)
    constant = size_of(d) * Call("log", 2 * PI) + matrix_function("logdet", body, row, column)
    return -squares / 2 - size_of(n) * constant / 2


def mixture_density(samples: Tensor, weights: Tensor, means: Tensor, log_scales: Tensor) -> Expression:
    """The mean negative log-likelihood of numbers under mixtures of normal distributions, one mixture each.

    Samples (n), weights as logits, means and logarithms of scales (n, k). Source: Bishop, Mixture density networks,
    1994.
    """
    n, k = means.axes
    distance = (samples[n] - means[n, k]) / Call("exp", log_scales[n, k])
    part = log_softmax(weights[n, k], k) - distance**2 / 2 - log_scales[n, k] - Call("log", 2 * PI) / 2
    return -summation(logsumexp(part, k), n) / size_of(n)


def evidence_lower_bound(inputs: Tensor, decoded: Tensor, means: Tensor, log_variances: Tensor) -> Expression:
    """The mean over samples of the ELBO of a variational autoencoder with Bernoulli outputs, given as logits.

    Source: Kingma and Welling, Auto-encoding variational Bayes, 2014, appendix B.
    """
    n, d = inputs.axes
    z = means.axes[1]
    reconstruction = inputs[n, d] * decoded[n, d] - Call("softplus", decoded[n, d])
    spread = log_variances[n, z]
    regular = (1 + spread - means[n, z] ** 2 - Call("exp", spread)) / 2
    return summation(summation(reconstruction, d) + summation(regular, z), n) / size_of(n)


def policy_gradient(logits: Tensor, actions: Tensor, advantages: Tensor) -> Expression:
    """The mean of -log π(action) times its advantage. Source: Williams, REINFORCE, 1992."""
    n, a = logits.axes
    taken = chosen(logits[n, a], a, actions[n]) - logsumexp(logits[n, a], a)
    return -summation(taken * advantages[n], n) / size_of(n)
