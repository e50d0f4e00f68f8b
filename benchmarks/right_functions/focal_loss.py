"""The focal loss of logits and labels, and its gradient."""

import numpy as np

TARGET, AGAINST = "focal_loss_grad", None


def focal_loss(logits, targets, gamma=2.0):
    p = 1 / (1 + np.exp(-logits))
    pt = np.where(targets == 1, p, 1 - p)
    return np.mean(-((1 - pt) ** gamma) * np.log(pt))


def focal_loss_grad(logits, targets, gamma=2.0):
    p = 1 / (1 + np.exp(-logits))
    sign = np.where(targets == 1, 1.0, -1.0)
    pt = np.where(targets == 1, p, 1 - p)
    inner = gamma * pt * np.log(pt) - (1 - pt)
    grad = sign * (1 - pt) ** gamma * inner
    return grad / logits.size


LET = {"logits": "4x"}


def example(draw):
    return focal_loss_grad(draw(4), np.array([0, 1, 1, 0]))
