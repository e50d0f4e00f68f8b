"""Kinds of lines that were judged falsely, right ones and wrong ones side by side, with their verdicts in order."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text

# what it is about, a document, and the verdicts on its equations with a derivative in them
CASES = (
    (
        "a condition in brackets that heads a line is that of the line",
        "Let $p_i = \\frac{e^{u_i}}{\\sum_k e^{u_k}}$.\n\n"
        "- **On the diagonal ($i = j$):** $\\frac{\\partial p_i}{\\partial u_j} = p_j (1 - p_j)$\n"
        "- **Off the diagonal ($i \\neq j$):** $\\frac{\\partial p_i}{\\partial u_j} = -p_i p_j$\n"
        "- **Off the diagonal ($i \\neq j$):** $\\frac{\\partial p_i}{\\partial u_j} = p_i p_j$\n",
        ["right", "right", "wrong"],
    ),
    (
        "a sum over i = j has one term",
        r"$$p_i = \frac{e^{u_i}}{\sum_k e^{u_k}}$$ $$E = -\sum_k r_k \log p_k$$"
        r"$$\frac{\partial E}{\partial u_j} = -\sum_{i=j} r_i (1 - p_j) + \sum_{i \neq j} r_i p_j$$"
        r"$$\frac{\partial E}{\partial u_j} = -\sum_{i=j} r_i (1 - p_j) - \sum_{i \neq j} r_i p_j$$",
        ["right", "wrong"],
    ),
    (
        "of what is derived, that on which the other rests is no loss",
        r"$$p_i = \frac{e^{u_i}}{\sum_k e^{u_k}}$$ $$\frac{\partial p_i}{\partial u_j} = p_i (\delta_{ij} - p_j)$$"
        r"$$\frac{\partial p_i}{\partial u_i} = p_i (1 - p_i)$$ $$\frac{\partial p_i}{\partial u_i} = p_i - p_i^2$$"
        r"$$E = -\sum_k r_k \log p_k$$ $$\frac{\partial E}{\partial u_j} = p_j - r_j$$"
        r"$$\frac{\partial E}{\partial u_j} = p_j + r_j$$",
        ["right", "right", "right", "right", "wrong"],
    ),
    (
        "what is declared transposed is declared",
        r"$$M \in \mathbb{R}^{m \times n}, \quad q = M u + c$$"
        r"$$u^T \in \mathbb{R}^{1 \times n}$$"
        r"$$\frac{\partial E}{\partial M} = \frac{\partial E}{\partial q} u^T$$"
        r"$$\frac{\partial E}{\partial c} = \frac{\partial E}{\partial q}$$"
        r"$$\frac{\partial E}{\partial u} = M \frac{\partial E}{\partial q}$$",
        ["right", "right", "wrong"],
    ),
    (
        "a prime on a formula is its derivative by what the left side derives by",
        r"$$\frac{d}{dt} \left(t^2 \sin t\right) = \left(t^2\right)' \sin t + t^2 \left(\sin t\right)'$$"
        "\n\n"
        r"$$\frac{d}{dt} \left(t^2 \sin t\right) = \left(t^2\right)' \left(\sin t\right)'$$",
        ["right", "wrong"],
    ),
    (
        "a condition with a colon is that of what comes after it",
        "Let $p_i = \\frac{e^{u_i}}{\\sum_k e^{u_k}}$.\n\nIf $$i = j:$$\n\n"
        "$$\n\\frac{\\partial p_i}{\\partial u_j} = p_j (1 - p_j)\n$$\n\nif $$i \\neq j:$$\n\n"
        "$$\n\\frac{\\partial p_i}{\\partial u_j} = p_i\n$$\n\nif $$i \\neq j:$$\n\n"
        "$$\n\\frac{\\partial p_i}{\\partial u_j} = -p_i p_j\n$$\n\nif $$i = j:$$\n\n"
        "$$\n\\frac{\\partial p_i}{\\partial u_j} = -p_i p_j\n$$",
        ["right", "wrong", "right", "wrong"],
    ),
    (
        "a line that goes on with the one before it gives no name a new meaning",
        "- $g(w) = \\frac12 \\|w - u\\|^2$\n  $= \\frac12 (w - u)^T (w - u)$, which gives\n"
        "  $= \\frac12 \\|w\\|^2 - w^T u + \\frac12 \\|w\\|^2$\n"
        "  $\\nabla g(w) = w - u$",
        ["right"],
    ),
    (
        "a matrix that equals its own transpose is symmetric",
        r"Since $\mathbf{A} = \mathbf{A}^\top$, we have for column vectors $\mathbf{v}$"
        r"$$\frac{\partial (\mathbf{v}^\top \mathbf{A} \mathbf{v})}{\partial \mathbf{v}} = 2 \mathbf{A} \mathbf{v}$$"
        r"$$\frac{\partial (\mathbf{v}^\top \mathbf{B} \mathbf{v})}{\partial \mathbf{v}} = 2 \mathbf{B} \mathbf{v}$$",
        ["right", "wrong"],
    ),
    (
        "ones over a row are a row",
        r"All vectors are rows: $\mathbf{p}$ and $\mathbf{y}$. $$H = -\sum_i y_i \log p_i$$"
        r"$$\nabla_{\mathbf{p}} H = -\mathbf{y} \, \mathrm{diag}\left(\frac{\mathbf 1}{\mathbf p}\right)$$"
        r"$$\nabla_{\mathbf{p}} H = \mathbf{y} \, \mathrm{diag}\left(\frac{\mathbf 1}{\mathbf p}\right)$$",
        ["right", "wrong"],
    ),
    (
        "what a loss is not tied to says nothing against a claim",
        r"$$K = \frac{1}{2} \sum_j (\tanh(\sum_k w_{jk} x_k + b_j) - t_j)^2$$"
        r"$$\frac{\partial K}{\partial w_{jk}} = \frac{\partial K}{\partial h_j} \frac{\partial h_j}{\partial w_{jk}}"
        r" = (h_j - t_j)(1 - h_j^2) x_k$$"
        r"$$\frac{\partial K}{\partial b_j} = \sum_k x_k$$",
        ["undetermined", "wrong"],
    ),
    (
        "where a loss that is named is not tied to a layer, what is said of that layer holds for any loss",
        r"We use the mean squared error."
        r"$$a^l = \sigma(z^l), \quad z^{l+1} = w^{l+1} a^l + b^{l+1}, \quad a^L = \sigma(z^L)$$"
        r"$$\delta^l_k = \frac{\partial C}{\partial z^l_k}$$"
        r"$$\frac{\partial C}{\partial z^l_k} = \sum_i \delta^{l+1}_i w^{l+1}_{ik} \sigma'(z^l_k)$$"
        r"$$\frac{\partial C}{\partial z^l_k} = \sum_i \delta^{l+1}_i w^{l+1}_{ki} \sigma'(z^l_k)$$",
        ["right", "wrong"],
    ),
    (
        "no loss is taken that what is claimed is not tied to",
        r"$$s = \sqrt{\sum_{i=1}^D u_i^2}, \quad v_i = g_i \frac{u_i}{s}$$ The gradient that arrives is $dv$."
        r"$$du_i = \frac{\partial E}{\partial u_i} = \frac{1}{s}\left(dv_i g_i"
        r" - \frac{u_i}{s^2}\sum_{j=1}^D dv_j g_j u_j\right)$$"
        r"$$\frac{\partial E}{\partial u_i} = \frac{1}{s}\left(dv_i g_i"
        r" - \frac{u_i}{s}\sum_{j=1}^D dv_j g_j u_j\right)$$",
        ["right", "wrong"],
    ),
    (
        "a function that the words name is tried where a claim is not tied to the loss",
        r"$$z^{[l]} = W^{[l]} a^{[l-1]}, \quad a^{[l]} = g(z^{[l]})$$ The hidden layers have the ReLU."
        r"$$dz^{[l]} = da^{[l]} \odot (z^{[l]} > 0)$$",
        ["right"],
    ),
)  # fmt: skip


@pytest.mark.parametrize(("text", "verdicts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_verdicts(text: str, verdicts: list[str]) -> None:
    found = [claim for claim in check_text(text).claims if r"\frac{\partial" in claim.latex or "nabla" in claim.latex
             or r"\frac{d}" in claim.latex or claim.latex.startswith("d")]  # fmt: skip
    assert [claim.verdict for claim in found if claim.kind != "definition"] == verdicts, [
        (claim.latex, claim.verdict, claim.reason) for claim in found
    ]


def test_conditions_that_exclude_each_other_judge_nothing() -> None:
    text = (
        "$$p_i = \\frac{e^{u_i}}{\\sum_k e^{u_k}}$$\n\n"
        "For $i = j$: $$\\frac{\\partial p_i}{\\partial u_j} = 7 p_i, \\quad i \\neq j$$"
    )
    assert {claim.verdict for claim in check_text(text).claims} <= {"definition", "undetermined", "wrong"}


@pytest.mark.parametrize(
    "given", [r"$$h = z_2$$ Here $$z_2 = h$$", r"$$u = \hat y$$ $$\hat y = h$$ $$h = \hat y$$"],
    ids=["each other", "behind another"],
)  # fmt: skip
def test_quantities_defined_as_each_other_come_to_an_end(given: str) -> None:
    claims = r"$$\frac{\partial L}{\partial z_2} = h - y$$ $$\frac{\partial L}{\partial w} = (u - y) x$$"
    report = check_text(f"The loss is the binary cross-entropy. {given} {claims}")
    assert {claim.verdict for claim in report.claims} <= {"definition", "undetermined"}
