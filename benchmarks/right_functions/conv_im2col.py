"""Convolution of images by im2col, and its backward pass."""

import numpy as np

TARGET, AGAINST = "conv_backward", None


def im2col(x, k, pad):
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows = h + 2 * pad - k + 1
    columns = w + 2 * pad - k + 1
    col = np.zeros((n, c, k, k, rows, columns))
    for i in range(k):
        for j in range(k):
            col[:, :, i, j] = padded[:, :, i : i + rows, j : j + columns]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(n * rows * columns, -1), rows, columns


def conv_forward(x, w, b, pad):
    col, rows, columns = im2col(x, w.shape[2], pad)
    out = col @ w.reshape(w.shape[0], -1).T + b
    out = out.reshape(x.shape[0], rows, columns, -1).transpose(0, 3, 1, 2)
    return out, (x, w, pad, col)


def conv_backward(dout, cache):
    x, w, pad, col = cache
    n, c, h, width = x.shape
    f, _, k, _ = w.shape
    rows, columns = dout.shape[2], dout.shape[3]
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, f)
    db = flat.sum(axis=0)
    dw = (flat.T @ col).reshape(w.shape)
    dcol = flat @ w.reshape(f, -1)
    dcol = dcol.reshape(n, rows, columns, c, k, k).transpose(0, 3, 4, 5, 1, 2)
    dpadded = np.zeros((n, c, h + 2 * pad, width + 2 * pad))
    for i in range(k):
        for j in range(k):
            dpadded[:, :, i : i + rows, j : j + columns] += dcol[:, :, i, j]
    dx = dpadded[:, :, pad : pad + h, pad : pad + width]
    return dx, dw, db


def example(draw):
    out, cache = conv_forward(draw(2, 3, 5, 6), draw(4, 3, 3, 3), draw(4), 1)
    return conv_backward(draw(*out.shape), cache)
