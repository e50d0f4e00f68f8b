"""The gradient of a function of two variables, against its formula."""

TARGET, AGAINST = "grad_hill", "(1 - x^3) + 100*(y - x^2)^2 + x*y"


def grad_hill(x, y):
    gap = y - x**2
    dx = -3 * x**2 - 400 * x * gap + y
    dy = 200 * gap + x
    return dx, dy


def example(draw):
    x, y = draw(2)
    return grad_hill(x, y)
