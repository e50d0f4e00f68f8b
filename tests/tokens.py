"""How long a result is to read: the marks of a formula in Unicode, counted the same way for ours and for a book's."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?:softmax|softplus|logdet|sign|diag|tanh|tril|triu|sqrt|exp|log|det|sin|cos|abs|ReLU|tr|vec)  # a function
  | \d+(?:\.\d+)? | [½⅓¼¾⅔]              # a number
  | [⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ⁽⁾⊙]*[⁻⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ]+⁾?  # what stands above, as one mark
  | \^\(⊙\d\)                             # a power taken place by place
  | ‖_F | [^\W\d_]\u0302?[₀-₉]*           # a norm's end, a letter with what stands below
  | \S                                    # an operator, a bracket
    """,
    re.VERBOSE,
)


def tokens(formula: str) -> int:
    """The number of marks: each name, number, operator, superscript and pair of brackets is one.

    >>> tokens("2Aᵀ(Ax − b)"), tokens("X⁻ᵀ"), tokens("½‖x‖²")
    (8, 2, 4)
    """
    marks = _TOKEN.findall(formula)
    bars = sum(mark.startswith("‖") for mark in marks)
    return len(marks) - bars // 2 - sum(mark in ")]" for mark in marks)
