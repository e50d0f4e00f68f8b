"""What a document, or a section of it, says that code is compared with: its network or function, and its gradients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.verdicts import CodeBlock
from chalkgrad.checking.contents import contents_under
from chalkgrad.checking.given_models import with_model
from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.judging import judged
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.page.documents import read_document
from chalkgrad.page.sections import sections_in

_DOCUMENTS = (".md", ".tex", ".ipynb")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Gradient:
    """A gradient that a document gives: by what, in which line, and whether it is right."""

    by: str
    line: int
    right: bool


@dataclass(frozen=True)
class Written:
    """A network by its spec, or a formula, of a document, and the gradients that the document gives of it."""

    kind: str
    what: str
    file: str
    gradients: tuple[Gradient, ...]

    def beside(self, block: CodeBlock, function: str) -> CodeBlock:
        """The verdict on the code, with the document's own line where one of the two is wrong."""
        own = [each for each in self.gradients if bare(each.by) == bare(block.name)]
        if not own or block.verdict not in ("right", "wrong"):
            return block
        one = own[-1]
        place = f"line {one.line} of {self.file}"
        if block.verdict == "wrong" and one.right:
            told = f"{place} and {function} disagree in {block.name}"
        elif not one.right:
            told = (
                f"{place} is wrong itself" if block.verdict == "wrong" else f"{place} is wrong, and {function} is not"
            )
        else:
            return block
        return replace(block, reason=f"{block.reason}; {told}")


def written_in(against: str) -> Written | None:
    """The network or function of a document, or of the section that is named after a #; None for another text.

    Raises `ChalkgradError` where the document has neither, and `UnknownNameError` for a section that it has not.
    """
    name, _, section = against.partition("#")
    file = Path(name)
    if file.suffix not in _DOCUMENTS or not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    document, said = with_model(read_document(only(text, section, name) if section else text))
    verdicts, readings = judged(document)
    contents = contents_under(document, readings, said)
    gradients = tuple(_gradients(verdicts))
    networks = [each for each in (contents.network, *contents.networks) if each is not None and each.spec is not None]
    if networks:
        return Written("network", str(networks[0].spec), file.name, gradients)
    if contents.functions and contents.functions[0].definition is not None:
        return Written("formula", str(contents.functions[0].definition), file.name, gradients)
    if contents.networks:
        told = "give its spec, such as 2-3-1 tanh sigmoid bce, or set it at the beginning of the document: model: …"
        raise ChalkgradError(f"the network of {against} has no known sizes or loss; {told}")
    raise ChalkgradError(f"{against} defines no network and no function to compare with")


def _gradients(verdicts: Sequence[Judged]) -> Iterator[Gradient]:
    for each in verdicts:
        derivative = each.claim.left.value.derivative if each.claim.left.value is not None else None
        if derivative is not None and each.verdict in (*RIGHT, "wrong"):
            yield Gradient(derivative.by.name, each.claim.statement.equation.line, each.verdict in RIGHT)


def only(text: str, section: str, file: str) -> str:
    """A document of which only one section, with those below it, is left; its lines keep their numbers.

    >>> only("# Loss\\na\\n## More\\nb\\n# Else\\nc\\n", "loss", "notes.md").split()
    ['#', 'Loss', 'a', '##', 'More', 'b']
    """
    headings = [(place, name, text[place:].split("\n", 1)[0]) for place, name in sections_in(text)]
    wanted = _plain(section)
    found = [k for k, (_, name, line) in enumerate(headings) if wanted in (_plain(name), _plain(_title(line)))]
    found = found or [k for k, (_, _, line) in enumerate(headings) if wanted and wanted in _plain(line)]
    if not found:
        raise UnknownNameError(f"section in {file} called", section, [_title(line) for _, _, line in headings])
    begin, level = headings[found[0]][0], _level(headings[found[0]][2])
    ends = [place for place, _, line in headings[found[0] + 1 :] if _level(line) <= level]
    end = ends[0] if ends else len(text)
    front = _FRONT.match(text)
    kept = front.end() if front else 0

    def blank(part: str) -> str:
        return re.sub(r"[^\n]", "", part)

    return text[:kept] + blank(text[kept:begin]) + text[max(begin, kept) : end] + blank(text[end:])


def _title(line: str) -> str:
    command = re.search(r"section\*?\{([^}]*)\}", line)
    return command[1] if command else re.sub(r"^\s*#*\s*(?:\d+(?:\.\d+)*[.):]?\s+)?", "", line).strip()


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def _level(line: str) -> int:
    """How deep a heading is."""
    marks, command = re.match(r"\s*(#+)", line), re.search(r"\\((?:sub)*)section", line)
    return len(marks[1]) if marks else 1 + command[1].count("sub") if command else 1 + line.split(" ")[0].count(".")
