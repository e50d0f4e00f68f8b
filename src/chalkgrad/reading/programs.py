"""Programs and functions written as plain text."""

from __future__ import annotations

import re

from chalkgrad.errors import ProgramError, ReadingError
from chalkgrad.language import Axis, Definition, Program, Role, Tensor, tensors_in, validate
from chalkgrad.language.programs import Assumption
from chalkgrad.page.limits import LONGEST_PROGRAM, check_length
from chalkgrad.page.spelling import plain_name
from chalkgrad.reading.plain import PlainReader
from chalkgrad.reading.plain_names import PlainNames

_AXIS = re.compile(r"axis\s+(?P<name>[^\W\d]\w*'*)\s*:\s*(?P<size>\w+'*)$")
_DECLARED = re.compile(r"(?P<role>input|target|parameter)\s+(?P<name>[^\W\d][\w']*)\s*(\[(?P<axes>[\w', ]*)\])?$")
_RESULT = re.compile(r"result\s+(?P<names>.+)$")
_FUNCTION = re.compile(r"\s*(?P<name>[^\W\d]\w*)\s*(\((?P<inputs>[\w\s,]*)\))?\s*=(?!=)")
_LEFT = re.compile(r"\s*(?P<name>[^\W\d][\w']*)\s*\[(?P<axes>[\w', ]*)\]\s*=(?!=)")
_ADJOINT = re.compile(r"d(?P<of>.+)_d(?P<wrt>.+)$")


def read_program(text: str) -> Program:
    """The program that the text is, in the form that `program_text` prints.

    One line is one declaration (`axis i: 3`, `input x[i]`, `target y`, `parameter W[i,j]`), assumption, definition
    (`h[j] = relu(sum(i, x[i]*W[i,j]))`) or `result L`; `#` begins a comment. Names that are not declared become inputs,
    and without a result the last definition is the result.

    Raises `ReadingError` with the line, and `UnknownNameError` for a function that is not known.

    >>> print(read_program("a = x + 1\\ny = a^2"))
    input x
    a = x + 1
    y = a^2
    result y
    """
    check_length(text, LONGEST_PROGRAM)
    return _ProgramReader(text).program()


def read_function(text: str) -> Program:
    """A scalar function as a program: its free names, in order of first use, are inputs; its value is named `f`.

    `f(x, y) = …` names the function and its inputs, in that order.

    >>> print(read_function("(1-x^3) + 100*(y^2-x)^2"))
    input x
    input y
    f = 1 - x^3 + 100*(y^2 - x)^2
    result f
    """
    head = _FUNCTION.match(text)
    body_text = text if head is None else " " * head.end() + text[head.end() :]
    reader = PlainReader(PlainNames(body_text, role=Role.INPUT, whole=text))
    body = reader.expression()
    if body.free:
        names = ", ".join(sorted(axis.name for axis in body.free))
        raise ReadingError(f"the index {names} is neither summed nor fixed", text=text, expected="a single number")
    name = plain_name(head["name"]) if head else "f"
    used = tensors_in(body)
    order = [plain_name(part.strip()) for part in (head["inputs"] or "").split(",") if part.strip()] if head else []
    named = [next((tensor for tensor in used if tensor.name == part), Tensor(part, (), Role.INPUT)) for part in order]
    declared = tuple(dict.fromkeys((*named, *used)))
    while any(tensor.name == name for tensor in declared):
        name += "_value"
    value = Tensor(name)
    return Program(declared, (Definition(value, (), body),), (value,))


