"""An LSTM over a sequence, and backpropagation through time."""

import numpy as np

TARGET, AGAINST = "lstm_backward", None


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_forward(x, W, U, b):
    n, steps, _ = x.shape
    size = U.shape[0]
    h, c = np.zeros((n, size)), np.zeros((n, size))
    out = np.zeros((n, steps, size))
    kept = []
    for t in range(steps):
        a = x[:, t] @ W + h @ U + b
        i, f, o = sigmoid(a[:, :size]), sigmoid(a[:, size : 2 * size]), sigmoid(a[:, 2 * size : 3 * size])
        g = np.tanh(a[:, 3 * size :])
        c_new = f * c + i * g
        kept.append((h, c, i, f, o, g, np.tanh(c_new)))
        h, c = o * np.tanh(c_new), c_new
        out[:, t] = h
    return out, (x, W, U, kept)


def lstm_backward(dout, cache):
    x, W, U, kept = cache
    dx, dW, dU = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U)
    db = np.zeros(W.shape[1])
    dh_next = np.zeros_like(kept[0][0])
    dc_next = np.zeros_like(dh_next)
    for t in reversed(range(x.shape[1])):
        h, c, i, f, o, g, tanh_c = kept[t]
        dh = dout[:, t] + dh_next
        dc = dc_next + dh * o * (1 - tanh_c**2)
        di = dc * g * i * (1 - i)
        df = dc * c * f * (1 - f)
        do = dh * tanh_c * o * (1 - o)
        dg = dc * i * (1 - g**2)
        da = np.concatenate([di, df, do, dg], axis=1)
        dx[:, t] = da @ W.T
        dW += x[:, t].T @ da
        dU += h.T @ da
        db += da.sum(axis=0)
        dh_next = da @ U.T
        dc_next = dc * f
    return dx, dW, dU, db


LET = {"x": "2x4x3", "W": "3x20", "U": "5x20", "b": "20x"}


def example(draw):
    out, cache = lstm_forward(draw(2, 4, 3), draw(3, 20), draw(5, 20), draw(20))
    return lstm_backward(draw(*out.shape), cache)
