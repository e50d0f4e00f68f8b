"""The text of a document's file."""

from __future__ import annotations

from pathlib import Path

from chalkgrad.errors import ChalkgradError
from chalkgrad.page.limits import LONGEST_NOTEBOOK

LARGEST_FILE = 2_000_000


def document_text(path: Path) -> str:
    """The text of a document; raises `ChalkgradError` where the file is missing, too large, or no UTF-8 text.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sheet.md").write_text("$y = w x$", encoding="utf-8")
    ...     document_text(Path(folder, "sheet.md"))
    '$y = w x$'
    """
    largest = LONGEST_NOTEBOOK if path.suffix == ".ipynb" else LARGEST_FILE
    try:
        if path.is_dir():
            raise ChalkgradError(f"{path} is a folder, and not a document")
        if path.stat().st_size > largest:
            raise ChalkgradError(f"{path} is larger than {largest // 1_000_000} MB, too large for a worksheet")
        return path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise ChalkgradError(f"cannot read {path}: {problem.strerror or problem}") from None
    except UnicodeDecodeError as problem:
        raise ChalkgradError(f"{path} is not UTF-8 text: {problem.reason} at byte {problem.start}") from None
