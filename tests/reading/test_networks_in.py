"""The networks and functions of documents: their programs, roles and names, what was taken and what was left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.contents import Contents, read_contents
from chalkgrad.errors import UnknownNameError
from chalkgrad.language import Role, evaluate
from chalkgrad.reading.networks_in import WrittenNetwork

HOMEWORK = (Path(__file__).parents[2] / "examples" / "homework.md").read_text(encoding="utf-8")


def network(text: str, **asked: str) -> WrittenNetwork:
    found = read_contents(text, loss=asked.get("loss"), model=asked.get("model"))
    assert found.network is not None
    return found.network


def shapes(written: WrittenNetwork, role: Role) -> dict[str, tuple[int | str, ...]]:
    return {tensor.name: tensor.shape for tensor in written.program.declared if tensor.role is role}


@pytest.fixture(scope="module")
def homework() -> Contents:
    return read_contents(HOMEWORK)


def test_the_equations_of_the_homework_define_one_network(homework: Contents) -> None:
    (found,) = homework.networks
    assert str(found.program) == "\n".join(
        [
            "axis i: 2",
            "axis j: 3",
            "input x[i]",
            "target y",
            "parameter w[i,j]",
            "parameter b[j]",
            "parameter v[j]",
            "parameter c",
            "out_hidden[j] = sum(i, x[i]*w[i,j]) + b[j]",
            "h[j] = relu(out_hidden[j])",
            "out = sum(j, h[j]*v[j]) + c",
            "yhat = sigmoid(out)",
            "L = -(y*log(yhat) + (1 - y)*log(1 - yhat))",
            "result L",
        ]
    )
    assert (found.spec, found.loss, found.output, found.target) == ("2-3-1 relu sigmoid bce", "bce", "yhat", "y")
    assert found.written["out_hidden"] == "out'"
    assert found.written["c"] == "c_1"


@pytest.mark.parametrize(("x", "output"), [((1, -1), 0.81757448), ((0, -1), 0.62245933), ((0, 1), 0.37754067)])
def test_the_network_of_the_homework_computes_what_the_assignment_says(
    homework: Contents, x: tuple[int, int], output: float
) -> None:
    assert homework.network is not None
    values = {"x": x, "y": 1, "w": [[1, -1, 0], [0, 0, 0.5]], "b": [0, 0, 1], "v": [1, 0, -1], "c": 1}
    assert evaluate(homework.network.program, values)["yhat"].nested() == pytest.approx(output, abs=5e-9)


def test_the_partials_of_the_homework_make_a_function(homework: Contents) -> None:
    (function,) = homework.functions
    assert (function.name, [tensor.name for tensor in function.variables]) == ("f", ["x", "y"])
    assert function.definition is None
    assert [(by, str(partial)) for by, partial in function.partials] == [
        ("x", "-3*x^2 - 200*(y^2 - x)"),
        ("y", "400*y*(y^2 - x)"),
    ]


def test_layers_in_brackets_and_samples_in_columns() -> None:
    found = network(
        r"""$$Z^{[1]} = W^{[1]}X + b^{[1]}, \quad A^{[1]} = \tanh(Z^{[1]})$$
        $$Z^{[2]} = W^{[2]}A^{[1]} + b^{[2]}, \quad A^{[2]} = \sigma(Z^{[2]})$$
        $$J = \frac{1}{2m}\|A^{[2]} - Y\|_F^2$$
        $$\frac{\partial J}{\partial W^{[2]}} = \frac1m ((A^{[2]} - Y) \odot A^{[2]} \odot (1 - A^{[2]})) A^{[1]T}$$"""
    )
    assert shapes(found, Role.INPUT) == {"X": ("d0", "n")}
    assert shapes(found, Role.TARGET) == {"Y": ("d2", "n")}
    assert shapes(found, Role.PARAMETER) == {
        "W1": ("d1", "d0"), "b1": ("d1",), "W2": ("d2", "d1"), "b2": ("d2",),
    }  # fmt: skip
    assert found.written["W1"] == "W^[1]"
    assert str(found.program.definitions[-1].body).endswith("/(2*|n|)")


def test_a_documents_letters_are_kept() -> None:
    found = network(
        r"""$$o^{(i)} = \sigma(\sum_{k=1}^{d} w_k x^{(i)}_k + b)$$
        $$J = -\frac1m \sum_{i=1}^m [y^{(i)} \log o^{(i)} + (1 - y^{(i)}) \log(1 - o^{(i)})]$$
        $$\frac{\partial J}{\partial b} = \frac1m \sum_{i=1}^m (o^{(i)} - y^{(i)})$$"""
    )
    assert (found.sample_index, found.sample_count) == ("i", "m")
    assert shapes(found, Role.INPUT) == {"x": ("n", "d")}
    assert "sum(k, w[k]*x[n,k])" in str(found.program)


def test_numbers_that_run_together_become_vectors() -> None:
    found = network(
        r"""$$h_1 = \tanh(w_{11}x_1 + w_{12}x_2 + b_1)$$ $$h_2 = \tanh(w_{21}x_1 + w_{22}x_2 + b_2)$$
        $$\hat y = v_1h_1 + v_2h_2 + c$$ Squared error."""
    )
    assert found.spec == "2-2-1 tanh identity mse"
    assert shapes(found, Role.PARAMETER) == {"w": (2, 2), "b": (2,), "v": (2,), "c": ()}


def test_equations_that_follow_no_rule_stay_numbers() -> None:
    found = network(r"$$h_1 = \tanh(x_1 w_1)$$ $$h_2 = x_2^2$$ $$\hat y = h_1 + 2 h_2$$ The loss is mse.")
    assert [each.tensor.name for each in found.program.definitions] == ["z_h_1", "h_1", "h_2", "yhat", "L"]


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        (r"$$f = x^T A x$$ $$\frac{\partial f}{\partial x} = (A + A^T) x$$", {"x"}),
        (r"$$z = w b$$", {"w", "b"}),
        (r"$$a = \tanh(z)$$ $$\frac{\partial a}{\partial z} = 1 - a^2$$", {"z"}),
    ],
)
def test_no_loss_is_invented(text: str, wrt: set[str]) -> None:
    found = read_contents(text)
    assert found.network is not None
    assert (found.network.loss, found.network.target, found.guesses) == ("", "", ())
    assert set(shapes(found.network, Role.PARAMETER)) == wrt


def test_a_prediction_gets_the_usual_loss_and_it_is_told() -> None:
    found = read_contents(r"$$\hat y = \sigma(x_1 w_1 + x_2 w_2 + b)$$")
    assert found.network is not None
    assert found.network.loss == "bce"
    assert found.guesses == ("no loss is named, so it is taken to be the binary cross-entropy",)
    assert network(r"$$\hat y = \sigma(x_1 w_1 + x_2 w_2 + b)$$", loss="mse").loss == "mse"
    assert network("---\nloss: mse\n---\n" + r"$$\hat y = \sigma(x_1 w_1 + b)$$").loss == "mse"


def test_names_are_fixed_by_the_document_and_by_its_reader() -> None:
    equations = r"$$u = w x + b$$ $$\hat y = \sigma(net)$$ Squared error."
    assert network("---\nlet: net=u\n---\n" + equations).spec == "1-1 sigmoid mse"
    assert read_contents(equations, let={"net": "u"}).network is not None
    with pytest.raises(UnknownNameError, match="'q'"):
        read_contents(equations, let={"net": "q"})


def test_a_network_in_front_or_in_words() -> None:
    claim = r" $$\frac{\partial L}{\partial W_2} = (\hat y - y) h_1^T$$"
    spoken = "One hidden layer of 4 tanh units, a sigmoid output, cross-entropy loss, on 3 inputs."
    for text in ("---\nmodel: 3-4-1 tanh sigmoid bce\n---\n" + claim, spoken + claim):
        found = network(text)
        assert found.spec == "3-4-1 tanh sigmoid bce"
        assert shapes(found, Role.PARAMETER) == {"W_1": (4, 3), "b_1": (4,), "W_2": (4,), "b_2": ()}


def test_any_depth_is_shown_for_some_layers() -> None:
    layers = r"$$z^l = w^l a^{l-1} + b^l, \quad a^l = \sigma(z^l)$$ $$C = \frac12\|a^L - y\|^2$$"
    found = read_contents("The network has four layers. " + layers + r"$$\delta^l = (w^{l+1})^T \delta^{l+1}$$")
    assert found.network is not None
    assert [name for name in shapes(found.network, Role.PARAMETER) if name.startswith("w")] == ["w1", "w2", "w3", "w4"]
    assert list(shapes(found.network, Role.INPUT)) == ["a0"]
    assert "the layers are written out for 4, as the document says" in found.guesses


def test_a_function_that_nobody_defined_is_told() -> None:
    found = read_contents(r"$$a = g(w x + b)$$ $$L = \frac12 (a - t)^2$$")
    assert found.network is not None
    assert "tanh(" in str(found.network.program)
    assert found.guesses == ("the document does not say what g is, so it is shown with the tanh",)


def test_the_numbers_of_a_document() -> None:
    found = network(
        r"$$\hat y = \sigma(w_1 x_1 + w_2 x_2 + b)$$ $$L = (\hat y - y)^2$$ Let $x = (1, -2)$, $w_1 = 0.5$, $w_2 = -1$."
    )
    assert found.spec == "2-1 sigmoid mse"
    assert found.given["x"] == {(0,): 1.0, (1,): -2.0}
    assert found.given["w"] == {(0,): 0.5, (1,): -1.0}


def test_several_networks_and_functions_are_several() -> None:
    found = read_contents(
        "# 1 A neuron\n"
        r"$$\hat y = \sigma(w x + b)$$ $$L = -(y \log \hat y + (1 - y)\log(1 - \hat y))$$"
        "\n# 2 A line\n"
        r"$$\hat y = w x + b$$ $$L = (\hat y - y)^2$$"
        "\n# 3 A function\n"
        r"$$g(u, v) = u v^2$$"
    )
    assert [each.spec for each in found.networks] == ["1-1 sigmoid bce", "1-1 identity mse"]
    assert [each.section for each in found.networks] == ["1", "2"]
    assert [(each.name, str(each.definition)) for each in found.functions] == [("g", "u*v^2")]


def test_what_cannot_be_read_leaves_the_rest() -> None:
    found = read_contents(r"$$q = \int_0^1 x\,dx$$ $$\hat y = w x + b$$ $$L = (\hat y - y)^2$$")
    assert [each.spec for each in found.networks] == ["1-1 identity mse"]
    assert read_contents("Nothing but words.").networks == ()


@pytest.mark.parametrize(
    ("loss", "spec"),
    [
        (r"-t \log p - (1 - t) \log(1 - p)", "2-1 sigmoid bce"),
        (r"(t - 1) \log(1 - p) - t \log p", "2-1 sigmoid bce"),
        (r"t^2 - 2tp + p^2", "2-1 sigmoid mse"),
        (r"-t \log p - (1 + t) \log(1 - p)", None),
    ],
)
def test_a_loss_may_be_multiplied_out(loss: str, spec: str | None) -> None:
    text = (
        rf"$z = w_1 x_1 + w_2 x_2 + b$, $p = \sigma(z)$, $J = {loss}$ and $\frac{{\partial J}}{{\partial b}} = p - t$"
    )
    assert network(text).spec == spec
