"""Layers as a student writes them, forward and backward; in one of them there is a slip."""

import numpy as np


def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def norm_forward(x, gamma, beta, eps):
    mean, var = x.mean(axis=0), x.var(axis=0)
    hat = (x - mean) / np.sqrt(var + eps)
    return gamma * hat + beta, (hat, gamma, var, eps)


def norm_backward(dout, cache):
    hat, gamma, var, eps = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * hat).sum(axis=0)
    dx = gamma * (dout - dout.mean(axis=0)) / np.sqrt(var + eps)
    return dx, dgamma, dbeta


def hill(x, y):
    return (1 - x**3) + 100 * (y**2 - x) ** 2


def grad_hill(x, y):
    return -3 * x**2 - 200 * (y**2 - x), 400 * y * (y**2 - x)
