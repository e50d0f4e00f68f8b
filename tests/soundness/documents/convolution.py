"""A one-dimensional convolution with written limits."""

from soundness.case import Case


def forward(s, k, b, t):
    o = s.unfold(0, 3, 1) @ k + b
    e = ((o - t) ** 2).sum() / 2
    return locals()


CASE = Case(
    forward,
    axes="S=8 F=3 O=6",
    given="s:S k:F b: t:O",
    written=r"""
        s_@ | s | S -> scalar
        k_@ | k | F -> scalar
        b   | b | scalar
        o_@ | o | O -> scalar
        t_@ | t | O -> scalar
        e   | e | scalar
    """,
)
