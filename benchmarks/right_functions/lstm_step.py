"""One step of an LSTM that gives the next hidden state, and its backward pass."""

import numpy as np

TARGET, AGAINST = "lstm_backward", None


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_forward(x, h, c, W, U, b):
    a = x @ W + h @ U + b
    size = h.shape[1]
    i, f, o = (sigmoid(a[:, k * size : (k + 1) * size]) for k in range(3))
    g = np.tanh(a[:, 3 * size :])
    c_new = f * c + i * g
    return o * np.tanh(c_new), (x, h, c, W, U, i, f, o, g, c_new)


def lstm_backward(dout, cache):
    x, h, c, W, U, i, f, o, g, c_new = cache
    tanh_c = np.tanh(c_new)
    do = dout * tanh_c
    dc_new = dout * o * (1 - tanh_c**2)
    di = dc_new * g
    df = dc_new * c
    dg = dc_new * i
    dc = dc_new * f
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    dx = da @ W.T
    dh = da @ U.T
    dW = x.T @ da
    dU = h.T @ da
    db = da.sum(axis=0)
    return dx, dh, dc, dW, dU, db


LET = {"x": "4x3", "h": "4x5", "c": "4x5", "W": "3x20", "U": "5x20", "b": "20x"}


def example(draw):
    out, cache = lstm_forward(draw(4, 3), draw(4, 5), draw(4, 5), draw(3, 20), draw(5, 20), draw(20))
    return lstm_backward(draw(*out.shape), cache)