class _ProgramReader:
    """A program being read, line by line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.axes: dict[str, Axis] = {}
        self.declared: list[Tensor] = []
        self.defined: list[Definition] = []
        self.results: list[str] = []
        self.assumptions: list[Assumption] = []
        self.tensors: dict[str, Tensor] = {}
        lefts = (found for line in text.splitlines() if (found := _LEFT.match(line)))
        self.lefts = {plain_name(left["name"]): left["axes"].replace(" ", "").split(",") for left in lefts}

    def program(self) -> Program:
        lines = self.text.splitlines()
        for place, line in enumerate(lines, start=1):
            content, _, comment = line.partition("#")
            if content.strip():
                self._line(content.rstrip(), comment.strip(), place)
        if not self.defined:
            raise ReadingError("there is no definition", line=max(1, len(lines)), expected="name = expression")
        names = self.results or [self.defined[-1].tensor.name]
        results = tuple(self._result(name, lines) for name in names)
        program = Program(tuple(self.declared), tuple(self.defined), results, tuple(self.assumptions))
        try:
            validate(program, parts=True)
        except ProgramError as problem:
            raise ReadingError(str(problem), line=len(lines), text=self.text) from None
        return program

    def _result(self, name: str, lines: list[str]) -> Tensor:
        if name not in self.tensors:
            raise ReadingError(f"the result '{name}' is not defined", line=len(lines), text=self.text)
        return self.tensors[name]

    def _line(self, line: str, comment: str, place: int) -> None:
        stripped = line.strip()
        if found := _AXIS.match(stripped):
            size = found["size"]
            if size.isdecimal() and not 0 < int(size[:12]) < 10**9:
                raise ReadingError(
                    f"an axis of size {size}", line=place, text=self.text, expected="a size of 1 or more"
                )
            self.axes[found["name"]] = Axis(found["name"], int(size) if size.isdecimal() else size)
        elif found := _DECLARED.match(stripped):
            names = [name.strip() for name in (found["axes"] or "").split(",") if name.strip()]
            axes = tuple(self.axes.setdefault(name, Axis(name, name)) for name in names)
            self._declare(Tensor(plain_name(found["name"]), axes, Role(found["role"])), place)
        elif found := _RESULT.match(stripped):
            self.results += [plain_name(name.strip()) for name in found["names"].split(",")]
        elif stripped.startswith("assume "):
            reader = PlainReader(self._names(line.replace("assume", " " * 6, 1), place))
            self.assumptions.append(Assumption(*reader.assumption(), comment))
        else:
            self._define(line, place)

    def _names(self, line: str, place: int) -> PlainNames:
        names = PlainNames(line, None, self.axes, place, self.text, Role.INPUT)
        names.tensors.update(self.tensors)
        return names

    def _to_come(self, names: PlainNames) -> None:
        """Makes known what is defined in this line and later, for recurrences: its axes go by its indices."""
        names.axes = self.axes | names.axes
        for name, indices in self.lefts.items():
            if name not in self.tensors and all(indices) and re.search(rf"\b{re.escape(name)}\s*\[", names.text):
                names.tensors[name] = self._tensor(name, tuple(names.axis(index) for index in indices))

    def _tensor(self, name: str, axes: tuple[Axis, ...]) -> Tensor:
        adjoint = _ADJOINT.match(name)
        if adjoint and adjoint["of"] in self.tensors and adjoint["wrt"] in self.tensors:
            return Tensor(name, axes, Role.ADJOINT, adjoint["of"], adjoint["wrt"])
        return Tensor(name, axes)

    def _declare(self, tensor: Tensor, place: int) -> None:
        if tensor.name in self.tensors:
            raise ReadingError(f"'{tensor.name}' is declared twice", line=place, text=self.text)
        self.declared.append(tensor)
        self.tensors[tensor.name] = tensor

    def _define(self, line: str, place: int) -> None:
        names = self._names(line, place)
        if "[" in line:
            self._to_come(names)
        name, indices, body = PlainReader(names).equation()
        for tensor in names.tensors.values():
            if tensor.name not in self.tensors and tensor.name not in self.lefts:
                self._declare(tensor, place)
        if name in self.tensors:
            raise ReadingError(f"'{name}' is defined twice", line=place, text=self.text)
        self.axes.update(names.axes)
        axes = tuple(names.axis(index) for index in indices)
        tensor = self._tensor(name, axes)
        self.tensors[name] = tensor
        self.defined.append(Definition(tensor, axes, body))
