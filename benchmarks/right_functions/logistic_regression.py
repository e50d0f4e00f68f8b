"""Logistic regression with regularisation of all but the first parameter, in a flat vector."""

import numpy as np

TARGET, AGAINST = "cost_function", None


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost_function(theta, X, y, lam):
    m = len(y)
    h = sigmoid(X.dot(theta))
    cost = -(y.dot(np.log(h)) + (1 - y).dot(np.log(1 - h))) / m
    cost = cost + lam / (2 * m) * np.sum(theta[1:] ** 2)
    penalty = lam / m * theta
    penalty[0] = 0
    grad = X.T.dot(h - y) / m + penalty
    return cost, grad


def example(draw):
    return cost_function(draw(3), draw(5, 3), np.array([0, 1, 1, 0, 1]), 0.3)
