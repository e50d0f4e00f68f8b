"""Max pooling of images by loops, and its backward pass."""

import numpy as np

TARGET, AGAINST = "max_pool_backward", None


def max_pool_forward(x, size):
    n, c, h, w = x.shape
    out = np.zeros((n, c, h // size, w // size))
    for i in range(h // size):
        for j in range(w // size):
            window = x[:, :, i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, size)


def max_pool_backward(dout, cache):
    x, size = cache
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * size, j * size
            window = x[:, :, top : top + size, left : left + size]
            highest = window.max(axis=(2, 3), keepdims=True)
            mask = window == highest
            d = dout[:, :, i, j][:, :, None, None]
            dx[:, :, top : top + size, left : left + size] += mask * d
    return dx


def example(draw):
    out, cache = max_pool_forward(draw(2, 3, 6, 6), 2)
    return max_pool_backward(draw(*out.shape), cache)
