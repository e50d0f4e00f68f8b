"""Penalised least squares with its Hessian; the loss is Q(w)."""

from soundness.case import Case


def forward(Phi, t, w, lam, eye):
    Q = ((Phi @ w - t) ** 2).sum() / (2 * len(t)) + lam / 2 * (w @ w)
    return locals()


CASE = Case(
    forward,
    axes="N=5 D=3",
    given="Phi:N,D t:N w:D lam::positive eye:D,D:eye",
    written=r"""
        \Phi    | Phi | matrix N D
        t       | t   | column N
        w       | w   | column D
        \lambda | lam | scalar
        I       | eye | matrix D D
        Q(w)    | Q   | scalar
    """,
    samples="N",
)
