"""Normalisation by the root of the mean square, as a layer with a weight."""

import numpy as np

TARGET, AGAINST = "RMSNorm", None


class RMSNorm:
    def __init__(self, dim, eps=1e-6):
        self.weight = np.ones(dim)
        self.eps = eps

    def forward(self, x):
        self.x = x
        self.inverse = 1 / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + self.eps)
        return self.weight * x * self.inverse

    def backward(self, grad):
        dim = self.x.shape[-1]
        normed = self.x * self.inverse
        self.grad_weight = (grad * normed).sum(axis=0)
        d = grad * self.weight
        inner = (d * normed).sum(axis=-1, keepdims=True)
        return (d - normed * inner / dim) * self.inverse


def example(draw):
    layer = RMSNorm(3)
    layer.weight = draw(3)
    layer.forward(draw(4, 3))
    return layer.backward(draw(4, 3)), layer.grad_weight
