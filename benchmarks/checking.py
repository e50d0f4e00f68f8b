"""How many claims a second one core checks: the documents of the corpus, read beforehand, start-up aside.

python benchmarks/checking.py [FOLDER …]
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

from chalkgrad.checking import check_sheet
from chalkgrad.checking.document import document_text
from chalkgrad.reading.sheet import read_sheet

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"


def main() -> None:
    """Prints claims, seconds and claims a second for each folder."""
    folders = [Path(name) for name in sys.argv[1:]] or sorted(path for path in CORPUS.iterdir() if path.is_dir())
    for folder in folders:
        sheets = [
            (read_sheet(document_text(path), latex=path.suffix == ".tex"), path.name)
            for path in sorted(folder.rglob("*"))
            if path.suffix in (".md", ".tex")
        ]
        if not sheets:
            continue
        started = perf_counter()
        claims = sum(claim.kind == "claim" for sheet, name in sheets for claim in check_sheet(sheet, name).claims)
        seconds = perf_counter() - started
        print(f"{folder.name}: {claims} claims in {seconds:.2f} s, {claims / seconds:.0f} a second")


if __name__ == "__main__":
    main()
