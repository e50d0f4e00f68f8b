"""A network of three layers in a class that keeps its gradients, against a network."""

import numpy as np

TARGET, AGAINST = "Net", "4-3-2-1 relu tanh sigmoid bce"


class Net:
    def __init__(self, sizes):
        self.W = [np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]
        self.b = [np.zeros(b) for b in sizes[1:]]

    def forward(self, X):
        self.X = X
        self.h1 = np.maximum(0, X @ self.W[0] + self.b[0])
        self.h2 = np.tanh(self.h1 @ self.W[1] + self.b[1])
        self.out = 1 / (1 + np.exp(-(self.h2 @ self.W[2] + self.b[2])))
        return self.out

    def backward(self, y):
        n = y.shape[0]
        d3 = (self.out - y) / n
        dW3 = self.h2.T @ d3
        db3 = d3.sum(axis=0)
        d2 = d3 @ self.W[2].T * (1 - self.h2**2)
        dW2 = self.h1.T @ d2
        db2 = d2.sum(axis=0)
        d1 = d2 @ self.W[1].T * (self.h1 > 0)
        dW1 = self.X.T @ d1
        db1 = d1.sum(axis=0)
        self.dW = [dW1, dW2, dW3]
        self.db = [db1, db2, db3]
        return self.dW, self.db


def example(draw):
    net = Net([4, 3, 2, 1])
    net.W, net.b = [draw(4, 3), draw(3, 2), draw(2, 1)], [draw(3), draw(2), draw(1)]
    net.forward(draw(5, 4))
    return net.backward(np.array([[0], [1], [1], [0], [1]]))
