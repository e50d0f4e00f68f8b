"""The divergence of Gaussians from the standard one, as in variational autoencoders, and its gradients."""

import numpy as np

TARGET, AGAINST = "kl_grad", None


def kl(mu, logvar):
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar)) / mu.shape[0]


def kl_grad(mu, logvar):
    n = mu.shape[0]
    dmu = mu / n
    dlogvar = -0.5 * (1 - np.exp(logvar)) / n
    return dmu, dlogvar


LET = {"mu": "4x3", "logvar": "4x3"}


def example(draw):
    return kl_grad(draw(4, 3), draw(4, 3))
