"""Results beside those of books: the same problem, the result as it stands there in our spelling, the marks of both.

L is the formula itself, as in ∂ det(X) = det(X) X⁻ᵀ; what else a result names is counted with its equation.
"""

from __future__ import annotations

import pytest

from chalkgrad.board.derivation import derive
from tokens import tokens

COOKBOOK = "Petersen and Pedersen, The Matrix Cookbook, 2012, section "
BOYD = "Boyd and Vandenberghe, Convex Optimization, 2004, "
BISHOP = "Bishop, Pattern Recognition and Machine Learning, 2006, "
GOODFELLOW = "Goodfellow, Bengio and Courville, Deep Learning, 2016, "
GOLUB = "Golub and Van Loan, Matrix Computations, 4th edition, 2013, section "
CALCULATOR = "the form in which matrixcalculus.org writes results (Laue, Mitterreiter and Giesen, 2018)"

# the formula, by what, the result of the book, where it stands
BOOKS = [
    ("a'*x", "x", "a", COOKBOOK + "2.4"),
    ("x'*a", "x", "a", COOKBOOK + "2.4"),
    ("a'*X*b", "X", "abᵀ", COOKBOOK + "2.4"),
    ("a'*X'*b", "X", "baᵀ", COOKBOOK + "2.4"),
    ("a'*X*a", "X", "aaᵀ", COOKBOOK + "2.4"),
    ("a'*X'*X*b", "X", "X(abᵀ + baᵀ)", COOKBOOK + "2.4"),
    ("b'*X'*A*X*c", "X", "AᵀXbcᵀ + AXcbᵀ", COOKBOOK + "2.4"),
    ("x'*A*x", "x", "(A + Aᵀ)x", COOKBOOK + "2.4"),
    ("(A*x-b)'*W*(A*x-b)", "x", "Aᵀ(W + Wᵀ)(Ax − b)", COOKBOOK + "2.4"),
    ("(B*x+b)'*C*(D*x+d)", "x", "BᵀC(Dx + d) + DᵀCᵀ(Bx + b)", COOKBOOK + "2.4"),
    ("(X*b+c)'*D*(X*b+c)", "X", "(D + Dᵀ)(Xb + c)bᵀ", COOKBOOK + "2.4"),
    ("tr(X)", "X", "I", COOKBOOK + "2.5"),
    ("tr(X*A)", "X", "Aᵀ", COOKBOOK + "2.5"),
    ("tr(A*X)", "X", "Aᵀ", COOKBOOK + "2.5"),
    ("tr(A*X*B)", "X", "AᵀBᵀ", COOKBOOK + "2.5"),
    ("tr(A*X'*B)", "X", "BA", COOKBOOK + "2.5"),
    ("tr(X'*A)", "X", "A", COOKBOOK + "2.5"),
    ("tr(A*X')", "X", "A", COOKBOOK + "2.5"),
    ("tr(X^2)", "X", "2Xᵀ", COOKBOOK + "2.5"),
    ("tr(X^2*B)", "X", "(XB + BX)ᵀ", COOKBOOK + "2.5"),
    ("tr(X'*B*X)", "X", "BX + BᵀX", COOKBOOK + "2.5"),
    ("tr(X*B*X')", "X", "XBᵀ + XB", COOKBOOK + "2.5"),
    ("tr(A*X*B*X)", "X", "AᵀXᵀBᵀ + BᵀXᵀAᵀ", COOKBOOK + "2.5"),
    ("tr(X'*X)", "X", "2X", COOKBOOK + "2.5"),
    ("tr(B*X*X')", "X", "(B + Bᵀ)X", COOKBOOK + "2.5"),
    ("tr(B'*X'*C*X*B)", "X", "CᵀXBBᵀ + CXBBᵀ", COOKBOOK + "2.5"),
    ("tr(X'*B*X*C)", "X", "BXC + BᵀXCᵀ", COOKBOOK + "2.5"),
    ("tr(A*X*B*X'*C)", "X", "AᵀCᵀXBᵀ + CAXB", COOKBOOK + "2.5"),
    ("tr((A*X*B+C)*(A*X*B+C)')", "X", "2Aᵀ(AXB + C)Bᵀ", COOKBOOK + "2.5"),
    ("tr(X^3)", "X", "3(X²)ᵀ", COOKBOOK + "2.5"),
    ("tr(A*inv(X)*B)", "X", "−(X⁻¹BAX⁻¹)ᵀ", COOKBOOK + "2.2"),
    ("tr(inv(X+A))", "X", "−((X + A)⁻¹(X + A)⁻¹)ᵀ", COOKBOOK + "2.2"),
    ("a'*inv(X)*b", "X", "−X⁻ᵀabᵀX⁻ᵀ", COOKBOOK + "2.2"),
    ("det(inv(X))", "X", "−det(X⁻¹)X⁻ᵀ", COOKBOOK + "2.2"),
    ("det(X)", "X", "det(X)X⁻ᵀ", COOKBOOK + "2.1"),
    ("det(X^2)", "X", "2det(X²)X⁻ᵀ", COOKBOOK + "2.1"),
    ("logdet(X)", "X", "X⁻ᵀ", COOKBOOK + "2.1"),
    ("logdet(X'*X)", "X", "2(X⁺)ᵀ", COOKBOOK + "2.1 (with the pseudoinverse)"),
    ("det(X'*A*X)", "X", "det(XᵀAX)(AX(XᵀAX)⁻¹ + AᵀX(XᵀAᵀX)⁻¹)", COOKBOOK + "2.1"),
    ("logdet(A*X)", "X", "X⁻ᵀ", COOKBOOK + "2.1 (where A and X are square)"),
    ("det(A*X*B)", "X", "det(AXB)X⁻ᵀ", COOKBOOK + "2.1 (where A, X and B are square)"),
    ("norm2(x-a)", "x", "(x − a)/‖x − a‖", COOKBOOK + "2.6"),
    ("norm2(x)^2", "x", "2x", COOKBOOK + "2.6"),
    ("normF(X)^2", "X", "2X", COOKBOOK + "2.7"),
    ("tr(inv(X'*X)*A)", "X", "−X(XᵀX)⁻¹(A + Aᵀ)(XᵀX)⁻¹", COOKBOOK + "2.5"),
    ("norm2(A*x-b)^2/2", "x", "Aᵀ(Ax − b)", GOODFELLOW + "section 4.5"),
    ("norm2(A*x-b)^2/2", "A", "(Ax − b)xᵀ", GOODFELLOW + "section 4.5"),
    ("norm2(V*tanh(W*x)-y)^2/2", "V", "(V tanh(Wx) − y) tanh(Wx)ᵀ", GOODFELLOW + "section 6.5"),
    ("v'*tanh(W*x)", "W", "(v ⊙ (1 − tanh(Wx)^(⊙2)))xᵀ", GOODFELLOW + "section 6.5"),
    ("v'*tanh(W*x)", "x", "Wᵀ(v ⊙ (1 − tanh(Wx)^(⊙2)))", GOODFELLOW + "section 6.5"),
    ("sum(relu(X*w))", "w", "Xᵀ𝟏[Xw > 0]", GOODFELLOW + "section 6.3"),
    ("log(sum(exp(x)))", "x", "softmax(x)", GOODFELLOW + "section 6.2"),
    ("log(sum(exp(x))) - y'*x", "x", "softmax(x) − y", GOODFELLOW + "section 6.2"),
    ("v'*softmax(x)", "x", "softmax(x) ⊙ (v − vᵀ softmax(x))", GOODFELLOW + "section 6.5"),
    ("log(1+exp(a'*x))", "x", "σ(aᵀx)a", GOODFELLOW + "section 3.10"),
    ("norm2(A*x-b)", "x", "Aᵀ(Ax − b)/‖Ax − b‖", BOYD + "appendix A.4"),
    ("x'*P*x/2 + q'*x + r", "x", "½(P + Pᵀ)x + q", BOYD + "appendix A.4"),
    ("log(sum(exp(A*x+b)))", "x", "Aᵀ exp(Ax + b)/(𝟏ᵀ exp(Ax + b))", BOYD + "appendix A.4"),
    ("-sum(log(b-A*x))", "x", "Aᵀ(1/(b − Ax))", BOYD + "section 9.3"),
    ("sum(x.*log(x))", "x", "log(x) + 𝟏", BOYD + "section 3.1"),
    ("exp(a'*x)", "x", "exp(aᵀx)a", BOYD + "section 3.2"),
    ("norm2(A*x-b)^2 + c*norm2(x)^2", "x", "2Aᵀ(Ax − b) + 2cx", BOYD + "section 6.3"),
    ("sum(log(1+exp(X*w)) - y.*(X*w))", "w", "Xᵀ(σ(Xw) − y)", BISHOP + "section 4.3"),
    ("(x-m)'*inv(S)*(x-m)/2", "m", "−½(S⁻¹ + S⁻ᵀ)(x − m)", BISHOP + "section 2.3"),
    ("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "S", "½(S⁻ᵀ − S⁻ᵀ(x − m)(x − m)ᵀS⁻ᵀ)", BISHOP + "section 2.3"),
    ("exp(-norm2(x)^2/2)", "x", "−exp(−½‖x‖²)x", BISHOP + "section 2.3"),
    ("logdet(A+x*x')", "x", "((A + xxᵀ)⁻¹ + (A + xxᵀ)⁻ᵀ)x", BISHOP + "appendix C"),
    ("logdet(X+c*eye)", "c", "tr((X + cI)⁻¹)", BISHOP + "appendix C"),
    ("x'*A*x/(x'*x)", "x", "((A + Aᵀ)x − 2(xᵀAx/xᵀx)x)/xᵀx", GOLUB + "8.2"),
    ("normF(A*X-B)^2", "X", "2Aᵀ(AX − B)", GOLUB + "5.3"),
    ("normF(A*X*B-C)^2/2", "X", "Aᵀ(AXB − C)Bᵀ", GOLUB + "12.3"),
    ("normF(T - U*V')^2", "U", "2(UVᵀ − T)V", GOLUB + "2.4"),
    ("normF(T - U*V')^2", "V", "2(UVᵀ − T)ᵀU", GOLUB + "2.4"),
    ("norm2(A*x-b)^2 + c*norm1(x)", "x", "2Aᵀ(Ax − b) + c sign(x)", CALCULATOR),
    ("norm2(x)^3", "x", "3‖x‖x", CALCULATOR),
    ("sum(x.^3)", "x", "3x^(⊙2)", CALCULATOR),
    ("sum(a./x)", "x", "−a/x^(⊙2)", CALCULATOR),
    ("a'*x/norm2(x)", "x", "a/‖x‖ − (aᵀx)/‖x‖³x", CALCULATOR),
    ("(a'*x)*(b'*x)", "x", "(bᵀx)a + (aᵀx)b", CALCULATOR),
    ("(a'*x)^2", "x", "2(aᵀx)a", CALCULATOR),
    ("(a'*X*b)^2", "X", "2(aᵀXb)abᵀ", CALCULATOR),
    ("a'*X*b*tr(X)", "X", "tr(X)abᵀ + (aᵀXb)I", CALCULATOR),
    ("sum(cos(A*x))", "x", "−Aᵀ sin(Ax)", CALCULATOR),
    ("sum(sigmoid(X*w))", "w", "Xᵀ(σ(Xw) ⊙ (1 − σ(Xw)))", CALCULATOR),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "−Xᵀ(y ⊙ σ(−(y ⊙ Xw)))", CALCULATOR),
    ("tr(A'*B*X + X'*C)", "X", "BᵀA + C", CALCULATOR),
    ("x'*diag(a)*x", "x", "2(a ⊙ x)", CALCULATOR),
    ("tr(diag(x)*A)", "x", "diag(A)", CALCULATOR),
    ("sum(inv(X))", "X", "−X⁻ᵀ𝟏𝟏ᵀX⁻ᵀ", CALCULATOR),
    ("b'*inv(X'*X)*b", "X", "−2X(XᵀX)⁻¹bbᵀ(XᵀX)⁻¹", CALCULATOR),
]  # fmt: skip
LONGER = {
    "logdet(X'*X)",
    "logdet(A*X)",
    "det(A*X*B)",
}  # no name for the pseudoinverse; A may be wide, which books exclude
IDS = [f"{text} by {wrt}" for text, wrt, _, _ in BOOKS]


def marks_of(text: str, wrt: str) -> tuple[int, str]:
    """How long our result is, with the equations of what it names, and how it reads."""
    gradient = derive(text, wrt=wrt)[wrt]
    named = [line for line in gradient.where("matrix") if not line.startswith(("L = ", "f = "))]
    written = gradient.unicode(form="matrix", closed=True).partition(" = ")[2]
    return sum(map(tokens, named)) + tokens(written), "; ".join([*named, written])


@pytest.mark.parametrize(("text", "wrt", "book", "source"), BOOKS, ids=IDS)
def test_a_result_is_as_short_as_in_the_book(text: str, wrt: str, book: str, source: str) -> None:
    own, written = marks_of(text, wrt)
    assert (own > tokens(book)) == (text in LONGER), f"{written} has {own} marks, {book} in {source} has {tokens(book)}"


def test_the_table_is_as_large_as_promised() -> None:
    assert len({(text, wrt) for text, wrt, _, _ in BOOKS}) >= 80


def test_marks_are_counted() -> None:
    assert [tokens(text) for text in ("2Aᵀ(Ax − b)", "X⁻ᵀ", "½‖x‖²", "softmax(x)", "diag(p) − ppᵀ")] == [8, 2, 4, 3, 7]
