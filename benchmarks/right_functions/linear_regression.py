"""The gradient of the mean squared error of a linear model, against a network."""

TARGET, AGAINST = "compute_gradients", "3-2 identity mse"


def compute_gradients(X, y, W, b):
    m, outputs = y.shape
    residual = X @ W + b - y
    scale = 2 / (m * outputs)
    dW = scale * X.T @ residual
    db = scale * residual.sum(axis=0)
    return dW, db


def example(draw):
    return compute_gradients(draw(5, 3), draw(5, 2), draw(3, 2), draw(2))
