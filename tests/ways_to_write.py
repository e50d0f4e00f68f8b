r"""Right answers to one sheet in the ways in which students write them, and what each deserves.

The sheet is a 2-3-1 network with ReLU, σ and binary cross-entropy; the derivative by each of w, b, v and c is worth a
point. `OPEN` stands for points that only a person can give: such a part must not be 0 in silence.
"""

from __future__ import annotations

SHEET = r"""# A small network

The loss is the binary cross-entropy.

$$\hat{y} = \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c)$$

$$h_1 = ReLU(x_1w_{11} + x_2w_{21} + b_1)$$

$$h_2 = ReLU(x_1w_{12} + x_2w_{22} + b_2)$$

$$h_3 = ReLU(x_1w_{13} + x_2w_{23} + b_3)$$
"""
OPEN = "open"


def d(by: str, of: str = "L") -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def shown(*equations: str) -> str:
    return "\n\n".join(f"$${each}$$" for each in equations) + "\n"


BCE = "The loss is the binary cross-entropy.\n\n"
DELTA = r"(\hat y - y)"
V = [rf"{d(f'v_{j}')} = {DELTA} h_{j}" for j in (1, 2, 3)]
C = rf"{d('c')} = \hat y - y"
B = [rf"{d(f'b_{j}')} = {DELTA} v_{j} \mathbf{{1}}[h_{j} > 0]" for j in (1, 2, 3)]
W = [rf"{d(f'w_{{{i}{j}}}')} = {DELTA} v_{j} \mathbf{{1}}[h_{j} > 0] x_{i}" for i in (1, 2) for j in (1, 2, 3)]
SCALAR = shown(*W, *B, *V, C)
INDEXED = shown(
    rf"{d('w_{ij}')} = {DELTA} v_j \mathbf{{1}}[h_j > 0] x_i",
    rf"{d('b_j')} = {DELTA} v_j \mathbf{{1}}[h_j > 0]",
    rf"{d('v_j')} = {DELTA} h_j",
    C,
)
NETWORK = SHEET.partition("\n\n")[2]

