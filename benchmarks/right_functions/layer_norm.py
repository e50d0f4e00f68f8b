"""Layer normalisation, its backward pass in one formula."""

import numpy as np

TARGET, AGAINST = "layernorm_backward", None


def layernorm_forward(x, gamma, beta, eps):
    mean = x.mean(axis=-1, keepdims=True)
    std = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    norm = (x - mean) / std
    return gamma * norm + beta, (norm, gamma, std)


def layernorm_backward(dout, cache):
    norm, gamma, std = cache
    d = norm.shape[1]
    dgamma = (dout * norm).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dnorm = dout * gamma
    along = (dnorm * norm).sum(axis=1, keepdims=True)
    dx = (d * dnorm - dnorm.sum(axis=1, keepdims=True) - norm * along) / (d * std)
    return dx, dgamma, dbeta


def example(draw):
    out, cache = layernorm_forward(draw(4, 3), draw(3), draw(3), 1e-5)
    return layernorm_backward(draw(4, 3), cache)
