"""Softmax regression with regularisation, which returns its loss beside the gradient."""

import numpy as np

TARGET, AGAINST = "softmax_loss", None


def softmax_loss(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    exps = np.exp(scores)
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[np.arange(num_train), y])) / num_train + reg * np.sum(W * W)
    dscores = probs.copy()
    dscores[np.arange(num_train), y] -= 1
    dW = X.T.dot(dscores) / num_train
    dW += 2 * reg * W
    return loss, dW


def example(draw):
    return softmax_loss(draw(3, 4), draw(5, 3), np.array([0, 1, 3, 2, 1]), 0.3)
