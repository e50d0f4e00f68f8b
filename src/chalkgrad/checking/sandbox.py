"""Running a person's function in a process of its own, with limits on time and memory.

The limits keep mistakes from hurting (endless loops, huge arrays); they are no prison for hostile code.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError, EvaluationError, UnknownNameError

SECONDS, MEGABYTES = 20, 3000
_LARGEST_ANSWER = 50_000_000
_RUNNER = Path(__file__).with_name("code_runner.py")


class CodeRaisedError(EvaluationError):
    """The person's code raised an exception, as it may where its samples are columns."""


def call_in_sandbox(
    file: str | Path,
    function: str,
    calls: Sequence[Mapping[str, Any]],
    parameters: Sequence[str],
    *,
    seconds: int = SECONDS,
    megabytes: int = MEGABYTES,
) -> list[dict[str, Any] | list[Any]]:
    """What a function of a Python file returns for each call, as nested lists by name or in order.

    A call is values by name, of which the function's signature chooses. Raises `UnknownNameError` for a function or an
    argument that is not there, `EvaluationError` with the person's line for an exception, or at a limit.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "g.py")
    ...     _ = file.write_text("def gradient(w):\\n    return {'w': 2 * w}\\n")
    ...     call_in_sandbox(file, "gradient", [{"w": [1.0, 3.0]}], ["w"])
    [{'w': [2.0, 6.0]}]
    """
    place = Path(file).resolve()
    if not place.is_file():
        raise ChalkgradError(f"there is no file {file}")
    if os.name != "posix":
        raise ChalkgradError("code is only run where the system can limit its memory: on Linux and macOS")
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        request = {
            "file": str(place),
            "function": function,
            "calls": [{"values": dict(call), "parameters": list(parameters)} for call in calls],
            "answer": str(answer),
            "seconds": seconds,
            "megabytes": megabytes,
        }
        said = _run(json.dumps(request), folder, seconds, Path(file).name)
        if not answer.is_file() or answer.stat().st_size > _LARGEST_ANSWER:
            reason = said.strip().splitlines()[-1:] or ["it was stopped, at a limit of time or memory"]
            raise EvaluationError(f"{Path(file).name} gave no answer: {reason[0][:300]}")
        told = json.loads(answer.read_text(encoding="utf-8"))
    return _understood(told, function, Path(file).name)


def _run(request: str, folder: str, seconds: int, name: str) -> str:
    """Runs the inner side; returns the end of what it wrote to standard error."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT") if key in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**kept, **threads, "HOME": folder, "TMPDIR": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    with Path(folder, "error.txt").open("w+b") as error:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_RUNNER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=error,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        try:
            process.communicate(request.encode(), timeout=seconds + 5)
        except subprocess.TimeoutExpired:
            raise EvaluationError(f"{name} took longer than {seconds} seconds and was stopped") from None
        finally:
            _end(process)
        error.seek(max(0, error.seek(0, os.SEEK_END) - 4000))
        said = error.read().decode(errors="replace")
    if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise EvaluationError(f"{name} took longer than {seconds} seconds and was stopped")
    return said


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and whatever it started, which share a session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _understood(told: Mapping[str, Any], function: str, name: str) -> list[dict[str, Any] | list[Any]]:
    match told.get("error"):
        case None:
            results: list[dict[str, Any] | list[Any]] = told["results"]
            return results
        case "missing":
            raise UnknownNameError(f"function in {name} called", function, told["known"])
        case "argument":
            raise UnknownNameError(f"value for the argument of {function} called", told["name"], told["known"])
        case "nothing":
            raise EvaluationError(f"{function} in {name} returned nothing; expected a dictionary or tuple of gradients")
        case "no numbers":
            found = f"the gradient {told['name']} that {function} returns is a {told['type']}"
            raise EvaluationError(f"{found}; expected an array of numbers")
        case "no backward":
            known = ", ".join(told["known"])
            raise EvaluationError(f"the class {function} in {name} has no method backward; it has {known}")
        case _:
            where = f", line {told['line']}: {told['text']}" if told.get("line") else ""
            raise CodeRaisedError(f"{name} raised {told['type']}: {told['message']}{where}")
