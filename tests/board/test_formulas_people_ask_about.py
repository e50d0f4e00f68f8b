"""Formulas as people write them when they ask for a gradient: what comes out, and that numbers agree."""

from __future__ import annotations

import numpy as np
import pytest

import chalkgrad as cg
from chalkgrad.errors import EvaluationError

WRITTEN = [
    # a function with its argument, as a name
    (r"f(x) = \|Ax - b\|_2 + \lambda\|x\|_1", "x", "Aᵀ(Ax − b)/‖Ax − b‖ + λ sign(x)"),
    (r"L(U,V)=\frac{1}{2}\lVert X-UV\rVert_F^2", "U", "(UV − X)Vᵀ"),
    (r"F(R) = \|A-RY\|^2_F", "R", "2(RY − A)Yᵀ"),
    (r"h(X) = \det A X B", "X", "LAᵀ(AXB)⁻ᵀBᵀ"),
    # a prime is a transpose
    (r"\text{tr}(X'X)", "X", "2X"),
    (r"\text{tr}(AX'BXC)", "X", "BᵀXAᵀCᵀ + BXCA"),
    (r"\operatorname{trace}((W \odot (A-UV'))'(W\odot (A-UV')))", "U", "−2(W ⊙ W ⊙ (A − UVᵀ))V"),
    (r"w'\Sigma w", "w", "(Σ + Σᵀ)w"),
    # Σ is a matrix, with a number below or an inverse too
    (r"-\log\det(C \Sigma C^T)", r"\Sigma", "−Cᵀ(CΣCᵀ)⁻ᵀC"),
    (r"\operatorname{tr}(\Sigma_2^{-1}\Sigma_1) - k + \ln\frac{\det\Sigma_2}{\det\Sigma_1}", r"\Sigma_1", None),
    (r"{1\over \sqrt{(2\pi)^k |\Sigma |}} e^{-0.5 (x-\mu)^T \Sigma^{-1} (x-\mu)}", r"\mu", "½L(Σ⁻¹ + Σ⁻ᵀ)(x − μ)"),
    # in turned brackets stand vectors, one for each n
    (r"-\frac{N}{2}\ln|\Sigma|-\frac{1}{2}\sum_{n=1}^N(x_n-\mu)^T\Sigma^{-1}(x_n-\mu)", r"\mu", None),
    # that to which a sum goes is a size
    (r"\mathcal{L}(\beta) = \frac{-1}{n} \sum_{i=1}^{n} \log \sigma(y_i\beta^{T}x_i)", r"\beta", None),
    (r"\frac1n\sum_{j=1}^n (x_j-\frac1n\sum_{k=1}^n x_k)^2", "x", None),
    (r"\sum_i c_i\frac{x_i-\frac1n\sum_j x_j}{\sqrt{\frac1n\sum_j (x_j-\frac1n\sum_k x_k)^2+\epsilon}}", "x", None),
    # powers and factors that are letters
    (r"-\alpha (1-p)^\gamma \log(p)", "p", "αγ(1 − p)^(γ−1) log(p) − α(1 − p)^γ/p"),
    (r"\lambda (\|w\|^2 + 1)", "w", "2λw"),
    # of others that were read before
    (r"\frac{(Ax)^{\top}y}{||Ax||}", "x", "Aᵀ(‖Ax‖y − LAx)/‖Ax‖²"),
    (r"\frac{v^{T}Av}{v^{T}v}", "v", "((A + Aᵀ)v − 2Lv)/‖v‖²"),
    (r"\max(0, \|a-p\|^2 - \|a-n\|^2 + \alpha)", "a", "2𝟏[‖a − p‖² − ‖a − n‖² + α > 0](n − p)"),
    (r"\operatorname{tr}(\operatorname{softmax}(\frac{QK^T}{\sqrt{d}})V)", "Q", "(s ⊙ Vᵀ − diag((s ⊙ Vᵀ)𝟏)s)K/√d"),
    (r"\frac{1}{2}\|w\|^2 + C \sum_{i=1}^n\log(1 + \exp(-y_iw^Tx_i))", "w", "w − CXᵀ(σ(−(y ⊙ Xw)) ⊙ y)"),
]  # fmt: skip