MATRICES = r"$$h = \mathrm{ReLU}(W x + b)$$" "\n\n" r"$$\hat y = \sigma(v^T h + c)$$" "\n\n"
OF_MATRICES = shown(
    rf"{d('v')} = {DELTA} h",
    C,
    rf"{d('b')} = {DELTA} v \odot \mathbf{{1}}[h > 0]",
    rf"{d('W')} = \left({DELTA} v \odot \mathbf{{1}}[h > 0]\right) x^T",
)
LAYERS = shown(
    r"z_1 = W_1 x + b_1", r"a_1 = \mathrm{ReLU}(z_1)", r"z_2 = W_2 a_1 + b_2", r"\hat y = \sigma(z_2)"
)  # fmt: skip
OF_LAYERS = shown(
    rf"\delta_2 = {d('z_2')} = \hat y - y",
    rf"{d('W_2')} = \delta_2 a_1^T",
    rf"{d('b_2')} = \delta_2",
    rf"\delta_1 = {d('z_1')} = W_2^T \delta_2 \odot \mathrm{{ReLU}}'(z_1)",
    rf"{d('W_1')} = \delta_1 x^T",
    rf"{d('b_1')} = \delta_1",
)
SUPERSCRIPTS = shown(
    r"z^{[1]} = W^{[1]} x + b^{[1]}",
    r"a^{[1]} = \mathrm{ReLU}(z^{[1]})",
    r"z^{[2]} = W^{[2]} a^{[1]} + b^{[2]}",
    r"a^{[2]} = \sigma(z^{[2]})",
)
OF_SUPERSCRIPTS = shown(
    r"dz^{[2]} = a^{[2]} - y",
    r"dW^{[2]} = dz^{[2]} a^{[1]T}",
    r"db^{[2]} = dz^{[2]}",
    r"dz^{[1]} = W^{[2]T} dz^{[2]} \odot \mathbf{1}[z^{[1]} > 0]",
    r"dW^{[1]} = dz^{[1]} x^T",
    r"db^{[1]} = dz^{[1]}",
)
BATCH = shown(
    r"Z = X W + b", r"H = \mathrm{ReLU}(Z)", r"\hat y = \sigma(H v + c)",
    r"L = -\frac1n \sum_{i=1}^n \left(y_i \log \hat y_i + (1-y_i)\log(1-\hat y_i)\right)",
)  # fmt: skip
OF_BATCH = shown(
    rf"{d('v')} = \frac1n H^T (\hat y - y)",
    rf"{d('c')} = \frac1n \sum_i (\hat y_i - y_i)",
    rf"{d('W')} = \frac1n X^T \left((\hat y - y) v^T \odot \mathbf{{1}}[Z > 0]\right)",
    rf"{d('b_j')} = \frac1n \sum_i (\hat y_i - y_i) v_j \mathbf{{1}}[Z_{{ij}} > 0]",
)
INDICES = shown(
    r"a_j = \sum_i w_{ij} x_i + b_j", r"h_j = \mathrm{ReLU}(a_j)", r"z = \sum_j v_j h_j + c", r"\hat y = \sigma(z)"
)
OF_INDICES = shown(
    rf"{d('v_j')} = {DELTA} h_j", C,
    rf"{d('b_j')} = {DELTA} v_j \mathbf{{1}}[a_j > 0]",
    rf"{d('w_{ij}')} = {DELTA} v_j \mathbf{{1}}[a_j > 0] x_i",
)  # fmt: skip
OTHER_LETTERS = shown(
    r"p = \sigma(q_1 g_1 + q_2 g_2 + q_3 g_3 + r)",
    r"g_1 = \max(0, s_1 m_{11} + s_2 m_{21} + k_1)",
    r"g_2 = \max(0, s_1 m_{12} + s_2 m_{22} + k_2)",
    r"g_3 = \max(0, s_1 m_{13} + s_2 m_{23} + k_3)",
    r"J = -t \log p - (1 - t) \log(1 - p)",
)
OF_OTHER_LETTERS = shown(
    rf"{d('q_j', 'J')} = (p - t) g_j",
    rf"{d('r', 'J')} = p - t",
    rf"{d('k_j', 'J')} = (p - t) q_j \mathbf{{1}}[g_j > 0]",
    rf"{d('m_{ij}', 'J')} = (p - t) q_j \mathbf{{1}}[g_j > 0] s_i",
)
RUNNING = shown(  # weights numbered one after the other
    r"\hat y = \sigma(u_7 h_1 + u_8 h_2 + u_9 h_3 + b_4)",
    r"h_1 = ReLU(u_1 x_1 + u_2 x_2 + b_1)",
    r"h_2 = ReLU(u_3 x_1 + u_4 x_2 + b_2)",
    r"h_3 = ReLU(u_5 x_1 + u_6 x_2 + b_3)",
)
OF_RUNNING = shown(
    *(rf"{d(f'u_{k}')} = {DELTA} u_{k_} \mathbf{{1}}[h_{j} > 0] x_{i}"
      for k, k_, j, i in ((1, 7, 1, 1), (2, 7, 1, 2), (3, 8, 2, 1), (4, 8, 2, 2), (5, 9, 3, 1), (6, 9, 3, 2))),
    *(rf"{d(f'u_{6 + j}')} = {DELTA} h_{j}" for j in (1, 2, 3)),
    *(rf"{d(f'b_{j}')} = {DELTA} u_{6 + j} \mathbf{{1}}[h_{j} > 0]" for j in (1, 2, 3)),
    rf"{d('b_4')} = \hat y - y",
)  # fmt: skip
TRANSPOSED = (
    NETWORK.replace("w_{21}", "w_{AB}").replace("w_{12}", "w_{21}").replace("w_{AB}", "w_{12}")
    .replace("w_{13}", "w_{31}").replace("w_{23}", "w_{32}")
)  # fmt: skip
OF_TRANSPOSED = shown(
    rf"{d('w_{ji}')} = {DELTA} v_j \mathbf{{1}}[h_j > 0] x_i",
    rf"{d('b_j')} = {DELTA} v_j \mathbf{{1}}[h_j > 0]", rf"{d('v_j')} = {DELTA} h_j", C,
)  # fmt: skip
CHAINED = shown(
    rf"{d('v_j')} = \frac{{\partial L}}{{\partial\hat y}}\frac{{\partial \hat y}}{{\partial v_j}} "
    rf"= \left(-\frac{{y}}{{\hat y}} + \frac{{1-y}}{{1-\hat y}}\right)\hat y(1-\hat y) h_j = {DELTA} h_j",
    rf"{d('c')} = \left(-\frac{{y}}{{\hat y}} + \frac{{1-y}}{{1-\hat y}}\right)\hat y(1-\hat y) = \hat y - y",
    rf"{d('b_j')} = {DELTA} v_j \mathrm{{ReLU}}'(x_1 w_{{1j}} + x_2 w_{{2j}} + b_j)",
    rf"{d('w_{ij}')} = {DELTA} v_j \mathrm{{ReLU}}'(x_1 w_{{1j}} + x_2 w_{{2j}} + b_j) x_i",
)
ASIDE = r"$\frac{\partial L}{\partial c} = \hat y - y$"
PLAIN = """dL/dv_j = (yhat - y) h_j
dL/dc = yhat - y
dL/db_j = (yhat - y) v_j [h_j > 0]
dL/dw_ij = (yhat - y) v_j [h_j > 0] x_i
"""
CODE = """```python
delta = y_hat - y
grad_c = delta
grad_v = delta * h
grad_b = delta * v * (h > 0)
grad_W = np.outer(x, grad_b)
```
"""

