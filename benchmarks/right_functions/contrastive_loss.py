"""The contrastive loss of pairs of vectors, and its gradients."""

import numpy as np

TARGET, AGAINST = "contrastive_backward", None


def contrastive_forward(a, b, y, margin):
    diff = a - b
    dist = np.sqrt((diff**2).sum(axis=1))
    gap = np.maximum(0, margin - dist)
    return np.mean(y * dist**2 + (1 - y) * gap**2), (diff, dist, gap, y)


def contrastive_backward(dout, cache):
    diff, dist, gap, y = cache
    n = len(y)
    alike = 2 * y * dist
    apart = -2 * (1 - y) * gap
    ddist = (alike + apart) / n
    da = dout * (ddist / dist)[:, None] * diff
    db = -da
    return da, db


LET = {"a": "4x3", "b": "4x3", "margin": "3"}


def example(draw):
    out, cache = contrastive_forward(draw(4, 3), draw(4, 3), np.array([0, 1, 1, 0]), 3)
    return contrastive_backward(1.3, cache)
