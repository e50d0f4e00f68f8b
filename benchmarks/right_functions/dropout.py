"""A dense layer with dropout after it, whose mask is kept."""

import numpy as np

TARGET, AGAINST = "DropoutDense", None


class DropoutDense:
    def __init__(self, n_in, n_out, p=0.4):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
        self.p = p

    def forward(self, x):
        self.x = x
        self.keep = 1 - self.p
        self.h = np.tanh(x @ self.W + self.b)
        self.mask = np.random.rand(*self.h.shape) < self.keep
        return self.h * self.mask / self.keep

    def backward(self, dout):
        dh = dout * self.mask / self.keep
        dz = dh * (1 - self.h**2)
        self.dW = self.x.T @ dz
        self.db = dz.sum(axis=0)
        return dz @ self.W.T


def example(draw):
    np.random.seed(0)
    layer = DropoutDense(3, 5)
    layer.forward(draw(4, 3))
    return layer.backward(draw(4, 5)), layer.dW, layer.db
