r"""The environments of LaTeX that stand inside maths, by what their rows are."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CASES = _words("cases dcases rcases drcases numcases subnumcases")
MATRICES = {
    "matrix": "",
    "pmatrix": "",
    "bmatrix": "",
    "Bmatrix": "",
    "smallmatrix": "",
    "psmallmatrix": "",
    "bsmallmatrix": "",
    "vmatrix": "|",
    "Vmatrix": r"\|",
    "vsmallmatrix": "|",
    "pNiceMatrix": "",
    "bNiceMatrix": "",
    "bmat": "",
}
ARRAYS = frozenset({"array", "darray", "subarray", "NiceArray"})
LAYOUTS = _words(
    "equation align aligned alignat alignedat gather gathered split multline multlined eqnarray math "
    "displaymath flalign dmath dgroup IEEEeqnarray IEEEeqnarraybox subequations empheq darray xalignat "
    "xxalignat spreadlines small footnotesize center minipage autobreak fleqn eqnarraybox dseries"
)
IGNORED = _words(
    "CD tikzcd tikzpicture verbatim lstlisting minted comment algorithmic algorithm figure picture prooftree"
)
# After their \begin an argument says how columns are set.
COLUMNS = _words(
    "array darray subarray alignat alignat* alignedat xalignat xalignat* xxalignat IEEEeqnarray IEEEeqnarray* "
    "tabular NiceArray minipage numcases subnumcases IEEEeqnarraybox IEEEeqnarraybox*"
)


def table_kind(name: str) -> str:
    """CASES, MATRIX, ARRAY or LAYOUT; "" for an environment that nobody knows.

    >>> table_kind("pmatrix*"), table_kind("align*"), table_kind("tabular")
    ('MATRIX', 'LAYOUT', '')
    """
    bare = name.rstrip("*")
    for kind, names in (("CASES", CASES), ("MATRIX", MATRICES), ("ARRAY", ARRAYS), ("LAYOUT", LAYOUTS)):
        if bare in names:
            return kind
    return ""


def bars_of(name: str) -> str:
    """The bars around a determinant; "" for matrices in brackets or in nothing."""
    return MATRICES.get(name.rstrip("*"), "")


def known_environments() -> list[str]:
    """Every environment that has rows, by name."""
    return sorted({*CASES, *MATRICES, *ARRAYS, *LAYOUTS})
