"""A network of two layers, samples as rows, against a network."""

import numpy as np

TARGET, AGAINST = "backward", "3-4-2 tanh softmax ce"


def backward(X, Y, W1, b1, W2, b2):
    n = len(X)
    A1 = np.tanh(X @ W1 + b1)
    scores = A1 @ W2 + b2
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    P = exps / exps.sum(axis=1, keepdims=True)
    dZ2 = (P - Y) / n
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0)
    dZ1 = (dZ2 @ W2.T) * (1 - A1**2)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def example(draw):
    return backward(draw(5, 3), np.eye(2)[[0, 1, 1, 0, 1]], draw(3, 4), draw(4), draw(4, 2), draw(2))
