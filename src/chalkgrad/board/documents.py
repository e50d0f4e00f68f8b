"""The network of a document, or of a program in plain text, as an object to hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.board.layers import layer_in
from chalkgrad.board.network import NetworkSheet, load, network
from chalkgrad.errors import ChalkgradError, ProgramError
from chalkgrad.language import Definition, Program, Role, Tensor, substitute_elements
from chalkgrad.networks.batches import batched
from chalkgrad.notation import Notation, notation_named

if TYPE_CHECKING:
    from chalkgrad.reading.networks_in import WrittenNetwork
    from chalkgrad.reading.scalar_functions import WrittenFunction


def read(source: str | Path, loss: str | None = None) -> NetworkSheet:
    """The network that a file's equations describe (Markdown, LaTeX, or a program in plain text), or that of a spec.

    A `.safetensors` file gives the trained network that was saved there, the name of a layer that layer, as `cg.layer`
    does: `layer norm`, `conv2d stride=2`. The text of a file of equations may be given in place of its path. A
    worksheet keeps its own names. Raises `ReadingError` for what cannot be read,
    `ChalkgradError` for a file that is not there or defines no network.

    >>> read("2-3-1 relu sigmoid bce").spec
    '2-3-1 relu sigmoid bce'
    >>> read(r"$$\\hat y = \\sigma(w_1 x_1 + w_2 x_2 + b)$$", loss="bce").parameters
    {'w': (2,), 'b': ()}
    """
    from chalkgrad.page.files import document_text

    place = Path(source)
    try:
        is_file = place.is_file()
    except (OSError, ValueError):
        is_file = False
    if is_file and place.suffix == ".safetensors":
        return load(place)
    if is_file:
        text = document_text(place)
        if place.suffix == ".txt":
            return _of_text(text, loss, place)
        return _of_worksheet(text, loss, True if place.suffix == ".tex" else None, place)
    if isinstance(source, Path) or (place.suffix in (".md", ".tex", ".txt", ".safetensors") and not _is_text(source)):
        raise ChalkgradError(f"there is no file {place}")
    return read_text(source, loss)


def read_text(text: str, loss: str | None = None) -> NetworkSheet:
    """The network of a spec, or of a document's or program's own text: no file is looked for, whatever the text is.

    Raises as `read` does.

    >>> read_text("2-1 sigmoid bce").spec, read_text("input x\\nL = x^2\\nresult L").sample_program.result.name
    ('2-1 sigmoid bce', 'L')
    """
    if "$" in text or "\\" in text:
        return _of_worksheet(text, loss, None, "the text")
    if (named := layer_in(text)) is not None:
        return named
    return _of_program(text) if _is_text(text) else network(text, loss=loss)


def _is_text(source: str) -> bool:
    """Whether it is a document or program rather than a spec, or the name of a file."""
    return any(sign in source for sign in "$\\=") or "\n" in source.strip()


def _of_text(text: str, loss: str | None, place: Path) -> NetworkSheet:
    """The network of plain text: a program, or a document."""
    try:
        return _of_program(text)
    except ChalkgradError:
        try:
            return _of_worksheet(text, loss, None, place)
        except ChalkgradError:
            pass
        raise


def _of_program(text: str) -> NetworkSheet:
    from chalkgrad.reading.programs import read_program

    program = read_program(text)
    return NetworkSheet(None, program, program, "plain", None)


def _of_worksheet(text: str, loss: str | None, latex: bool | None, place: str | Path) -> NetworkSheet:
    from chalkgrad.checking.contents import read_contents

    found = read_contents(text, loss=loss, latex=latex, judge=False)
    if found.network is not None:
        own = found.network
        return NetworkSheet(own.spec, own.program, program_of_batch(own.program), notation_of(own), None)
    functions = [function for function in found.functions if function.definition is not None]
    if functions:
        program = _of_function(functions[0])
        return NetworkSheet(None, program, program, "plain", None)
    raise ChalkgradError(f"{place} defines no network: no equations such as ŷ = σ(…) were found in it")


def program_of_batch(program: Program) -> Program:
    """The equations over a batch; those of a document that writes its samples, or has no inputs, as they are.

    Numbers beside inputs that are vectors, such as the λ of a penalty, are the same for all samples.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).sample_program
    >>> str(program_of_batch(program).definitions[-1]), program_of_batch(batched(program)) == batched(program)
    ('L = sum(n, l[n])/|n|', True)
    """
    vectors = any(tensor.role is Role.INPUT and tensor.axes for tensor in program.declared)
    numbers = [tensor for tensor in program.declared if tensor.role is Role.INPUT and not tensor.axes and vectors]
    try:
        found = batched(_with_role(program, {tensor.name for tensor in numbers}, Role.PARAMETER))
    except ProgramError:
        return program
    return _with_role(found, {tensor.name for tensor in numbers}, Role.INPUT)


def _with_role(program: Program, names: set[str], role: Role) -> Program:
    """The program with another role for some of what it is given."""
    changes = {each: Tensor(each.name, each.axes, role) for each in program.declared if each.name in names}
    elements = {old: (old.axes, new[old.axes]) for old, new in changes.items()}
    definitions = tuple(
        Definition(each.tensor, each.indices, substitute_elements(each.body, elements)) for each in program.definitions
    )
    declared = tuple(changes.get(each, each) for each in program.declared)
    return Program(declared, definitions, program.results, program.assumptions) if changes else program


def notation_of(network: WrittenNetwork) -> Notation:
    """The worksheet's notation with the document's own spelling of everything."""
    sheet = notation_named("sheet")
    return replace(
        sheet,
        names={**sheet.names, **network.written},
        sample_index=network.sample_index or sheet.sample_index,
        sample_count=network.sample_count or sheet.sample_count,
    )


def _of_function(function: WrittenFunction) -> Program:
    """A function as a program that derives by its variables."""
    from chalkgrad.reading.scalar_functions import renamed

    assert function.definition is not None
    variables = {each.name: Tensor(each.name, (), Role.PARAMETER) for each in function.variables}
    result = Tensor(function.name)
    body = renamed(function.definition, variables)
    return Program(tuple(variables.values()), (Definition(result, (), body),), (result,))
