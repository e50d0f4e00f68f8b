"""Batch normalisation, its backward pass step by step."""

import numpy as np

TARGET, AGAINST = "batchnorm_backward", None


def batchnorm_forward(x, gamma, beta, eps):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + eps)
    out = gamma * xhat + beta
    return out, (x, xhat, mu, var, gamma, eps)


def batchnorm_backward(dout, cache):
    x, xhat, mu, var, gamma, eps = cache
    n = x.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * (var + eps) ** -1.5
    dmu = -np.sum(dxhat, axis=0) / np.sqrt(var + eps)
    dx = dxhat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / n + dmu / n
    return dx, dgamma, dbeta


def example(draw):
    out, cache = batchnorm_forward(draw(4, 3), draw(3), draw(3), 1e-5)
    return batchnorm_backward(draw(4, 3), cache)
