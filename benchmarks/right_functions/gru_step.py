"""One step of a gated recurrent unit, and its backward pass."""

import numpy as np

TARGET, AGAINST = "gru_backward", None


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gru_forward(x, h, Wz, Wr, Wn):
    both = np.hstack([x, h])
    z = sigmoid(both @ Wz)
    r = sigmoid(both @ Wr)
    reset = np.hstack([x, r * h])
    n = np.tanh(reset @ Wn)
    return (1 - z) * n + z * h, (x, h, Wz, Wr, Wn, both, z, r, reset, n)


def gru_backward(dout, cache):
    x, h, Wz, Wr, Wn, both, z, r, reset, n = cache
    size = x.shape[1]
    dz = dout * (h - n) * z * (1 - z)
    dn = dout * (1 - z) * (1 - n**2)
    dreset = dn @ Wn.T
    drh = dreset[:, size:]
    dr = drh * h * r * (1 - r)
    dboth = dz @ Wz.T + dr @ Wr.T
    dWz = both.T @ dz
    dWr = both.T @ dr
    dWn = reset.T @ dn
    dx = dboth[:, :size] + dreset[:, :size]
    dh = dout * z + dboth[:, size:] + drh * r
    return dx, dh, dWz, dWr, dWn


LET = {"x": "4x3", "h": "4x5", "Wz": "8x5", "Wr": "8x5", "Wn": "8x5"}


def example(draw):
    out, cache = gru_forward(draw(4, 3), draw(4, 5), draw(8, 5), draw(8, 5), draw(8, 5))
    return gru_backward(draw(*out.shape), cache)
