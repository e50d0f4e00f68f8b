"""The inner side of the sandbox: a script that loads a person's file and calls one function of it.

It is run as a process of its own, isolated, and imports nothing of chalkgrad; numbers come and go as JSON.
"""

from __future__ import annotations

import inspect
import json
import resource
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

DICTIONARIES = ("params", "parameters", "weights", "theta", "model", "cache", "values")


class RefusedError(Exception):
    """What is told instead of an answer."""


def main() -> None:
    """Reads a request from standard input and writes the answer to the file that it names."""
    request = json.load(sys.stdin)
    size = request["megabytes"] * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"], request["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000_000, 50_000_000))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer: dict[str, Any] = {"results": _results(request)}
    except RefusedError as refused:
        answer = refused.args[0]
    except BaseException as problem:  # whatever the person's code raises, SystemExit too, is told with its line
        answer = {"error": "exception", **_told(problem, request["file"])}
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def _results(request: Mapping[str, Any]) -> list[Any]:
    sys.path.insert(0, str(Path(request["file"]).parent))
    found = runpy.run_path(request["file"], run_name="chalkgrad_checked")
    function = found.get(request["function"])
    if not callable(function):
        known = [name for name, value in found.items() if inspect.isfunction(value) and not name.startswith("_")]
        raise RefusedError({"error": "missing", "known": known})
    import numpy

    imported = {getattr(value, "__name__", "").split(".")[0] for value in found.values() if inspect.ismodule(value)}
    if "torch" in imported:
        import torch

        def convert(value: Any) -> Any:
            return torch.tensor(value, dtype=torch.float64)

    else:

        def convert(value: Any) -> Any:
            return numpy.array(value, dtype=numpy.float64)

    return [_plain(function(**_arguments(function, call, convert))) for call in request["calls"]]


def _arguments(function: Callable[..., Any], call: Mapping[str, Any], convert: Callable[[Any], Any]) -> dict[str, Any]:
    """The values that the function's signature asks for by name."""
    values = {name: value if isinstance(value, int) else convert(value) for name, value in call["values"].items()}
    chosen: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        near = [known for known in values if known.casefold() == name.casefold()]
        if name in values:
            chosen[name] = values[name]
        elif len(near) == 1:
            chosen[name] = values[near[0]]
        elif name.casefold() in DICTIONARIES:
            chosen[name] = dict(values) if name in ("cache", "values") else {k: values[k] for k in call["parameters"]}
        elif parameter.default is parameter.empty:
            raise RefusedError({"error": "argument", "name": name, "known": [*values, "params", "cache"]})
    return chosen


def _plain(value: Any) -> Any:
    """The returned gradients as nested lists: a dictionary stays one, anything else is a list in order."""
    import numpy

    def numbers(one: Any) -> Any:
        detached = one.detach().cpu().numpy() if hasattr(one, "detach") else one
        return numpy.asarray(detached, dtype=numpy.float64).tolist()

    if isinstance(value, Mapping):
        return {str(name): numbers(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [numbers(one) for one in value]
    if value is None:
        raise RefusedError({"error": "nothing"})
    return [numbers(value)]


def _told(problem: BaseException, file: str) -> dict[str, Any]:
    own = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == file]
    line = own[-1].lineno if own else getattr(problem, "lineno", None)
    text = own[-1].line if own else getattr(problem, "text", "") or ""
    return {"type": type(problem).__name__, "message": str(problem)[:500], "line": line, "text": (text or "").strip()}


if __name__ == "__main__":
    main()
