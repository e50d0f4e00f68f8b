"""A recurrent network over a sequence, and backpropagation through time."""

import numpy as np

TARGET, AGAINST = "rnn_backward", None


def rnn_forward(x, h0, Wx, Wh, b):
    steps = x.shape[1]
    h = np.zeros((x.shape[0], steps, h0.shape[1]))
    previous = h0
    for t in range(steps):
        previous = np.tanh(x[:, t] @ Wx + previous @ Wh + b)
        h[:, t] = previous
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, h = cache
    steps = x.shape[1]
    dx = np.zeros_like(x)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(Wh.shape[1])
    dnext = np.zeros_like(h0)
    for t in reversed(range(steps)):
        before = h[:, t - 1] if t > 0 else h0
        dz = (dh[:, t] + dnext) * (1 - h[:, t] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += before.T @ dz
        db += dz.sum(axis=0)
        dnext = dz @ Wh.T
    dh0 = dnext
    return dx, dh0, dWx, dWh, db


LET = {"x": "2x4x3", "h0": "2x5", "Wx": "3x5", "Wh": "5x5", "b": "5x"}


def example(draw):
    h, cache = rnn_forward(draw(2, 4, 3), draw(2, 5), draw(3, 5), draw(5, 5), draw(5))
    return rnn_backward(draw(*h.shape), cache)
