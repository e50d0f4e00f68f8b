"""How many claims a second one core checks: the documents of the corpus, start-up aside.

`python benchmarks/checking.py [FOLDER …]`; with `--write docs/benchmarks.md` the table goes there. Every round checks
every document anew, as for a course; reading it is a column of its own. Wrong claims are explained, with a
counterexample for each. Garbage collection is off while the clock runs, as in `timeit`.
"""

from __future__ import annotations

import argparse
import gc
import platform
import statistics
from pathlib import Path
from time import process_time

from chalkgrad.reading.sheet import Sheet, read_sheet

from chalkgrad.checking import check_sheet
from chalkgrad.checking.document import document_text

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
BEGIN, END = "<!-- checking: begin -->", "<!-- checking: end -->"
SUFFIXES = (".md", ".tex", ".txt", ".ipynb")


def sheets_of(folder: Path) -> tuple[list[tuple[Sheet, str]], float]:
    """The documents of a folder, read, and the seconds that this took."""
    texts = [(path, document_text(path)) for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
    started = process_time()
    sheets = [(read_sheet(text, latex=path.suffix == ".tex"), path.name) for path, text in texts]
    return sheets, process_time() - started


def checked(sheets: list[tuple[Sheet, str]]) -> tuple[int, float]:
    """How many claims there were, and the seconds that their verdicts took."""
    gc.collect()
    gc.disable()
    started = process_time()
    claims = sum(claim.kind == "claim" for sheet, name in sheets for claim in check_sheet(sheet, name).claims)
    seconds = process_time() - started
    gc.enable()
    return claims, seconds


def table(folders: list[Path], rounds: int) -> list[str]:
    """A row for each folder, and one for all of them together."""
    lines = [
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}. Seconds of one core, "
        f"medians of {rounds}.",
        "",
        "| documents | claims | claims a second (least–greatest) | read, seconds in all |",
        "| --- | --- | --- | --- |",
    ]
    totals: list[tuple[int, int, list[float], float]] = []
    for folder in folders:
        sheets, reading = sheets_of(folder)
        checked(sheets[:1])
        runs = [checked(sheets) for _ in range(rounds)]
        totals.append((len(sheets), runs[0][0], [seconds for _, seconds in runs], reading))
        lines.append(row(folder.name, *totals[-1]))
    if len(totals) > 1:
        together = [sum(each) for each in zip(*(seconds for _, _, seconds, _ in totals), strict=True)]
        counts = (sum(each[0] for each in totals), sum(each[1] for each in totals))
        lines.append(row("all", *counts, together, sum(each[3] for each in totals)))
    return [*lines, ""]


def row(name: str, documents: int, claims: int, seconds: list[float], reading: float) -> str:
    """Claims a second with their spread."""
    middle, slowest, quickest = (claims / time for time in (statistics.median(seconds), max(seconds), min(seconds)))
    return f"| {name}: {documents} | {claims} | {middle:.0f} ({slowest:.0f}–{quickest:.0f}) | {reading:.1f} |"


def main() -> None:
    """Measures, prints the table, and writes it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[CORPUS / "right", CORPUS / "wrong"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    text = "\n".join(table(chosen.folders, chosen.rounds))
    print(text)
    if chosen.write:
        page = chosen.write.read_text(encoding="utf-8")
        before, after = page[: page.index(BEGIN)], page[page.index(END) :]
        chosen.write.write_text(f"{before}{BEGIN}\n\n{text}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
