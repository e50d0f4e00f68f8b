"""Convolution of signals by loops, with a stride, and its backward pass."""

import numpy as np

TARGET, AGAINST = "conv1d_backward", None


def conv1d_forward(x, weight, bias, stride):
    n, _, length = x.shape
    f, _, k = weight.shape
    steps = (length - k) // stride + 1
    out = np.zeros((n, f, steps))
    for t in range(steps):
        window = x[:, :, t * stride : t * stride + k]
        out[:, :, t] = np.einsum("nck,fck->nf", window, weight) + bias
    return out, (x, weight, stride)


def conv1d_backward(dout, cache):
    x, weight, stride = cache
    k = weight.shape[2]
    dx = np.zeros_like(x)
    dweight = np.zeros_like(weight)
    dbias = dout.sum(axis=(0, 2))
    for t in range(dout.shape[2]):
        start = t * stride
        d = dout[:, :, t]
        window = x[:, :, start : start + k]
        dweight += np.einsum("nf,nck->fck", d, window)
        dx[:, :, start : start + k] += np.einsum("nf,fck->nck", d, weight)
    return dx, dweight, dbias


LET = {"x": "2x3x7", "weight": "4x3x3", "bias": "4x", "stride": "2"}


def example(draw):
    out, cache = conv1d_forward(draw(2, 3, 7), draw(4, 3, 3), draw(4), 2)
    return conv1d_backward(draw(*out.shape), cache)
