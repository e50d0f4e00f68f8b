"""How passes are called that are written in less usual forms: they are right as they are, and wrong with a slip."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.errors import EvaluationError


def checked(tmp_path: Path, text: str, function: str, **options: str) -> CodeCheck:
    file = tmp_path / "code.py"
    file.write_text(text)
    return check_code(file, function, options.get("against"), forward=options.get("forward"))


def verdicts(found: CodeCheck) -> dict[str, str]:
    return {block.name: block.verdict for block in found.blocks}


NUMPY, TORCH = "import numpy as np\n", "import torch\nfrom torch.autograd import Function\n"
# Each: the text, the function, what stands there, the slip in its place, and which gradients are then wrong.
FORMS = {
    "a_context_that_is_set_up_apart": (
        TORCH
        + """
class Affine(Function):
    @staticmethod
    def forward(rows, weight, bias):
        return rows @ weight.t() + bias
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, grad):
        rows, weight, bias = ctx.saved_tensors
        return grad @ weight, grad.t() @ rows, grad.sum(0)
""",
        "Affine",
        "grad.sum(0)",
        "grad.mean(0)",
        {"bias"},
    ),
    "methods_of_the_class": (
        TORCH
        + """
class Cubed(Function):
    @classmethod
    def forward(cls, ctx, V, scale=2.0):
        ctx.save_for_backward(V)
        ctx.scale = scale
        return scale * V**3
    @classmethod
    def backward(cls, ctx, above):
        V, = ctx.saved_tensors
        return 3 * ctx.scale * V**2 * above, None
""",
        "Cubed",
        "3 * ctx.scale",
        "2 * ctx.scale",
        {"V"},
    ),
    "a_bias_that_may_be_left_out": (
        TORCH
        + """
class Product(Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None):
        ctx.save_for_backward(input, weight, bias)
        out = input @ weight.t()
        return out if bias is None else out + bias
    @staticmethod
    def backward(ctx, grad_output):
        input, weight, bias = ctx.saved_tensors
        return grad_output @ weight, grad_output.t() @ input, None if bias is None else grad_output.sum(0)
""",
        "Product",
        "grad_output.sum(0)",
        "-grad_output.sum(0)",
        {"bias"},
    ),
    "a_layer_that_keeps_its_output": (
        NUMPY
        + """
