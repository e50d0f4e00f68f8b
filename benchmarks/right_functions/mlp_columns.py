"""A network of two layers, samples as columns, with dictionaries of parameters and values, against a network."""

import numpy as np

TARGET, AGAINST = "backward_propagation", "3-4-1 tanh sigmoid bce"


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W2 = parameters["W2"]
    A1 = cache["A1"]
    A2 = cache["A2"]
    dZ2 = A2 - Y
    dW2 = (1 / m) * np.dot(dZ2, A1.T)
    db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - np.power(A1, 2))
    dW1 = (1 / m) * np.dot(dZ1, X.T)
    db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)
    grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    return grads


def example(draw):
    W1, b1, W2, b2, X = draw(4, 3), draw(4, 1), draw(1, 4), draw(1, 1), draw(3, 6)
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    return backward_propagation({"W1": W1, "b1": b1, "W2": W2, "b2": b2}, {"A1": A1, "A2": A2}, X,
                                np.array([[0, 1, 1, 0, 1, 0]]))  # fmt: skip
