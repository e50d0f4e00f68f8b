"""Average pooling of images, and its backward pass."""

import numpy as np

TARGET, AGAINST = "avg_pool_backward", None


def avg_pool_forward(x, size):
    n, c, h, w = x.shape
    out = x.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5))
    return out, (x.shape, size)


def avg_pool_backward(dout, cache):
    shape, size = cache
    n, c, h, w = shape
    area = size * size
    dx = np.zeros(shape)
    for i in range(h):
        for j in range(w):
            dx[:, :, i, j] = dout[:, :, i // size, j // size] / area
    return dx


def example(draw):
    out, cache = avg_pool_forward(draw(2, 3, 6, 6), 2)
    return avg_pool_backward(draw(*out.shape), cache)
