"""Writing a report: the document read and checked, every section that applies, and the folder with all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chalkgrad.checking.contents import read_contents
from chalkgrad.checking.document import check_text
from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically
from chalkgrad.page.files import document_text
from chalkgrad.page.titles import title_in
from chalkgrad.reading.scalar_functions import WrittenFunction
from chalkgrad.reports.equations_section import equations_section, forward_section
from chalkgrad.reports.gradients_section import gradients_section
from chalkgrad.reports.network_section import network_section
from chalkgrad.reports.page import page
from chalkgrad.reports.section import Section
from chalkgrad.reports.value_section import value_section
from chalkgrad.reports.verdicts_section import counted, sentence, verdicts_section
from chalkgrad.reports.work import Model, Work
from chalkgrad.writing.document import latex_document
from chalkgrad.writing.latex import prose
from chalkgrad.writing.markup import paragraph

MOST_PARTS = 12  # networks, and functions, that get parts of their own


@dataclass(frozen=True)
class ReportFiles:
    """Where a report was written: its folder, its page, and every file by name."""

    folder: Path
    page: Path
    files: tuple[Path, ...]


def write_report(path: str | Path, out_directory: str | Path, loss: str | None = None) -> ReportFiles:
    """Works a document out and writes the report into a folder, each file whole or not at all.

    The folder gets `index.html` (one page, self-contained), `report.json` (all of it as data), `worked.tex`, the
    drawings of the networks and the figures. Sections that the document gives no ground for are left out. The loss is
    taken from the document, or from `loss`. Raises `ChalkgradError` for a document or a folder that cannot be used.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sheet.md").write_text("$$f(x) = x^2$$ $$\\\\frac{\\\\partial f(x)}{\\\\partial x} = 2x$$")
    ...     written = write_report(Path(folder, "sheet.md"), Path(folder, "out"))
    ...     sorted(file.name for file in written.files)[:2]
    ['index.html', 'report.json']
    """
    place, folder = Path(path), Path(out_directory)
    text, latex = document_text(place), True if place.suffix == ".tex" else None
    contents = read_contents(text, latex=latex, loss=loss)
    work = Work(place.name, contents, check_text(text, place.name, latex=latex, loss=loss), title_in(text))
    sections = report_sections(work)
    files = report_files(work, sections)
    written = tuple(write_atomically(folder / name, content) for name, content in files.items())
    return ReportFiles(folder, folder / "index.html", written)


def report_sections(work: Work) -> tuple[Section, ...]:
    """The sections that the document gives ground for, in the order of the page.

    One that cannot be worked out says why, and the others are there all the same.
    """
    found: list[Section | None] = []
    for model in work.models[:MOST_PARTS]:
        found += [*_of_model(model), _gradients(model) if model.place else None]
    for written in work.contents.functions[:MOST_PARTS]:
        title = f"The function {written.name}"
        found.append(_or_why(f"function-{written.name}", title, partial(_function, written)))
    if len(work.models) == 1:
        found.append(_gradients(work.models[0]))
    if work.report.claims:
        found.append(verdicts_section(work))
    main = work.model
    if main is not None and main.loss:
        found.append(_or_why("training", "The network trained", partial(_training, main)))
    return tuple(section for section in found if section is not None)


def _of_model(model: Model) -> list[Section | None]:
    """What there is to show of a network, or of how a value is computed, before its gradients."""
    if not model.is_network:
        return [_or_why(model.named("value"), model.titled("A value"), partial(value_section, model))]
    return [
        _or_why(model.named("network"), model.titled("The network"), partial(network_section, model)),
        _or_why(model.named("equations"), model.titled("The equations"), partial(equations_section, model)),
        _or_why(model.named("forward"), model.titled("The forward pass"), partial(forward_section, model)),
    ]


def _function(written: WrittenFunction) -> Section | None:
    # Descents and training bring SymPy, Matplotlib and LLVM along: for those documents only that need them.
    from chalkgrad.reports.function_section import function_section

    return function_section(written)


def _training(model: Model) -> Section | None:
    from chalkgrad.reports.training_section import training_section

    return training_section(model)


def _gradients(model: Model) -> Section | None:
    title = model.titled("The gradients")
    return _or_why(model.named("gradients"), title, partial(gradients_section, model))


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
    notes = [sentence(guess) for guess in work.contents.guesses]
    files["index.html"] = page(title, _subtitle(work), sections, links, notes)
    return files


_KINDS = {
    ".svg": "a drawing that scales",
    ".png": "a picture",
    ".tex": "a drawing for LaTeX",
    ".txt": "a drawing for the terminal",
}


def _title(work: Work) -> str:
    if work.title:
        return work.title
    stem = Path(work.name).stem.replace("_", " ").replace("-", " ").strip()
    return stem[:1].upper() + stem[1:] if stem else "A document"


def _subtitle(work: Work) -> str:
    counts = work.report.summary
    words = [counted(verdict, count) for verdict, count in counts.items() if count]
    specs = [model.spec for model in work.models if model.spec]
    spec = f"The network {specs[0]}. " if len(specs) == 1 else ""
    number = len(work.report.claims)
    written = f"{number} equation{'s' if number != 1 else ''}"
    return f"{spec}{written}: {', '.join(words)}." if words else f"{spec}No equations."
