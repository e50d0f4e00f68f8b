"""A symmetric matrix, which the document says, and a Hessian."""

from soundness.case import Case


def forward(G, c, t, rho):
    f = G @ c
    R = ((f - t) ** 2).sum() / 2 + rho / 2 * (c @ G @ c)
    return locals()


CASE = Case(
    forward,
    axes="n=4",
    given="G:n,n:symmetric c:n t:n rho::positive",
    written=r"""
        G | G | matrix n n
        c | c | column n
        t | t | column n
        \rho | rho | scalar
        f | f | column n
        R | R | scalar
    """,
)
