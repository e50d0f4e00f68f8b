"""The server: what it answers, what it turns away, and that nobody can hold up anybody else or read its files."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import chalkgrad as cg
from chalkgrad.training.tensor_files import to_bytes
from chalkgrad.web import messages
from chalkgrad.web.app import make_app
from chalkgrad.web.jobs import JOBS
from chalkgrad.web.limits import HEADERS
from chalkgrad.web.trained import trained, weights_of

SPEC = "2-3-1 relu sigmoid bce"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(make_app(workers=2, seconds=20), base_url="http://localhost") as found:
        yield found


def test_a_document_is_checked(client: TestClient) -> None:
    text = "$$f(x) = x^3$$\n$$f'(x) = 3x$$"
    found = messages.Verdicts.model_validate(client.post("/api/check", json={"text": text}).json())
    assert [claim.verdict for claim in found.claims] == ["definition", "wrong"]
    assert found.claims[1].hints
    assert found.claims[1].expected


def test_what_people_write_is_escaped(client: TestClient) -> None:
    text = r"$$\text{<img src=x onerror=alert(1)>} = x$$" + "\n$$\\frac{\\partial L}{\\partial <b>} = <script>$$"
    answer = client.post("/api/check", json={"text": text}).json()
    written = "".join(claim["mathml"] + claim["expected_mathml"] for claim in answer["claims"])
    assert "<img" not in written
    assert "<script" not in written
    assert "style=" not in written


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("network", {"model": "2-3-1 relo sigmoid bce"}),
        ("network", {"model": "/etc/passwd"}),
        ("board", {"source": "x'*A*", "is_formula": True}),
        ("code", {"source": SPEC, "to": "fortran"}),
        ("check", {"text": "x", "let": {"a": "b"}}),
        ("check", {"text": "x", "unknown": 1}),
        ("check", {"text": "x" * 600_000}),
        ("board", {"source": SPEC, "form": "poem"}),
    ],
)
def test_what_cannot_be_done_is_one_sentence(client: TestClient, path: str, asked: dict[str, object]) -> None:
    answer = client.post(f"/api/{path}", json=asked)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"}
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "path", ["/../app.py", "/%2e%2e/app.py", "/assets/..%2f..%2fapp.py", "//etc/passwd", "/static"]
)
def test_no_other_file_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_network_that_names_a_file_is_not_read(client: TestClient, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.md"
    sheet.write_text(r"$$\hat y = \sigma(w_1 x_1 + w_2 x_2 + b)$$ Binary cross-entropy.")
    for path, name in (("network", "model"), ("board", "source")):
        assert client.post(f"/api/{path}", json={name: str(sheet)}).status_code == 422
    assert client.get("/api/training.js", params={"model": str(sheet)}).status_code == 422


def test_a_body_of_more_than_a_megabyte_is_turned_away(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    assert client.post("/api/check", content=b"x" * 1_000_001).status_code == 413
    assert client.post("/api/check", content=pieces()).status_code == 413


def test_every_answer_has_the_policy(client: TestClient) -> None:
    for path in ("/api/choices", "/nowhere"):
        headers = client.get(path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_other_hosts_are_turned_away(client: TestClient) -> None:
    assert client.get("/api/choices", headers={"Host": "elsewhere.example"}).status_code == 400


def test_the_api_is_described(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    asked = {path.removeprefix("/api/").removesuffix(".js") for path in described["paths"]}
    assert asked == set(JOBS)
    verdicts = described["paths"]["/api/check"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert verdicts["$ref"].endswith("/Verdicts")
    assert client.get("/docs").status_code == 404


@pytest.mark.parametrize(
    ("job", "asked", "model"),
    [
        ("check", {"text": "y = w x\ndL/dy = y - t"}, messages.Verdicts),
        ("board", {"source": SPEC, "form": "matrix", "notation": "bishop"}, messages.Derived),
        ("board", {"source": r"\log\det X", "is_formula": True, "wrt": ["X"], "form": "matrix"}, messages.Derived),
        ("code", {"source": SPEC, "to": "jax"}, messages.Printed),
        ("network", {"model": SPEC, "seed": 3}, messages.Drawn),
        ("network", {"model": "input x\ninput y\nL = x*y\nresult L"}, messages.Drawn),
        ("picture", {"model": SPEC, "to": "png"}, messages.File),
        ("picture", {"model": SPEC, "to": "pdf"}, messages.File),
        ("dataset", {"name": "moons", "count": 5}, messages.Data),
    ],
)
def test_answers_are_what_the_description_says(job: str, asked: dict[str, object], model: type) -> None:
    found = JOBS[job](**asked)
    assert isinstance(found, dict)
    assert json.loads(model.model_validate(found).model_dump_json()) == json.loads(json.dumps(found))


def test_symbols_are_found_in_the_drawing() -> None:
    found = JOBS["board"](source=SPEC)
    drawn = JOBS["network"](model=SPEC)
    assert isinstance(found, dict)
    assert isinstance(drawn, dict)
    symbols = found["symbols"]
    assert (symbols["wij(1)"], symbols["w12(1)"], symbols["zj(1)"]) == ("W1", "W1[0,1]", "h1")
    for name in ("W1[0,1]", "h1[2]", "yhat[0]", "b1[0]"):
        assert f'data-name="{name}"' in drawn["svg"]


def test_a_job_that_takes_too_long_is_ended_and_others_are_served() -> None:
    with TestClient(make_app(workers=1, seconds=1), base_url="http://localhost") as client:
        client.post("/api/network", json={"model": SPEC})
        started = time.monotonic()
        slow = client.post(
            "/api/board", json={"source": "-".join(["60"] * 150) + " tanh sigmoid bce", "form": "scalar"}
        )
        assert slow.status_code == 504
        assert "took too long" in slow.json()["error"]
        assert time.monotonic() - started < 10
        assert client.post("/api/network", json={"model": SPEC}).status_code == 200


def test_parts_have_the_names_that_people_give(client: TestClient) -> None:
    names = {"x[0]": "blood pressure", "layer h1": "features <b>", "h1": "u", "W1": r"\evil", "z9": "q"}
    drawn = client.post("/api/network", json={"model": SPEC, "names": names}).json()["svg"]
    assert "blood pressure</tspan>" in drawn
    assert "features &lt;b&gt;" in drawn
    assert "evil" not in drawn
    found = client.post("/api/board", json={"source": SPEC, "form": "matrix", "names": names}).json()
    assert "u = ReLU(" in found["equations"]["text"]
    assert found["symbols"]["u"] == "h1"


def test_a_saved_network_is_shown_with_its_weights(client: TestClient, tmp_path: Path) -> None:
    values = {"W1": [[1.5, -2.0, 0.0], [0.25, 4.0, 1.0]], "b1": [0.0] * 3, "W2": [[1.0], [2.0], [3.0]], "b2": [7.0]}
    file = cg.network(SPEC).save(tmp_path / "m.safetensors", values)
    found = client.post("/api/trained", json={"content": b64encode(file.read_bytes()).decode()}).json()
    assert found["model"] == SPEC
    assert weights_of(found["weights"])["W1"].tolist() == [1.5, -2.0, 0.0, 0.25, 4.0, 1.0]
    asked = {"model": SPEC, "weights": found["weights"], "to": "svg"}
    assert b"negative" in b64decode(client.post("/api/picture", json=asked).json()["content"])
    sheet = cg.read(r"$$\hat y = \sigma(w_1 x_1 + w_2 x_2 + b)$$", loss="bce")
    other = sheet.save(tmp_path / "s.safetensors", {"w": [1.0, 2.0], "b": 0.5})
    written = client.post("/api/trained", json={"content": b64encode(other.read_bytes()).decode()}).json()["model"]
    assert client.post("/api/network", json={"model": written}).json()["parameters"] == {"w": [2], "b": []}


def test_a_file_that_chalkgrad_did_not_save_is_turned_away(client: TestClient, tmp_path: Path) -> None:
    good = cg.network("1-1 sigmoid bce").save(tmp_path / "m.safetensors", {"W1": [[1]], "b1": [0]}).read_bytes()
    others = to_bytes({"W1": [[1.0]]}, {"format": "chalkgrad 2", "spec": "/etc/passwd", "program": "/etc/passwd"})
    for content in (b"", b"\x80\x04pickle", good[:-3], good.replace(b"sigmoid", b"xigmoid"), others):
        answer = client.post("/api/trained", json={"content": b64encode(content).decode()})
        assert answer.status_code == 422
        assert "root:" not in answer.text
    assert client.post("/api/trained", json={"content": "?"}).status_code == 422
    assert client.post("/api/trained", json={"content": "A" * 800_000}).status_code == 422


def test_a_forged_spec_does_not_stand_for_other_equations(tmp_path: Path) -> None:
    net = cg.network("1-1 sigmoid bce")
    forged = replace(net, spec="1-1 tanh mse").save(tmp_path / "m.safetensors", {"W1": [[1]], "b1": [0]})
    assert "sigmoid" in trained(b64encode(forged.read_bytes()).decode())["model"]
