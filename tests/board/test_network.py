"""Networks to hold: from specs and from the homework sheet, with the course's numbers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chalkgrad as cg

SHEET = Path(__file__).parents[2] / "examples" / "homework.md"
X = [[1, -1], [0, -1], [0, 1]]
W = [[1, -1, 0], [0, 0, 0.5]]
OUTPUTS = [0.81757448, 0.62245933, 0.37754067]
VALUES = {"W1": W, "b1": [0, 0, 1], "W2": [[1], [0], [-1]], "b2": [1]}


SPECS = [
    "1-1 sigmoid bce",
    "2-3-1 relu sigmoid bce",
    "4-8-3 gelu softmax cross-entropy",
    "3-5-2 tanh identity mse",
    "30-16 relu-8 tanh-1 sigmoid bce",
]


@pytest.fixture(scope="module")
def net() -> cg.NetworkSheet:
    return cg.network("2-3-1 relu sigmoid bce")


@pytest.fixture(scope="module")
def sheet() -> cg.NetworkSheet:
    return cg.read(SHEET)


def test_a_spec_in_parts_is_the_spec_on_one_line(net: cg.NetworkSheet) -> None:
    assert cg.network("2-3-1", hidden="relu", output="sigmoid", loss="bce").spec == net.spec
    assert list(net.parameters.items()) == [("W1", (2, 3)), ("b1", (3,)), ("W2", (3, 1)), ("b2", (1,))]


def test_the_forward_pass_of_the_course(net: cg.NetworkSheet, sheet: cg.NetworkSheet) -> None:
    assert np.round(net.forward(x=X, **VALUES).ravel(), 8).tolist() == OUTPUTS
    given = {"w": W, "b": [0, 0, 1], "v": [1, 0, -1], "c": 1}
    assert np.round(sheet.forward(x=X, **given), 8).tolist() == OUTPUTS
    assert sheet.forward(x=X[0], **given) == pytest.approx(OUTPUTS[0])
    assert sheet.parameters == {"w": (2, 3), "b": (3,), "v": (3,), "c": ()}


def test_one_sample_and_a_batch_agree(net: cg.NetworkSheet) -> None:
    batch = net.forward(x=X, **VALUES)
    assert batch.shape == (3, 1)
    for row, output in zip(X, batch, strict=True):
        assert net.forward(x=row, **VALUES) == pytest.approx(output)
    single = [float(net.loss(x=row, y=label, **VALUES)) for row, label in zip(X, [1, 0, 1], strict=True)]
    assert float(net.loss(x=X, y=[1, 0, 1], **VALUES)) == pytest.approx(np.mean(single))


def test_the_loss_is_finite_where_the_sigmoid_is_not(net: cg.NetworkSheet) -> None:
    extreme = {**VALUES, "b2": [-1000]}
    assert float(net.loss(x=X[0], y=1, **extreme)) == pytest.approx(998.5, abs=2)


def test_thirteen_numbers_in_one_vector_and_back(net: cg.NetworkSheet, sheet: cg.NetworkSheet) -> None:
    vector = np.arange(13.0)
    for one in (net, sheet):
        assert one.pack(one.unpack(vector)).tolist() == vector.tolist()


def test_equations_of_the_sheet_are_printed_as_they_stand(sheet: cg.NetworkSheet) -> None:
    lines = sheet.equations("scalar", "latex")
    assert r"\hat{y} &= \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c_1)" in lines
    assert r"h_1 &= \operatorname{ReLU}(x_1w_{11} + x_2w_{21} + b_1)" in lines


@pytest.mark.parametrize("spec", SPECS)
def test_every_network_draws_and_shows_itself(spec: str) -> None:
    net = cg.network(spec)
    ElementTree.fromstring(net.draw().svg())
    ElementTree.fromstring(net.graph().svg())
    ElementTree.fromstring(net._repr_html_())
    assert net._repr_latex_().startswith("$")
    assert str(net.draw())


def test_weight_values_are_drawn(net: cg.NetworkSheet) -> None:
    assert "#D55E00" in net.draw(VALUES).svg()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"x": [1.0, 2.0, 3.0], **VALUES}, r"'x' needs the shape \(2,\), but the value has \(3,\)"),
        ({"x": [1.0, 2.0]}, "no value was given for 'W1'"),
        ({"x": [1.0, 2.0], "W3": 1, **VALUES}, "no input or parameter 'W3'; known are: W1"),
        ({"x": [1.0, 2.0], **VALUES, "b2": "one"}, "'b2' is not an array of numbers"),
    ],
)
def test_values_that_do_not_fit_are_told(net: cg.NetworkSheet, values: dict[str, object], message: str) -> None:
    with pytest.raises(cg.ChalkgradError, match=message):
        net.forward(**values)


def test_a_file_that_is_not_there_and_one_without_a_network(tmp_path: Path) -> None:
    with pytest.raises(cg.ChalkgradError, match="there is no file"):
        cg.read(tmp_path / "nothing.md")
    (tmp_path / "prose.md").write_text("Nothing to see.", encoding="utf-8")
    with pytest.raises(cg.ChalkgradError, match="defines no network"):
        cg.read(tmp_path / "prose.md")


def test_names_are_forgiven_their_case_where_it_is_clear(net: cg.NetworkSheet, sheet: cg.NetworkSheet) -> None:
    """The course calls it a function of (X, W, b, V, c)."""
    outputs = sheet.forward(X=X, W=W, b=[0, 0, 1], V=[1, 0, -1], c=1)
    assert np.round(outputs, 8).tolist() == OUTPUTS
    assert sheet.pack({"w": W, "b": [0, 0, 1], "v": [1, 0, -1], "c": 1}).shape == (13,)
    with pytest.raises(cg.ChalkgradError, match="no input or parameter 'X'"):
        net.forward(x=X, X=X, **VALUES)


def test_a_document_is_read_from_its_text_as_from_its_file(sheet: cg.NetworkSheet) -> None:
    text = cg.read(SHEET.read_text(encoding="utf-8"))
    assert (text.spec, text.parameters) == (sheet.spec, sheet.parameters)
    program = cg.read("axis i: 2\ninput x[i]\nparameter w[i]\nL = sum(i, x[i]*w[i])^2\nresult L")
    assert program.parameters == {"w": (2,)}
    assert float(program.loss(x=[1, 2], w=[3, 4])) == 121


def test_initial_values_are_seeded_and_have_their_shapes(sheet: cg.NetworkSheet) -> None:
    first, again, other = sheet.initial(seed=1), sheet.initial(seed=1), sheet.initial(seed=2)
    assert {name: value.shape for name, value in first.items()} == sheet.parameters
    assert all((first[name] == again[name]).all() for name in first)
    assert not (first["w"] == other["w"]).all()


def test_the_network_of_a_worksheet_is_trained_with_its_own_names(tmp_path: Path) -> None:
    net = cg.read(r"$$\hat y = \sigma(w_1 x_1 + w_2 x_2 + b)$$", loss="bce")
    x, y = [[1, -1], [-1, 1], [2, 0], [0, 2]], [0, 1, 0, 1]
    trained = net.fit(x, y, optimizer="adam", rate=0.1, epochs=200)
    assert trained.predict(x).round()[:, 0].tolist() == y
    np.testing.assert_allclose(trained.predictor(dtype="float64")(x), trained.predict(x), rtol=1e-12)
    assert cg.load(trained.save(tmp_path / "m.safetensors")).predict(x).tolist() == trained.predict(x).tolist()
    trainer = net.trainer(x, y, rate=0.1)
    trainer.run(3)
    assert set(trainer.parameters) == {"w", "b"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"W1": np.ones((3, 2))}, "'W1' is 3 × 2, and not 2 × 3, inputs by outputs; it looks transposed"),
        ({"W1": np.ones((2, 4))}, "'W1' is 2 × 4, and not 2 × 3"),
        ({"W1": [[1, float("nan"), 2], [1, 2, 3]]}, "'W1' has a weight that is not a finite number"),
        ({"W3": [[1]]}, "no parameter 'W3'"),
    ],
)
def test_weights_that_do_not_fit_are_not_drawn(values: dict[str, Any], words: str) -> None:
    net = cg.network("2-3-1 relu sigmoid bce")
    with pytest.raises(cg.ChalkgradError, match=re.escape(words)):
        net.draw(values)
    net.draw({"W1": np.ones((2, 3)), "W2": [1, 2, 3], "b1": [0, 0, 0]})
