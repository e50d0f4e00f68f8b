"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from chalkgrad.errors import ChalkgradError


def write_atomically(path: str | Path, content: bytes | str) -> Path:
    """Writes a file by way of a temporary one beside it, so that a reader never sees half of it.

    Folders on the way are made. Raises `ChalkgradError` where the file cannot be written; what was there stays.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(folder + "/a/b.txt", "text").read_text()
    'text'
    """
    target = Path(path)
    data = content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except OSError as problem:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise ChalkgradError(f"cannot write {target}: {problem.strerror or problem}") from None
    return target
