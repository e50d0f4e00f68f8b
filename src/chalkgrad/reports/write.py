"""Writing a report: the document read and checked, every section that applies, and the folder with all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chalkgrad.checking.document import check_text, document_text
from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically
from chalkgrad.reading.sheet import read_sheet
from chalkgrad.reports.equations_section import equations_section, forward_section
from chalkgrad.reports.function_section import function_section
from chalkgrad.reports.gradients_section import gradients_section
from chalkgrad.reports.markup import paragraph
from chalkgrad.reports.network_section import network_section
from chalkgrad.reports.page import page
from chalkgrad.reports.section import Section
from chalkgrad.reports.training_section import training_section
from chalkgrad.reports.verdicts_section import counted, verdicts_section
from chalkgrad.reports.work import Work
from chalkgrad.writing.document import latex_document
from chalkgrad.writing.latex import prose


@dataclass(frozen=True)
class ReportFiles:
    """Where a report was written: its folder, its page, and every file by name."""

    folder: Path
    page: Path
    files: tuple[Path, ...]


def write_report(path: str | Path, out_directory: str | Path, loss: str | None = None) -> ReportFiles:
    """Works a document out and writes the report into a folder, each file whole or not at all.

    The folder gets `index.html` (one page, self-contained), `report.json` (all of it as data), `worked.tex`, the
    drawing of the network and the figures. Sections that the document gives no ground for are left out. The loss is
    taken from the prose, or from `loss`. Raises `ChalkgradError` for a document or a folder that cannot be used.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sheet.md").write_text("$$f(x) = x^2$$ $$\\\\frac{\\\\partial f(x)}{\\\\partial x} = 2x$$")
    ...     written = write_report(Path(folder, "sheet.md"), Path(folder, "out"))
    ...     sorted(file.name for file in written.files)[:2]
    ['index.html', 'report.json']
    """
    place, folder = Path(path), Path(out_directory)
    text, latex = document_text(place), place.suffix == ".tex"
    work = Work(place.name, read_sheet(text, loss=loss, latex=latex), check_text(text, place.name, latex=latex, loss=loss))
    sections = report_sections(work)
    contents = report_files(work, sections)
    written = tuple(write_atomically(folder / name, content) for name, content in contents.items())
    return ReportFiles(folder, folder / "index.html", written)


def report_sections(work: Work) -> tuple[Section, ...]:
    """The sections that the document gives ground for, in the order of the page.

    One that cannot be worked out says why, and the others are there all the same.
    """
    model, found = work.model, list[Section | None]()
    if model is not None:
        found.append(_or_why("network", "The network", lambda: network_section(model)))
        found.append(_or_why("equations", "The equations", lambda: equations_section(model)))
        found.append(_or_why("forward", "The forward pass", lambda: forward_section(model)))
    for written in work.sheet.functions:
        title = f"The function {written.name}"
        found.append(_or_why(f"function-{written.name}", title, partial(function_section, written)))
    if model is not None and model.program.parameters:
        found.append(_or_why("gradients", "The gradients of the loss", lambda: gradients_section(model)))
    if work.report.claims:
        found.append(verdicts_section(work))
    if model is not None:
        found.append(_or_why("training", "The network trained", lambda: training_section(model)))
    return tuple(section for section in found if section is not None)


def _or_why(name: str, title: str, make: Callable[[], Section | None]) -> Section | None:
    """The section, or one that says why there is none."""
    try:
        return make()
    except ChalkgradError as problem:
        return Section(name, title, paragraph(f"This could not be worked out: {problem}."), {"problem": str(problem)})


def report_files(work: Work, sections: Sequence[Section]) -> dict[str, bytes | str]:
    """Every file of the report by its name."""
    files = {name: content for section in sections for name, content in section.files.items()}
    title = f"{_title(work)}, worked out"
    latex = latex_document(title, [(prose(section.title), section.latex) for section in sections if section.latex])
    data = work.report.to_json() | {"sections": {section.name: section.data for section in sections}}
    links = [("report.json", "all of it as data"), ("worked.tex", "the mathematics as LaTeX")]
    links += [(name, _KINDS.get(Path(name).suffix, "a file")) for name in sorted(files)]
    files["worked.tex"] = latex
    files["report.json"] = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    files["index.html"] = page(title, _subtitle(work), sections, links)
    return files


_KINDS = {
    ".svg": "a drawing that scales",
    ".png": "a picture",
    ".tex": "a drawing for LaTeX",
    ".txt": "a drawing for the terminal",
}


def _title(work: Work) -> str:
    stem = Path(work.name).stem.replace("_", " ").replace("-", " ").strip()
    return stem[:1].upper() + stem[1:] if stem else "A document"


def _subtitle(work: Work) -> str:
    counts = work.report.summary
    words = [counted(verdict, count) for verdict, count in counts.items() if count]
    spec = f"The network {work.model.spec}. " if work.model and work.model.spec else ""
    return f"{spec}{len(work.report.claims)} equations: {', '.join(words)}." if words else f"{spec}No equations."
