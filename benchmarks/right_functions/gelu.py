"""The Gaussian error linear unit by its approximation with tanh, and its backward pass."""

import numpy as np

TARGET, AGAINST = "gelu_backward", None


def gelu_forward(x):
    k = np.sqrt(2 / np.pi)
    return 0.5 * x * (1 + np.tanh(k * (x + 0.044715 * x**3)))


def gelu_backward(dout, x):
    k = np.sqrt(2 / np.pi)
    inner = k * (x + 0.044715 * x**3)
    t = np.tanh(inner)
    slope = k * (1 + 3 * 0.044715 * x**2)
    left = 0.5 * (1 + t)
    right = 0.5 * x * (1 - t**2) * slope
    return dout * (left + right)


def example(draw):
    return gelu_backward(draw(4, 3), draw(4, 3))
