"""How many claims a second one core checks: the documents of the corpus, start-up aside.

`python benchmarks/checking.py [FOLDER …]`; with `--write docs/benchmarks.md` the table goes there. Every round checks
every document anew, as for a course, reading it included. Wrong claims are explained, with a counterexample for each.
Garbage collection is off while the clock runs, as in `timeit`.
"""

from __future__ import annotations

import argparse
import gc
import platform
import statistics
from pathlib import Path
from time import process_time

from chalkgrad.checking import check_text
from chalkgrad.page.files import document_text

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
BEGIN, END = "<!-- checking: begin -->", "<!-- checking: end -->"
SUFFIXES = (".md", ".tex", ".txt", ".ipynb")


def texts_of(folder: Path) -> list[tuple[Path, str]]:
    """The documents of a folder with their texts."""
    return [(path, document_text(path)) for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]


def checked(texts: list[tuple[Path, str]]) -> tuple[int, float]:
    """How many claims there were, and the seconds that checking the documents took."""
    gc.collect()
    gc.disable()
    started = process_time()
    reports = [check_text(text, path.name, latex=path.suffix == ".tex") for path, text in texts]
    seconds = process_time() - started
    gc.enable()
    return sum(claim.kind == "claim" for report in reports for claim in report.claims), seconds


def table(folders: list[Path], rounds: int) -> list[str]:
    """A row for each folder, and one for all of them together."""
    lines = [
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}. Seconds of one core, "
        f"medians of {rounds}.",
        "",
        "| documents | claims | claims a second (least–greatest) |",
        "| --- | --- | --- |",
    ]
    totals: list[tuple[int, int, list[float]]] = []
    for folder in folders:
        texts = texts_of(folder)
        checked(texts[:1])
        runs = [checked(texts) for _ in range(rounds)]
        totals.append((len(texts), runs[0][0], [seconds for _, seconds in runs]))
        lines.append(row(folder.name, *totals[-1]))
    if len(totals) > 1:
        together = [sum(each) for each in zip(*(seconds for _, _, seconds in totals), strict=True)]
        counts = (sum(each[0] for each in totals), sum(each[1] for each in totals))
        lines.append(row("all", *counts, together))
    return [*lines, ""]


def row(name: str, documents: int, claims: int, seconds: list[float]) -> str:
    """Claims a second with their spread."""
    middle, slowest, quickest = (claims / time for time in (statistics.median(seconds), max(seconds), min(seconds)))
    return f"| {name}: {documents} | {claims} | {middle:.0f} ({slowest:.0f}–{quickest:.0f}) |"


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
