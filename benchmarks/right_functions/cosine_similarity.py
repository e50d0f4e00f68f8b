"""The cosines between rows of two matrices, and the backward pass."""

import numpy as np

TARGET, AGAINST = "cosine_backward", None


def cosine_forward(a, b):
    norm_a = np.linalg.norm(a, axis=1)
    norm_b = np.linalg.norm(b, axis=1)
    dot = (a * b).sum(axis=1)
    return dot / (norm_a * norm_b), (a, b, norm_a, norm_b, dot)


def cosine_backward(dout, cache):
    a, b, norm_a, norm_b, dot = cache
    product = norm_a * norm_b
    cosine = dot / product
    da = b / product[:, None] - a * (cosine / norm_a**2)[:, None]
    db = a / product[:, None] - b * (cosine / norm_b**2)[:, None]
    return dout[:, None] * da, dout[:, None] * db


LET = {"a": "4x3", "b": "4x3"}


def example(draw):
    out, cache = cosine_forward(draw(4, 3), draw(4, 3))
    return cosine_backward(draw(4), cache)
