"""Matrix factorisation; users and items are told by their letters."""

from soundness.case import Case


def forward(R, p, q, lam):
    e = R - p @ q.T
    F = (e**2).sum() + lam * (p**2).sum() + lam * (q**2).sum()
    return locals()


CASE = Case(
    forward,
    axes="U=3 V=4 k=2",
    given="R:U,V p:U,k q:V,k lam::positive",
    written=r"""
        R_{@@}  | R | U V -> scalar
        p_@     | p | U -> column k
        q_@     | q | V -> column k
        \lambda | lam | scalar
        e_{@@}  | e | U V -> scalar
        F       | F | scalar
    """,
)