def _given(derived: cg.DerivationSheet) -> dict[str, np.ndarray]:
    """Positive numbers, and positive definite matrices where they are square."""
    random = np.random.default_rng(0)
    sizes: dict[int | str, int] = {}
    given = {}
    for tensor in derived.program.declared:
        shape = [size if isinstance(size, int) else sizes.setdefault(size, 3) for size in tensor.shape]
        value = random.uniform(0.2, 0.8, size=shape)
        given[tensor.name] = value @ value.T + 2 * np.eye(3) if len(shape) == 2 else np.asarray(value)
    return given


@pytest.mark.parametrize(("text", "wrt", "written"), WRITTEN)
def test_the_gradient_is_that_of_differences(text: str, wrt: str, written: str | None) -> None:
    derived, name = cg.derive(text, wrt=wrt), wrt.lstrip("\\")
    if written is not None:
        assert derived[name].unicode("matrix").partition(" = ")[2] == written
    given = _given(derived)
    value = cg.compile(derived)
    differences = np.zeros_like(given[name])
    for place in np.ndindex(differences.shape):
        step = np.zeros_like(given[name])
        step[place] = 1e-5
        ends = [float(value(**{**given, name: given[name] + sign * step})[0]) for sign in (1, -1)]
        differences[place] = (ends[0] - ends[1]) / 2e-5
    np.testing.assert_allclose(derived.evaluate(**given)[name], differences, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "text",
    [
        r"-\log\frac{e^{z_y}}{\sum_j e^{z_j}}",
        r"-z_y + \log\sum_j e^{z_j}",
        r"f(z) = -\log\frac{e^{z_y}}{\sum_j e^{z_j}}",
    ],
)
def test_the_letter_of_a_class_is_a_label(text: str) -> None:
    derived = cg.derive(text)
    assert derived.names == ("z",)
    p = np.exp([1.0, 2.0, 3.0]) / np.exp([1.0, 2.0, 3.0]).sum()
    for label in range(3):
        np.testing.assert_allclose(derived.evaluate(z=[1.0, 2.0, 3.0], y=label)["z"], p - np.eye(3)[label])
    with pytest.raises(EvaluationError, match="labels"):
        derived.evaluate(z=[1.0, 2.0, 3.0], y=0.5)


def test_a_sum_over_the_other_classes_leaves_out_the_label() -> None:
    derived = cg.derive(r"\sum_{j \ne y} \max(0, s_j - s_y + 1)", wrt="s")
    assert derived.evaluate(s=[1.0, 3.0, 2.5], y=2)["s"].tolist() == [0.0, 1.0, -1.0]
    assert derived.evaluate(s=[1.0, 3.0, 2.5], y=0)["s"].tolist() == [-2.0, 1.0, 1.0]


def test_contrast_with_one_key_among_many() -> None:
    derived = cg.derive(r"-\log \frac{\exp(q^T k_p/\tau)}{\sum_{i} \exp(q^T k_i/\tau)}", wrt="q")
    random = np.random.default_rng(0)
    q, k = random.normal(size=3), random.normal(size=(4, 3))
    weights = np.exp(k @ q / 0.5) / np.exp(k @ q / 0.5).sum()
    np.testing.assert_allclose(derived.evaluate(q=q, k=k, p=2, tau=0.5)["q"], (weights @ k - k[2]) / 0.5)


def test_samples_in_turned_brackets_are_vectors() -> None:
    text = r"-\frac{N}{2}\ln|\Sigma|-\frac{1}{2}\sum_{n=1}^N(x_n-\mu)^T\Sigma^{-1}(x_n-\mu)"
    derived = cg.derive(text, wrt=r"\Sigma")
    assert {tensor.name: len(tensor.axes) for tensor in derived.program.declared} == {"Sigma": 2, "x": 2, "mu": 1}


def test_a_mean_in_a_norm_is_written_whole() -> None:
    derived = cg.derive(r"\sum_j (x_j-\frac1n\sum_k x_k)^2", wrt="x")
    assert derived.write_result("matrix", "unicode") == "L = ‖x − 𝟏ᵀx/m‖²"
    product = cg.derive(r"\frac{a}{n}(\|x\|^2 + 1)\|y\|", wrt="y").write_result("matrix", "unicode")
    assert product.count("‖") == 4
