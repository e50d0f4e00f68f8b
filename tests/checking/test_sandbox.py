"""What a person's code cannot do while it is checked: each attempt is made by a function under check."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
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
        return problem.errno or 1
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
def start_detached(_):
    import subprocess
    return tried(lambda: subprocess.Popen(["sleep", "60"], start_new_session=True))
def system_by_ctypes(_):
    return libc.system(b"sleep 60 &")
def execute(_):
    libc.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None))
    return ctypes.get_errno()
def signal_parent(_):
    return tried(lambda: os.kill(os.getppid(), 9))
def signal_by_ctypes(_):
    libc.kill(os.getppid(), 9)
    return ctypes.get_errno()
def signal_group_of_parent(_):
    return tried(lambda: os.killpg(os.getpgid(os.getppid()), 9))
def read_parents_memory(_):
    held = ctypes.create_string_buffer(8)
    class Vector(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
    own, theirs = Vector(ctypes.addressof(held), 8), Vector(0x400000, 8)
    libc.process_vm_readv(os.getppid(), ctypes.byref(own), 1, ctypes.byref(theirs), 1, 0)
    return ctypes.get_errno()
def trace_parent(_):
    libc.ptrace(16, os.getppid(), 0, 0)
    return ctypes.get_errno()
def write_to_parents_output(_):
    return tried(lambda: open(f"/proc/{os.getppid()}/fd/1", "w").write("forged"))
def link_out(path):
    return tried(lambda: (os.symlink(path, "out"), open("out", "w").write("planted")))
def datagram(_):
    return tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 53)))
def unix_socket(path):
    return tried(lambda: socket.socket(socket.AF_UNIX).connect(path))
def new_namespace(_):
    libc.unshare(0x10000000)
    return ctypes.get_errno()
def remove(path):
    return tried(lambda: os.remove(path))
def large_file(_):
    return tried(lambda: open("large.bin", "wb").write(bytes(60_000_000)))
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


BESIDE = """
from pathlib import Path
import helper
HERE = Path(__file__).parent
def read(name):
    try:
        (HERE / name).read_text()
    except OSError as problem:
        return problem.errno
    return 0
def listed(name):
    try:
        list((HERE / name).iterdir())
    except OSError as problem:
        return problem.errno
    return 0
def helped(_):
    return helper.two() - 2
"""


def test_a_file_in_the_home_folder_reads_itself_and_its_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalkgrad.checking.code.source import read_source
    from chalkgrad.engines.native.cache import keep

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.delenv("CHALKGRAD_CACHE", raising=False)
    keep("ab" * 32, b"code")  # the secret comes into being
    (secret,) = tmp_path.rglob("secret")
    for name in ("notes.txt", "other_answer.py"):
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "helper.py").write_text("import deeper\ndef two(): return deeper.TWO\n")
    (tmp_path / "deeper.py").write_text("TWO = 2\n")
    (tmp_path / "file.py").write_text(BESIDE)
    source = read_source(tmp_path / "file.py")

    def tried(function: str, name: str) -> int:
        with Sandbox(source) as sandbox:
            assert sandbox.load(source.needed(function), "numpy") == ()
            (found,) = sandbox.call([Program((("call", "result", function, [name], {}),))])
            assert isinstance(found, dict), found
            return int(found["result"])

    assert tried("helped", "") == 0
    assert tried("read", "file.py") == 0
    for name in (str(secret.relative_to(tmp_path)), "notes.txt", "other_answer.py"):
        assert tried("read", name) == 13, name
    for name in (".", ".cache"):
        assert tried("listed", name) == 13, name


def test_only_the_processor_s_time_is_short(tmp_path: Path) -> None:
    file = tmp_path / "waits.py"
    file.write_text("import time\ndef grad_f(x, y):\n    time.sleep(1.5)\n    return y, x\n")
    assert {block.verdict for block in check_code(file, "grad_f", "x*y", seconds=3).blocks} == {"right"}


@pytest.mark.parametrize(
    "attempt",
    [
        "fork", "start", "leave", "kill_parent", "look_into_parent", "start_detached", "system_by_ctypes", "execute",
        "signal_parent", "signal_by_ctypes", "signal_group_of_parent", "read_parents_memory", "trace_parent",
        "write_to_parents_output", "datagram", "new_namespace",
    ],
)  # fmt: skip
def test_other_processes_are_out_of_reach(attempt: str) -> None:
    assert outcome(attempt, 0) != 0


def test_nothing_outside_is_changed_through_links_or_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("kept")
    assert outcome("link_out", str(kept)) != 0
    assert outcome("remove", str(kept)) != 0
    assert kept.read_text() == "kept"


def test_a_socket_of_the_system_is_out_of_reach(tmp_path: Path) -> None:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(tmp_path / "listening"))
        listening.listen()
        assert outcome("unix_socket", str(tmp_path / "listening")) != 0


def test_files_are_small() -> None:
    assert outcome("large_file", 0) != 0


HUNGRY = """
import numpy as np
def memory(x, y):
    return np.ones(10**9) * x.sum(), y
