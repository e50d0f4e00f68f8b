"""Scalars with words and capitals as subscripts."""

from soundness.case import Case


def forward(Rload, Rin, U):
    I = U / (Rin + Rload)
    P = Rload * I**2
    return locals()


CASE = Case(
    forward,
    axes="",
    given="Rload::positive Rin::positive U:",
    written=r"""
        R_{\text{load}} | Rload | scalar
        R_{\text{in}}   | Rin   | scalar
        U_{AB}          | U     | scalar
        I               | I     | scalar
        P               | P     | scalar
    """,
)
