"""Scaled dot-product attention, and its backward pass."""

import numpy as np

TARGET, AGAINST = "attention_backward", None


def attention_forward(Q, K, V):
    scale = 1 / np.sqrt(Q.shape[-1])
    scores = Q @ K.T * scale
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    A = e / e.sum(axis=-1, keepdims=True)
    return A @ V, (Q, K, V, A, scale)


def attention_backward(dout, cache):
    Q, K, V, A, scale = cache
    dV = A.T @ dout
    dA = dout @ V.T
    inner = (dA * A).sum(axis=-1, keepdims=True)
    dS = A * (dA - inner)
    dS = dS * scale
    dQ = dS @ K
    dK = dS.T @ Q
    return dQ, dK, dV


def example(draw):
    out, cache = attention_forward(draw(4, 3), draw(5, 3), draw(5, 2))
    return attention_backward(draw(*out.shape), cache)


LET = {"Q": "4x3", "K": "5x3", "V": "5x2"}