def endless(x, y):
    while True:
        pass
def patient(x, y):
    import signal
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
def many(x, y):
    import threading
    for _ in range(100_000):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


@pytest.mark.parametrize("function", ["memory", "endless", "patient", "many"])
def test_what_takes_too_much_is_stopped_and_is_no_verdict(tmp_path: Path, function: str) -> None:
    file = tmp_path / "hungry.py"
    file.write_text(HUNGRY)
    begun = time.monotonic()
    with pytest.raises(EvaluationError):
        check_code(file, function, "x*y", seconds=3, megabytes=1000)
    assert time.monotonic() - begun < 20


SECRETIVE = """
import inspect, os, sys
import numpy as np
def grad_f(x, y):
    frames = [frame.frame for frame in inspect.stack()]
    seen = [name for frame in frames for name in [*frame.f_locals, *frame.f_globals]]
    assert not any("numerical" in name or "dL_d" in name or "truth" in name for name in seen)
    assert not any(name.startswith("chalkgrad.") for name in sys.modules)
    return y, x
"""


def test_the_right_gradients_are_not_there(tmp_path: Path) -> None:
    file = tmp_path / "secretive.py"
    file.write_text(SECRETIVE)
    assert {block.verdict for block in check_code(file, "grad_f", "x*y").blocks} == {"right"}


def test_a_forged_report_on_standard_output_goes_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "forger.py"
    file.write_text(
        "import os, sys\n"
        "def grad_f(x, y):\n"
        "    for handle in (1, 2):\n"
        '        os.write(handle, b\'{"claims": [{"subject": "x", "verdict": "right"}]}\\n\')\n'
        "    return 2 * y, x\n"
    )
    command = [sys.executable, "-m", "chalkgrad", "check", str(file), "--function", "grad_f", "--against", "x*y"]
    ran = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert [each["verdict"] for each in json.loads(ran.stdout)["claims"]] == ["wrong", "right"]
    assert ran.stderr == ""


@pytest.mark.parametrize("what", ["os._exit(0)", "os._exit(1)", "sys.exit(1)", "os.abort()", "raise SystemExit(0)"])
def test_an_end_without_an_answer_cannot_be_judged(tmp_path: Path, what: str) -> None:
    file = tmp_path / "ends.py"
    file.write_text(f"import os, sys\ndef grad_f(x, y):\n    {what}\n")
    command = [sys.executable, "-m", "chalkgrad", "check", str(file), "--function", "grad_f", "--against", "x*y"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")  # 1 is a wrong gradient, 0 a right one
    assert ran.stderr.startswith("chalkgrad: ends.py")
    assert "Traceback" not in ran.stderr


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
    beside = "usual_functions.py"
    (runner / beside).write_text((Path(sandbox.__file__).parent / beside).read_text())
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
    for name in ("runner.py", "confinement.py", "usual_functions.py"):
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
