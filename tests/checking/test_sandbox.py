"""What a person's code cannot do while it is checked: each attempt is made by a function under check."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code
from chalkgrad.checking.code.sandbox import Program, Sandbox
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.trees import from_tree
from chalkgrad.errors import ChalkgradError, EvaluationError

ATTEMPTS = """
import ctypes, os, socket, sys
import numpy as np
libc = ctypes.CDLL(None, use_errno=True)
def tried(what):
    try:
        what()
    except OSError as problem:
        return problem.errno
    return 0
def write(path):
    return tried(lambda: open(path, "w").write("planted"))
def read(path):
    return tried(lambda: open(path).read())
def connect(port):
    return tried(lambda: socket.create_connection(("127.0.0.1", port), timeout=1))
def fork(_):
    made = libc.fork()
    if made == 0:
        os._exit(0)
    return made
def start(_):
    return libc.system(b"true")
def leave(_):
    return tried(os.setsid)
def kill_parent(_):
    return tried(lambda: os.kill(os.getppid(), 0))
def look_into_parent(_):
    return tried(lambda: open(f"/proc/{os.getppid()}/mem", "rb"))
def thread(_):
    import threading
    made = threading.Thread(target=print)
    made.start()
    made.join()
    return 0
"""


def outcome(function: str, argument: object) -> int:
    source = Source("attempts.py", ATTEMPTS)
    with Sandbox(source) as sandbox:
        assert sandbox.load(source.needed(function), "numpy") == ()
        (found,) = sandbox.call([Program((("call", "result", function, [argument], {}),))])
        assert isinstance(found, dict), found
        return int(found["result"])


def test_files_cannot_be_written_and_secrets_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    assert outcome("write", str(tmp_path / "planted.txt")) != 0
    assert outcome("write", os.path.expanduser("~/planted.txt")) != 0
    assert not (tmp_path / "planted.txt").exists()
    assert outcome("read", str(secret)) != 0
    assert outcome("write", "own.txt") == 0  # in its own folder, which is removed
    assert not Path("own.txt").exists()


@pytest.mark.parametrize("attempt", ["fork", "start", "leave", "kill_parent", "look_into_parent"])
def test_other_processes_are_out_of_reach(attempt: str) -> None:
    assert outcome(attempt, 0) != 0


def test_there_is_no_network_but_threads_work() -> None:
    assert outcome("connect", 80) == 1  # not permitted, which is not the same as nobody listening
    assert outcome("thread", 0) == 0


FORGED = """
import os, sys
def f(x, y, W1):
    for handle in range(3, 20):
        try:
            os.write(handle, {what})
        except OSError:
            pass
    os._exit(0)
"""


@pytest.mark.parametrize(
    "what",
    [
        "b'nonsense' * 3",
        "(2**62).to_bytes(8, 'big')",
        "(12).to_bytes(8, 'big') + b'{\"a\": [[[[]'",
        "(16).to_bytes(8, 'big') + b'{\"outcomes\": [3]}'[:16]",
        "(2).to_bytes(8, 'big') + b'[]'",
    ],
)
def test_a_forged_answer_is_no_verdict(tmp_path: Path, what: str) -> None:
    file = tmp_path / "forged.py"
    file.write_text(FORGED.format(what=what))
    with pytest.raises(EvaluationError, match="answer"):
        check_code(file, "f", "2-1 sigmoid bce")


@pytest.mark.parametrize(
    "tree",
    [
        ["array", "<f8", [2, 2], "AAAA", "float64"],
        ["array", "<f8", [10**9, 10**9], "", "float64"],
        ["array", "O", [1], "AAAAAAAAAAA=", "object"],
        ["array", "<f8", [-1], "", "float64"],
        ["array", "<f8", [True], "AAAAAAAAAAA=", "float64"],
        ["dict", [["k"]]],
        ["nothing"],
        {"a": 1},
    ],
)
def test_what_is_not_as_declared_is_refused(tree: object) -> None:
    with pytest.raises(EvaluationError, match="did not return gradients"):
        from_tree(tree)
    deep: object = ["is", None]
    for _ in range(100):
        deep = ["list", [deep]]
    with pytest.raises(EvaluationError, match="nested too deep"):
        from_tree(deep)


def test_where_nothing_confines_trust_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "g.py"
    file.write_text("import numpy as np\ndef g(x, y): return x * y\ndef grad_g(x, y): return y, x\n")
    runner = tmp_path / "unconfined"
    runner.mkdir()
    inner = Path("chalkgrad.checking.code.runner".replace(".", "/"))
    from chalkgrad.checking.code import sandbox

    text = (Path(sandbox.__file__).parent / f"{inner.name}.py").read_text()
    (runner / "runner.py").write_text(text)
    (runner / "confinement.py").write_text("def confine(folder, readable=()):\n    return {'files': False}\n")
    monkeypatch.setattr(sandbox, "_RUNNER", runner / "runner.py")
    with pytest.raises(ChalkgradError, match="run it with --trust"):
        check_code(file, "grad_g")
    assert {block.verdict for block in check_code(file, "grad_g", trust=True).blocks} == {"right"}


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_ask_for_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    from chalkgrad.checking.code import sandbox

    file = tmp_path / "g.py"
    file.write_text("def g(x, y): return x * y\ndef grad_g(x, y): return y, x\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("runner.py", "confinement.py"):
        text = (Path(sandbox.__file__).parent / name).read_text()
        (inner / name).write_text(text.replace("sys.platform", repr(platform)))
    monkeypatch.setattr(sandbox, "_RUNNER", inner / "runner.py")
    with pytest.raises(ChalkgradError, match=r"from files and network and processes.*--trust"):
        check_code(file, "grad_g")
    assert {block.verdict for block in check_code(file, "grad_g", trust=True).blocks} == {"right"}


def test_where_memory_cannot_be_limited_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalkgrad.checking.code import sandbox

    file = tmp_path / "g.py"
    file.write_text("def g(x, y): return x * y\ndef grad_g(x, y): return y, x\n")
    monkeypatch.setattr(sandbox, "POSIX", False)
    with pytest.raises(ChalkgradError, match="only run where the system can limit its memory"):
        check_code(file, "grad_g", trust=True)
