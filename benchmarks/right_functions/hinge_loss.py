"""The multiclass hinge loss, which is returned beside the gradient."""

import numpy as np

TARGET, AGAINST = "svm_loss", None


def svm_loss(W, X, y, reg):
    n = X.shape[0]
    scores = X @ W
    correct = scores[np.arange(n), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(n), y] = 0
    loss = margins.sum() / n + reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[np.arange(n), y] = -mask.sum(axis=1)
    dW = X.T @ mask / n + 2 * reg * W
    return loss, dW


def example(draw):
    return svm_loss(draw(3, 4), draw(5, 3), np.array([0, 1, 3, 2, 1]), 0.3)
