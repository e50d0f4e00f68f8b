"""A table of derivatives by vectors and matrices: each as short as in the books, and with the numbers of NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.board.derivation import derive
from numpy_of_text import gradient_of

# the formula, by what, its gradient (L is the formula itself)
TABLE = [
    ("a'*x", "x", "a"),
    ("x'*a", "x", "a"),
    ("x'*x", "x", "2x"),
    ("norm2(x)^2", "x", "2x"),
    ("norm2(x)", "x", "x/L"),
    ("norm2(x-a)", "x", "(x − a)/L"),
    ("norm2(x-a)^2/2", "x", "x − a"),
    ("norm2(x)^3", "x", "3‖x‖x"),
    ("norm1(x)", "x", "sign(x)"),
    ("sum(x)", "x", "𝟏"),
    ("sum(exp(x))", "x", "exp(x)"),
    ("sum(log(x))", "x", "1/x"),
    ("sum(x.^2)", "x", "2x"),
    ("sum(x.^3)", "x", "3x^(⊙2)"),
    ("sum(a.*x)", "x", "a"),
    ("sum(a./x)", "x", "−a/x^(⊙2)"),
    ("sum(x.*log(x))", "x", "log(x) + 1"),
    ("log(sum(exp(x)))", "x", "softmax(x)"),
    ("x'*A*x", "x", "(A + Aᵀ)x"),
    ("x'*A*x", "A", "xxᵀ"),
    ("a'*X*b", "X", "abᵀ"),
    ("a'*X'*b", "X", "baᵀ"),
    ("a'*X*a", "X", "aaᵀ"),
    ("a'*X'*X*b", "X", "X(baᵀ + abᵀ)"),
    ("b'*X'*A*X*c", "X", "AᵀXbcᵀ + AXcbᵀ"),
    ("norm2(A*x-b)^2", "x", "2Aᵀ(Ax − b)"),
    ("norm2(A*x-b)^2", "A", "2(Ax − b)xᵀ"),
    ("norm2(A*x-b)^2/2 + c*norm2(x)^2/2", "x", "Aᵀ(Ax − b) + cx"),
    ("norm2(A*x-b)^2 + c*norm1(x)", "x", "2Aᵀ(Ax − b) + c sign(x)"),
    ("norm2(A*x-b)", "x", "Aᵀ(Ax − b)/L"),
    ("(A*x-b)'*W*(A*x-b)", "x", "Aᵀ(W + Wᵀ)(Ax − b)"),
    ("(x-m)'*inv(S)*(x-m)/2", "x", "½(S⁻¹ + S⁻ᵀ)(x − m)"),
    ("(x-m)'*inv(S)*(x-m)/2", "m", "½(S⁻¹ + S⁻ᵀ)(m − x)"),
    ("(x-m)'*inv(S)*(x-m)/2", "S", "−½S⁻ᵀ(x − m)(x − m)ᵀS⁻ᵀ"),
    ("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "S", "½S⁻ᵀ − ½S⁻ᵀ(x − m)(x − m)ᵀS⁻ᵀ"),
    ("tr(X)", "X", "I"),
    ("tr(A*X)", "X", "Aᵀ"),
    ("tr(X*A)", "X", "Aᵀ"),
    ("tr(A*X*B)", "X", "AᵀBᵀ"),
    ("tr(A*X')", "X", "A"),
    ("tr(A*X'*B)", "X", "BA"),
    ("tr(X'*X)", "X", "2X"),
    ("tr(X^2)", "X", "2Xᵀ"),
    ("tr(X^3)", "X", "3XᵀXᵀ"),
    ("tr(X*X'*A)", "X", "(A + Aᵀ)X"),
    ("tr(X'*A*X)", "X", "(A + Aᵀ)X"),
    ("tr(X'*A*X)", "A", "XXᵀ"),
    ("tr(A*X*B*X)", "X", "(AXB + BXA)ᵀ"),
    ("tr(A*X*B*X')", "X", "AXB + AᵀXBᵀ"),
    ("tr(X'*A*X*B)", "X", "AXB + AᵀXBᵀ"),
    ("normF(X)^2", "X", "2X"),
    ("normF(X)", "X", "X/L"),
    ("normF(X-A)^2/2", "X", "X − A"),
    ("normF(A*X-B)^2", "X", "2Aᵀ(AX − B)"),
    ("normF(A*X*B-C)^2/2", "X", "Aᵀ(AXB − C)Bᵀ"),
    ("normF(T - U*V')^2", "U", "2(UVᵀ − T)V"),
    ("normF(T - U*V')^2", "V", "2(VUᵀ − Tᵀ)U"),
    ("sum(A.*X)", "X", "A"),
    ("sum(X)", "X", "𝟏𝟏ᵀ"),
    ("sum(X.^2)", "X", "2X"),
    ("sum(exp(X))", "X", "exp(X)"),
    ("det(X)", "X", "LX⁻ᵀ"),
    ("det(A*X*B)", "X", "LAᵀ(AXB)⁻ᵀBᵀ"),
    ("det(X)^2", "X", "2LX⁻ᵀ"),
    ("det(X^2)", "X", "2LX⁻ᵀ"),
    ("1/det(X)", "X", "−LX⁻ᵀ"),
    ("log(det(X))", "X", "X⁻ᵀ"),
    ("logdet(X)", "X", "X⁻ᵀ"),
    ("logdet(X'*X)", "X", "2X(XᵀX)⁻¹"),
    ("logdet(X'*A*X)", "X", "AX(XᵀAX)⁻¹ + AᵀX(XᵀAX)⁻ᵀ"),
    ("logdet(A+x*x')", "x", "((A + xxᵀ)⁻¹ + (A + xxᵀ)⁻ᵀ)x"),
    ("logdet(A*X)", "X", "Aᵀ(AX)⁻ᵀ"),
    ("logdet(X+c*eye)", "X", "(X + cI)⁻ᵀ"),
    ("logdet(X+c*eye)", "c", "tr((X + cI)⁻¹)"),
    ("a'*inv(X)*b", "X", "−X⁻ᵀabᵀX⁻ᵀ"),
    ("tr(inv(X))", "X", "−X⁻ᵀX⁻ᵀ"),
    ("tr(A*inv(X))", "X", "−X⁻ᵀAᵀX⁻ᵀ"),
    ("tr(A*inv(X)*B)", "X", "−X⁻ᵀAᵀBᵀX⁻ᵀ"),
    ("tr(inv(X+A))", "X", "−(X + A)⁻ᵀ(X + A)⁻ᵀ"),
    ("tr(inv(X'*X)*A)", "X", "−X(XᵀX)⁻¹(A + Aᵀ)(XᵀX)⁻¹"),
    ("b'*inv(X'*X)*b", "b", "2(XᵀX)⁻¹b"),
    ("sum(inv(X))", "X", "−X⁻ᵀ𝟏𝟏ᵀX⁻ᵀ"),
    ("tr(diag(x)*A)", "x", "diag(A)"),
    ("a'*diag(x)*b", "x", "a ⊙ b"),
    ("x'*diag(a)*x", "x", "2(a ⊙ x)"),
    ("a'*(x.*x)", "x", "2(a ⊙ x)"),
    ("exp(a'*x)", "x", "La"),
    ("log(1+exp(a'*x))", "x", "σ(aᵀx)a"),
    ("exp(-norm2(x)^2/2)", "x", "−Lx"),
    ("x'*A*x/(x'*x)", "x", "((A + Aᵀ)x − 2Lx)/‖x‖²"),
    ("a'*x/norm2(x)", "x", "(‖x‖a − Lx)/‖x‖²"),
    ("sum(log(1+exp(-y.*(X*w))))", "w", "−Xᵀ(σ(−(y ⊙ Xw)) ⊙ y)"),
    ("sum(log(1+exp(X*w)) - y.*(X*w))", "w", "Xᵀ(σ(Xw) − y)"),
    ("sum(sigmoid(X*w))", "w", "Xᵀ(σ(Xw) ⊙ (1 − σ(Xw)))"),
    ("sum(relu(X*w))", "w", "Xᵀ𝟏[Xw > 0]"),
    ("v'*tanh(W*x)", "W", "(v ⊙ (1 − tanh(Wx)^(⊙2)))xᵀ"),
    ("v'*tanh(W*x)", "v", "tanh(Wx)"),
    ("v'*tanh(W*x)", "x", "Wᵀ(v ⊙ (1 − tanh(Wx)^(⊙2)))"),
    ("norm2(V*tanh(W*x)-y)^2/2", "V", "(V tanh(Wx) − y) tanh(Wx)ᵀ"),
    ("(a'*x)*(b'*x)", "x", "(abᵀ + baᵀ)x"),
    ("(a'*x)^2", "x", "2(aᵀx)a"),
    ("(a'*X*b)^2", "X", "2(aᵀXb)abᵀ"),
    ("a'*X*b*tr(X)", "X", "tr(X)abᵀ + (aᵀXb)I"),
    ("sum(cos(A*x))", "x", "−Aᵀ sin(Ax)"),
    ("tr(A'*B*X + X'*C)", "X", "BᵀA + C"),
    ("c*x'*x + a'*x + d", "x", "2cx + a"),
    ("c*x'*x + a'*x + d", "c", "‖x‖²"),
    ("2*norm2(x)^2 - 3*a'*x", "x", "4x − 3a"),
]  # fmt: skip
NAMES = [f"{text} by {wrt}" for text, wrt, _ in TABLE]


@pytest.mark.parametrize(("text", "wrt", "expected"), TABLE, ids=NAMES)
def test_gradients_are_short_and_right(text: str, wrt: str, expected: str) -> None:
    derivation = derive(text, wrt=wrt)
    assert derivation[wrt].unicode(form="matrix", closed=True).partition(" = ")[2] == expected
    program = derivation.derivation.source
    square = any(word in text for word in ("det", "inv", "eye", "^2)", "^3)"))
    names = sorted({size for tensor in program.declared for size in tensor.shape if isinstance(size, str)})
    sizes = {name: 3 if square else 2 + place for place, name in enumerate(names)}
    generator = np.random.default_rng(len(text))
    values = {}
    for tensor in program.declared:
        shape = [sizes[size] if isinstance(size, str) else size for size in tensor.shape]
        matrix = len(shape) == 2 and shape[0] == shape[1]
        values[tensor.name] = generator.uniform(0.3, 1.5, shape) + (2 * np.eye(shape[0]) if matrix else 0)
    found = derivation.evaluate(**values)[wrt]
    np.testing.assert_allclose(found, gradient_of(text, values, wrt, 3), rtol=1e-10, atol=1e-10)


def test_the_table_is_as_large_as_promised() -> None:
    assert len({(text, wrt) for text, wrt, _ in TABLE}) >= 80
