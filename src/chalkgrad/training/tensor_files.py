"""Files of arrays in the safetensors format, with a checksum over everything: no code is read or run from them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ReadingError

_CHECKSUM = "sha256"
_LARGEST_FILE = 4_000_000_000
_LARGEST_HEADER = 100_000_000


def to_bytes(arrays: Mapping[str, Any], notes: Mapping[str, str]) -> bytes:
    """The arrays and the notes (text by name) as the content of a file.

    https://huggingface.co/docs/safetensors. The checksum is among the notes of the file.

    >>> arrays, notes = from_bytes(to_bytes({"W": np.eye(2)}, {"made": "by hand"}))
    >>> arrays["W"].tolist(), notes
    ([[1.0, 0.0], [0.0, 1.0]], {'made': 'by hand'})
    """
    from safetensors.numpy import save

    plain = {name: np.ascontiguousarray(value).reshape(np.shape(value)) for name, value in arrays.items()}
    return save(plain, {**notes, _CHECKSUM: _checksum(plain, notes)})


def from_bytes(content: bytes, name: str = "the file") -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays and notes of a file; raises `ReadingError` for what is damaged, or not such a file."""
    notes = _notes(content, name)
    arrays = _arrays(content, name)
    given = notes.pop(_CHECKSUM, "")
    if not given:
        raise ReadingError(f"{name} has no checksum", expected="a safetensors file written by chalkgrad")
    if given != _checksum(arrays, notes):
        raise ReadingError(f"{name} is damaged: its content does not match its checksum")
    return arrays, notes


def read_tensors(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The arrays and notes of the file at a path; raises `ReadingError`."""
    return from_bytes(_content(Path(path)), str(path))


def tensors_of_others(path: str | Path) -> dict[str, NDArray[Any]]:
    """The arrays of any safetensors file, whoever wrote it, numbers in names in their order; raises `ReadingError`."""
    arrays = _arrays(_content(Path(path)), str(path))
    return {name: arrays[name] for name in sorted(arrays, key=_by_numbers)}


def _by_numbers(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ReadingError(f"{path} is larger than {_LARGEST_FILE // 10**9} GB")
        return path.read_bytes()
    except OSError as problem:
        raise ReadingError(f"cannot read {path}: {problem.strerror}") from None


def _arrays(content: bytes, name: str) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ReadingError(f"{name} is damaged: {str(problem)[:200]}", expected="a safetensors file") from None


def _notes(content: bytes, name: str) -> dict[str, str]:
    """The notes in the header, which the library's own reader of bytes leaves out."""
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 2 <= size <= min(len(content) - 8, _LARGEST_HEADER):
        raise ReadingError(f"{name} is damaged, or no safetensors file: its header is cut off")
    try:
        header = json.loads(content[8 : 8 + size])
    except (ValueError, RecursionError):
        raise ReadingError(f"{name} is damaged, or no safetensors file: its header is no JSON") from None
    notes = header.get("__metadata__", {}) if isinstance(header, dict) else None
    if not isinstance(notes, dict) or not all(isinstance(note, str) for note in notes.values()):
        raise ReadingError(f"{name} is damaged: the notes in its header are not text")
    return notes


def _checksum(arrays: Mapping[str, NDArray[Any]], notes: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(notes.items())).encode())
    for name in sorted(arrays):
        value = arrays[name]
        digest.update(json.dumps([name, value.dtype.str, value.shape]).encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()