# Each submission, and the points that w, b, v and c deserve.
WAYS: dict[str, tuple[str, tuple[float | str, ...]]] = {
    "the sheet's network, element by element": (NETWORK + SCALAR, (1, 1, 1, 1)),
    "the sheet's network, with indices": (NETWORK + INDEXED, (1, 1, 1, 1)),
    "with its chains": (NETWORK + CHAINED, (1, 1, 1, 1)),
    "gradients alone, element by element": (SCALAR, (1, 1, 1, 1)),
    "gradients alone, with indices": (INDEXED, (1, 1, 1, 1)),
    "gradients alone, with their chains": (CHAINED, (1, 1, 1, 1)),
    "gradients alone, the loss said": (BCE + INDEXED, (1, 1, 1, 1)),
    "gradients alone, with nabla": (shown(rf"\nabla_v L = {DELTA} h", r"\nabla_c L = \hat y - y"), (0, 0, 1, 1)),
    "gradients alone, of whole vectors": (
        shown(rf"{d('V')} = {DELTA} H", C, rf"{d('B')} = {DELTA} V \odot \mathbf{{1}}[H > 0]"),
        (0, 1, 1, 1),
    ),
    "gradients alone, with a δ": (
        shown(
            r"\delta = \hat y - y",
            rf"{d('v_j')} = \delta h_j",
            rf"{d('c')} = \delta",
            rf"{d('b_j')} = \delta v_j \mathbf{{1}}[h_j > 0]",
            rf"{d('w_{ij}')} = \delta v_j \mathbf{{1}}[h_j > 0] x_i",
        ),
        (1, 1, 1, 1),
    ),
    "gradients alone, with a δ that is a derivative": (
        shown(rf"\delta = {d('z')} = \hat y - y", rf"{d('v_j')} = \delta h_j", rf"{d('c')} = \delta"),
        (0, 0, 1, 1),
    ),
    "gradients alone, with a name for what is under the activation": (
        shown(
            r"a_j = x_1 w_{1j} + x_2 w_{2j} + b_j",
            rf"{d('v_j')} = {DELTA} h_j",
            C,
            rf"{d('b_j')} = {DELTA} v_j \mathbf{{1}}[a_j > 0]",
            rf"{d('w_{ij}')} = {DELTA} v_j \mathbf{{1}}[a_j > 0] x_i",
        ),
        (1, 1, 1, 1),
    ),
    "gradients alone, in matrices": (OF_MATRICES, (1, 1, 1, 1)),
    "gradients alone, by layers": (OF_LAYERS.replace("a_1", "h_1"), (1, 1, 1, 1)),
    "the network in matrices": (BCE + MATRICES + OF_MATRICES, (1, 1, 1, 1)),
    "the network in matrices, the loss not said": (MATRICES + OF_MATRICES, (1, 1, 1, 1)),
    "the network in matrices with sizes": (
        BCE + r"$W \in \mathbb{R}^{3\times 2}$, $x \in \mathbb{R}^2$" "\n\n" + MATRICES + OF_MATRICES,
        (1, 1, 1, 1),
    ),
    "by layers": (BCE + LAYERS + OF_LAYERS, (1, 1, 1, 1)),
    "with layers above": (BCE + SUPERSCRIPTS + OF_SUPERSCRIPTS, (1, 1, 1, 1)),
    "a batch": (BATCH + OF_BATCH, (1, 1, 1, 1)),
    "with indices without ranges": (BCE + INDICES + OF_INDICES, (1, 1, 1, 1)),
    "other letters": (OTHER_LETTERS + OF_OTHER_LETTERS, (1, 1, 1, 1)),
    "a weight called u": (NETWORK.replace("w_", "u_") + INDEXED.replace("w_", "u_"), (1, 1, 1, 1)),
    "the weights of the output called u": (NETWORK.replace("v_", "u_") + INDEXED.replace("v_", "u_"), (1, 1, 1, 1)),
    "weights numbered one after the other": (BCE + RUNNING + OF_RUNNING, (1, 1, 1, 1)),
    "the indices of the weights exchanged": (TRANSPOSED + OF_TRANSPOSED, (1, 1, 1, 1)),
    "the sums apart, under letters of their own": (
        BCE
        + shown(
            *(f"z_{j} = x_1w_{{1{j}}} + x_2w_{{2{j}}} + b_{j}" for j in (1, 2, 3)),
            *(f"h_{j} = ReLU(z_{j})" for j in (1, 2, 3)),
            "s = h_1v_1 + h_2v_2 + h_3v_3 + c",
            r"\hat y = \sigma(s)",
        )
        + INDEXED.replace("[h_j > 0]", "[z_j > 0]"),
        (1, 1, 1, 1),
    ),
    # A letter for the sum of the output, and for each of the hidden ones: `check` finds no reading of it.
    "the sums apart, under one letter": (
        BCE
        + shown(
            *(f"z_{j} = x_1w_{{1{j}}} + x_2w_{{2{j}}} + b_{j}" for j in (1, 2, 3)),
            *(f"h_{j} = ReLU(z_{j})" for j in (1, 2, 3)),
            "z = h_1v_1 + h_2v_2 + h_3v_3 + c",
            r"\hat y = \sigma(z)",
        )
        + INDEXED.replace("[h_j > 0]", "[z_j > 0]"),
        (OPEN, OPEN, OPEN, OPEN),
    ),
    "σ written out": (
        NETWORK.replace(r"\sigma(h_1v_1 + h_2v_2 + h_3v_3 + c)", r"\frac{1}{1 + e^{-(h_1v_1 + h_2v_2 + h_3v_3 + c)}}")
        + INDEXED,
        (1, 1, 1, 1),
    ),
    "the loss written out": (NETWORK + shown(r"L = -y\log\hat y - (1-y)\log(1-\hat y)") + INDEXED, (1, 1, 1, 1)),
    "another letter for the target": (
        NETWORK + "The target is $t$.\n\n" + INDEXED.replace(" - y", " - t"),
        (1, 1, 1, 1),
    ),
    "in LaTeX's own brackets": (
        NETWORK + INDEXED.replace("$$", "\n\\[\n", 1).replace("$$", "\n\\]\n", 1),
        (1, 1, 1, 1),
    ),
    "aligned": (
        NETWORK
        + "$$\n\\begin{aligned}\n"
        + " \\\\\n".join(each.replace(" = ", " &= ") for each in (*W, *B, *V, C))
        + "\n\\end{aligned}\n$$\n",
        (1, 1, 1, 1),
    ),
    "in a list": (NETWORK + "".join(f"- ${each}$\n" for each in (*W, *B, *V, C)), (1, 1, 1, 1)),
    "a single right answer": (shown(C), (0, 0, 0, 1)),
    "one answer within a sentence": (f"So {ASIDE}, as we saw.\n", (0, 0, 0, 1)),
    "a slip": (NETWORK + INDEXED.replace(rf"{d('v_j')} = {DELTA}", rf"{d('v_j')} = (y - \hat y)"), (1, 1, 0.5, 1)),
    "a slip in gradients alone": (
        INDEXED.replace(rf"{d('v_j')} = {DELTA}", rf"{d('v_j')} = (y - \hat y)"),
        (1, 1, 0.5, 1),
    ),
    "a slip in matrices": (
        BCE + MATRICES + OF_MATRICES.replace(rf"{d('v')} = {DELTA}", rf"{d('v')} = (y - \hat y)"),
        (1, 1, 0.5, 1),
    ),
    "the derivative of ReLU forgotten": (INDEXED.replace(r" \mathbf{1}[h_j > 0] x_i", " x_i"), (0.5, 1, 1, 1)),
    "plain text": (PLAIN, (OPEN, 1, 1, 1)),
    "plain text beside the network": (NETWORK + PLAIN, (OPEN, OPEN, OPEN, OPEN)),
    "a block of code": (NETWORK + CODE, (OPEN, OPEN, OPEN, OPEN)),
    "in words": (NETWORK + "The derivative by c is the prediction minus the target.\n", (OPEN, OPEN, OPEN, OPEN)),
    "a bracket forgotten": (
        NETWORK + INDEXED.replace(rf"{d('c')} = \hat y - y", rf"{d('c')} = (\hat y - y"),
        (1, 1, 1, 1),
    ),
    "a command that nobody knows": (
        NETWORK + INDEXED.replace(rf"{d('c')} = \hat y - y", rf"{d('c')} = \frac{{\hat y}}"),
        (1, 1, 1, OPEN),
    ),
    "a photograph": (NETWORK + "![my answers](answers.jpg)\n", (OPEN, OPEN, OPEN, OPEN)),
    "nothing": (NETWORK, (0, 0, 0, 0)),
    "another network": (
        r"$$y = \sigma(w x + b)$$ Binary cross-entropy." + shown(rf"{d('w')} = (y-t)x", rf"{d('b')} = y-t"),
        (OPEN, OPEN, OPEN, OPEN),
    ),
}
