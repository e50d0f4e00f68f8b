"""Normalisation of each channel of each image, with scale and shift by channel."""

import numpy as np

TARGET, AGAINST = "instance_norm_backward", None


def instance_norm_forward(x, gamma, beta, eps):
    mean = x.mean(axis=(2, 3), keepdims=True)
    inverse = 1 / np.sqrt(x.var(axis=(2, 3), keepdims=True) + eps)
    hat = (x - mean) * inverse
    out = gamma[None, :, None, None] * hat + beta[None, :, None, None]
    return out, (hat, inverse, gamma)


def instance_norm_backward(dout, cache):
    hat, inverse, gamma = cache
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * hat).sum(axis=(0, 2, 3))
    dhat = dout * gamma[None, :, None, None]
    mean = dhat.mean(axis=(2, 3), keepdims=True)
    along = (dhat * hat).mean(axis=(2, 3), keepdims=True)
    dx = inverse * (dhat - mean - hat * along)
    return dx, dgamma, dbeta


LET = {"x": "2x3x4x5", "gamma": "3x", "beta": "3x"}


def example(draw):
    out, cache = instance_norm_forward(draw(2, 3, 4, 5), draw(3), draw(3), 1e-5)
    return instance_norm_backward(draw(2, 3, 4, 5), cache)