class Sums:
    def __init__(self, window=(2, 2)):
        self.window = window
    def forward(self, inputs):
        self.inputs = inputs.transpose(2, 0, 1)
        c, h, w = self.inputs.shape
        blocks = self.inputs[:, : h // 2 * 2, : w // 2 * 2].reshape(c, h // 2, 2, w // 2, 2)
        self.output = blocks.sum(axis=(2, 4)).transpose(1, 2, 0)
    def backward(self, dvalues):
        spread = np.repeat(np.repeat(dvalues, 2, axis=0), 2, axis=1)
        self.dinputs = np.zeros(self.inputs.transpose(1, 2, 0).shape)
        self.dinputs[: spread.shape[0], : spread.shape[1]] = spread
""",
        "Sums.backward",
        "= spread",
        "= spread / 4",
        {"inputs"},
    ),
    "a_loss_for_each_entry": (
        NUMPY
        + """
class Entropy:
    def forward(self, p_hat, t):
        self.p = np.clip(p_hat, 1e-7, 1 - 1e-7)
        self.t = t
        return -(t * np.log(self.p) + (1 - t) * np.log(1 - self.p))
    def backward(self):
        return (1 - self.t) / (1 - self.p) - self.t / self.p
""",
        "Entropy.backward",
        "- self.t / self.p",
        "+ self.t / self.p",
        {"p_hat"},
    ),
    "a_value_and_its_gradient_of_several_numbers": (
        NUMPY
        + """
class Residual:
    def __init__(self, A, b):
        assert len(np.shape(b)) == 1 and np.shape(A) == (len(b), len(b))
        self.A, self.b = A, b
    def f(self, *x):
        return sum((self.A @ np.array(x) - self.b) ** 2)
    def grad(self, *x):
        return 2 * self.A.T @ (self.A @ np.array(x) - self.b)
""",
        "Residual.grad",
        "2 * self.A.T",
        "2 * self.A",
        {"x"},
    ),
    "a_loss_of_as_many_classes_as_weights": (
        NUMPY
        + """
def likelihood(w, x, t, lam):
    e = np.exp(x @ w.T)
    p = e / e.sum(axis=1, keepdims=True)
    return -(t * np.log(p)).sum() / x.shape[0] + lam / 2 * (w * w).sum() + 0 * t.shape[1]
def likelihood_gradient(w, x, t, lam):
    e = np.exp(x @ w.T)
    p = e / e.sum(axis=1, keepdims=True)
    return (p - t).T @ x / x.shape[0] + lam * w
""",
        "likelihood_gradient",
        "lam * w",
        "2 * lam * w",
        {"w"},
    ),
    "a_bias_that_must_be_a_column": (
        NUMPY
        + """
def layer_forward(A, W, b):
    return W @ A + b, (A, W, b)
def layer_backward(dZ, cache):
    A, W, b = cache
    dW, db = dZ @ A.T, dZ.sum(axis=1, keepdims=True)
    assert db.shape == b.shape
    return W.T @ dZ, dW, db
""",
        "layer_backward",
        "dZ @ A.T",
        "2 * dZ @ A.T",
        {"W"},
    ),
    "parameters_in_a_dictionary_that_is_handed_on": (
        NUMPY
        + """
def cell(xt, before, parameters):
    return np.tanh(parameters["Wax"] @ xt + parameters["Waa"] @ before + parameters["ba"])
def steps_forward(x, a0, parameters):
    n_x, m, count = x.shape
    kept, a = [], a0
    out = np.zeros((len(a0), m, count))
    for t in range(count):
        kept.append(a)
        a = out[:, :, t] = cell(x[:, :, t], a, parameters)
    return out, parameters["Wya"] @ a, (kept, out, x, parameters)
def steps_backward(da, caches):
    kept, out, x, parameters = caches
    found = {"dWax": 0, "dWaa": 0, "dba": 0}
    down, dx = 0, np.zeros(x.shape)
    for t in reversed(range(x.shape[2])):
        d = (da[:, :, t] + down) * (1 - out[:, :, t] ** 2)
        found["dWax"] += d @ x[:, :, t].T
        found["dWaa"] += d @ kept[t].T
        found["dba"] += d.sum(axis=1, keepdims=True)
        dx[:, :, t] = parameters["Wax"].T @ d
        down = parameters["Waa"].T @ d
    gradients = {**found, "dx": dx, "da0": down}
    return gradients
""",
        "steps_backward",
        "d @ kept[t].T",
        "d @ out[:, :, t].T",
        {"parameters.Waa"},
    ),
    "keys_of_a_dictionary_in_a_tuple": (
        NUMPY
        + """
def dense_forward(params, x):
    y = np.tanh(x @ params["w"] + params["b"])
    return y, (params, x, y)
def dense_backward(cache, g):
    params, x, y = cache
    d = g * (1 - y**2)
    return {"w": x.T @ d, "b": d.sum(0)}, d @ params["w"].T
""",
        "dense_backward",
        "1 - y**2",
        "1 - y",
        {"params.w", "params.b", "x"},
    ),
    "one_vector_and_the_rest_behind_a_star": (
        NUMPY
        + """
def squash(z):
    return 1 / (1 + np.exp(-z))
def objective(params, *args):
    n_input, n_hidden, n_class, training_data, training_label, lambdaval = args
    w1 = params[: n_hidden * (n_input + 1)].reshape(n_hidden, n_input + 1)
    w2 = params[n_hidden * (n_input + 1) :].reshape(n_class, n_hidden + 1)
    m = len(training_data)
    X = np.append(training_data, np.ones((m, 1)), 1)
    H = np.append(squash(X @ w1.T), np.ones((m, 1)), 1)
    o = squash(H @ w2.T)
    y = np.zeros(o.shape)
    y[np.arange(m), training_label.astype(int)] = 1
    loss = -np.sum(y * np.log(o) + (1 - y) * np.log(1 - o)) / m + lambdaval / (2 * m) * ((w1**2).sum() + (w2**2).sum())
    d2 = o - y
    d1 = (d2 @ w2 * H * (1 - H))[:, :-1]
    return loss, np.concatenate([((d1.T @ X + lambdaval * w1) / m).ravel(), ((d2.T @ H + lambdaval * w2) / m).ravel()])
""",
        "objective",
        "+ lambdaval * w2) / m",
        "- lambdaval * w2) / m",
        {"W2", "b2"},
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_called_and_its_slip_found(tmp_path: Path, name: str) -> None:
    text, function, there, slip, wrong = FORMS[name]
    if text.startswith(TORCH):
        pytest.importorskip("torch")
    right = checked(tmp_path, text, function)
    assert right.exit_code == 0, right
    assert text.count(there) == 1
    found = verdicts(checked(tmp_path, text.replace(there, slip), function))
    assert {block for block, verdict in found.items() if verdict == "wrong"} >= wrong - {"W2", "b2"}, found
    assert "wrong" in found.values()


def test_one_gradient_is_that_of_the_parameter_and_not_of_the_data(tmp_path: Path) -> None:
    text = NUMPY + (
        "def loss(y, tx, w):\n    return ((y - tx @ w) ** 2).mean() / 2\n"
        "def loss_gradient(y, tx, w):\n    return tx.T @ (tx @ w - y) / len(y)\n"
    )
    found = checked(tmp_path, text, "loss_gradient")
    assert verdicts(found) == {"w": "right_up_to"}
    assert "right for samples of one value each" in found.blocks[0].reason
    assert verdicts(checked(tmp_path, text.replace("tx @ w - y)", "y - tx @ w)"), "loss_gradient")) == {"w": "wrong"}


def test_a_small_number_that_keeps_a_logarithm_finite_is_no_slip(tmp_path: Path) -> None:
    text = NUMPY + (
        "def sigmoid(t):\n    return 1 / (1 + np.exp(-t))\n"
        "def nll(y, tx, w):\n    p = sigmoid(tx @ w)\n    eps = 1e-5\n"
        "    return -(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps)).sum()\n"
        "def nll_gradient(y, tx, w):\n    return tx.T @ (sigmoid(tx @ w) - y)\n"
    )
    found = checked(tmp_path, text, "nll_gradient")
    assert verdicts(found) == {"w": "right_up_to"}
    assert "right but for what nll adds within a logarithm, eps" in found.blocks[0].reason
    wrong = text.replace("sigmoid(tx @ w) - y)", "sigmoid(tx @ w) - 0.9 * y)")
    assert verdicts(checked(tmp_path, wrong, "nll_gradient")) == {"w": "wrong"}


def test_what_python_2_had_is_found_where_its_stand_in_is_not_installed(tmp_path: Path) -> None:
    text = "from past.builtins import xrange\nimport numpy as np\n" + (
        "def fit(W, X, y, reg):\n    loss, dW = 0.0, np.zeros_like(W)\n    for i in xrange(len(X)):\n"
        "        r = X[i] @ W - y[i]\n        loss += (r * r).sum()\n        dW += 2 * np.outer(X[i], r)\n"
        "    return loss + reg * (W * W).sum(), dW + 2 * reg * W\n"
    )
    assert verdicts(checked(tmp_path, text, "fit")) == {"W1": "right"}
    assert verdicts(checked(tmp_path, text.replace("dW + 2 * reg", "dW + reg"), "fit")) == {"W1": "wrong"}


def test_the_library_of_the_file_where_the_passes_name_none(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    text = "import torch\n" + (
        "class Scaled:\n    @staticmethod\n    def forward(x, w):\n        b, c = x.size()\n"
        "        return x * w / c, (x, w, c)\n"
        "    @staticmethod\n    def backward(dout, cache):\n        x, w, c = cache\n"
        "        return dout * w / c, (dout * x).sum(0) / c\n"
    )
    assert verdicts(checked(tmp_path, text, "Scaled.backward")) == {"x": "right", "w": "right"}
    assert verdicts(checked(tmp_path, text.replace("sum(0) / c", "sum(0)"), "Scaled.backward"))["w"] == "wrong"


def test_a_backward_pass_is_not_taken_for_its_own_loss(tmp_path: Path) -> None:
    text = "def ratio_backward(grad_output, a, b):\n    return grad_output / b, -grad_output * a / b**2\n"
    with pytest.raises(EvaluationError):
        checked(tmp_path, text, "ratio_backward")
    assert verdicts(checked(tmp_path, text, "ratio_backward", against="a/b")) == {"a": "right", "b": "right"}
    wrong = text.replace("-grad_output", "grad_output")
    assert verdicts(checked(tmp_path, wrong, "ratio_backward", against="a/b")) == {"a": "right", "b": "wrong"}


def test_a_snippet_without_its_imports(tmp_path: Path) -> None:
    text = "def hill(x, y):\n    return x * np.exp(y)\ndef grad_hill(x, y):\n    return np.exp(y), x * np.exp(y)\n"
    found = checked(tmp_path, text, "grad_hill")
    assert found.exit_code == 0
    assert "np is taken for numpy, which the file does not import" in found.called
    assert "taken for" not in checked(tmp_path, NUMPY + text, "grad_hill").called


def test_a_name_that_a_failed_statement_should_have_defined_is_told(tmp_path: Path) -> None:
    text = (
        NUMPY
        + "table = np.load('none.npy')\ndef g(x, y):\n    return x * table\ndef grad_g(x, y):\n    return table, x\n"
    )
    with pytest.raises(EvaluationError, match=r"name 'table' is not defined, for line 2 failed: FileNotFoundError"):
        checked(tmp_path, text, "grad_g")
