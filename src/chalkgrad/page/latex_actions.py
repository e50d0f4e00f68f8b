r"""What the tokenizer does at each kind of command: one small function for each kind of the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from lark import Token

from chalkgrad.page import latex_commands as commands
from chalkgrad.page.latex_environments import COLUMNS, IGNORED, table_kind
from chalkgrad.page.latex_fonts import font, switch
from chalkgrad.page.latex_scanner import Scanner

Action: TypeAlias = Callable[[Scanner, str, str, int], None]

_WIDE = re.compile(r"(?P<size>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>[a-z]+)")
_WIDE_IN = {"cm": 0.5, "em": 0.9, "in": 0.2, "pt": 9.0, "mm": 5.0, "px": 12.0, "ex": 2.0, "mu": 16.0}
_DELIMITER = re.compile(r"\\\\?(?P<command>[A-Za-z]+|[{}|])|(?P<character>[()\[\]|/<>.])")
_DELIMITERS = {"(": ("OPEN", "("), ")": ("CLOSE", "("), "[": ("OPEN", "["), "]": ("CLOSE", "["), "|": ("BAR", "|"),
               "<": ("OPEN", r"\langle"), ">": ("CLOSE", r"\langle")}  # fmt: skip
_LIMITED = re.compile(r"\\?(?:arg|max|min|sup|inf|lim|argmax|argmin|math\w+\{E\}|E)")
_PLACING = re.compile(r"\s*\[[tbclrTB]{1,2}\]")
_UPDATE = re.compile(r"\s*\{\s*([-+:])\s*\}\s*=")
_INVERSE = re.compile(r"-\s*(?:1|T|\\top)")
_ORDER = re.compile(r"\d{1,2}|n")
_VERBATIM = re.compile(r"\*?(?P<mark>[^A-Za-z\s])(?P<content>.*?)(?P=mark)")


def _symbol(scanner: Scanner, name: str, value: str, start: int) -> None:
    if name in ("Sigma", "Pi") and _has_limits(scanner, both=name == "Sigma"):
        scanner.emit("BIG", name, start)
        return
    if name == "max":
        scanner.skip_space()
        if scanner.starts("_"):
            scanner.emit("BIG", name, start)
            return
    scanner.emit("WORD", f"\\{name}", start)


def _has_limits(scanner: Scanner, *, both: bool) -> bool:
    r"""Whether an index stands below a sign, also after what stands above it.

    Of `\Sigma_1` and `\Sigma_k^{-1}` none does: a number alone is no index, and no sum ends at an inverse.
    """
    scanner.skip_space()
    if not both:
        return scanner.starts("_")
    here, found = scanner.place, {"_": "", "^": ""}
    while mark := next((mark for mark, script in found.items() if not script and scanner.starts(mark)), ""):
        scanner.place += 1
        start, end = scanner.raw_argument()
        found[mark] = scanner.text[start:end].strip() or " "
        scanner.skip_space()
    scanner.place = here
    return bool(found["_"]) and not (found["_"].isdigit() or _INVERSE.fullmatch(found["^"]))


def _emitting(kind: str) -> Action:
    def action(scanner: Scanner, name: str, value: str, start: int) -> None:
        scanner.emit(kind, value or f"\\{name}", start)

    return action


def _over_relation(scanner: Scanner, name: str, value: str, start: int) -> None:
    """An arrow with words over it, which are a note."""
    scanner.optional()
    words = scanner.raw()
    scanner.emit("RELATION", value, start)
    if words:
        scanner.remark("note", words, start)


def _plus_minus(scanner: Scanner, name: str, value: str, start: int) -> None:
    scanner.emit("SIGN", "±" if name == "pm" else "∓", start)


def _big(scanner: Scanner, name: str, value: str, start: int) -> None:
    scanner.emit("BIG", name, start)


def _fraction(scanner: Scanner, name: str, value: str, start: int) -> None:
    scanner.emit("FRACTION", "\\frac", start)
    scanner.argument("\\frac")
    scanner.argument("\\frac")


def _binomial(scanner: Scanner, name: str, value: str, start: int) -> None:
    scanner.emit("WORD", r"\binom", start)
    scanner.emit("OPEN", "(", start)
    scanner.argument(f"\\{name}")
    scanner.emit("COMMA", ",", scanner.place)
    scanner.argument(f"\\{name}")
    scanner.emit("CLOSE", "(", scanner.place)


def _derivative(scanner: Scanner, name: str, sign: str, start: int) -> None:
    r"""`\pdv{L}{w}`, `\pdv{w}`, `\pdv[2]{L}{w}`, `\pdv{L}{u}{v}`: the fraction that it stands for."""
    if scanner.starts("*"):
        scanner.place += 1
    order = scanner.optional()
    arguments: list[tuple[int, int]] = []
    while len(arguments) < 3 and scanner.skip_space() and scanner.starts("{") and scanner.place in scanner.closing:
        arguments.append(scanner.raw_argument())
    if not arguments:
        _unknown(scanner, name, "", start)
        return
    above, below = (arguments[0], arguments[1:]) if len(arguments) > 1 else (None, arguments)
    power = scanner.text[order[0] : order[1]].strip() if order else ""
    scanner.emit("FRACTION", "\\frac", start)
    scanner.emit("BEGIN", "{", start)
    scanner.emit("WORD", sign, start)
    if _ORDER.fullmatch(power):
        _power(scanner, power, start)
    if above:
        scanner.inside(*above)
    scanner.emit("END", "}", start)
    scanner.emit("BEGIN", "{", start)
    for each in below:
        scanner.emit("WORD", sign, start)
        scanner.inside(*each)
        if _ORDER.fullmatch(power) and len(below) == 1:
            _power(scanner, power, start)
    scanner.emit("END", "}", start)


def _power(scanner: Scanner, power: str, start: int) -> None:
    scanner.emit("ABOVE", "^", start)
    scanner.emit("BEGIN", "{", start)
    scanner.emit("NUMBER" if power.isdigit() else "WORD", power, start)
    scanner.emit("END", "}", start)


def _accent(scanner: Scanner, name: str, value: str, start: int) -> None:
    scanner.emit("ACCENT", value, start)
    scanner.argument(f"\\{name}")


def _enclosed(scanner: Scanner, name: str, bracket: str, start: int) -> None:
    r"""`\norm{x}`: an argument in brackets; `\qty(x)` has its own."""
    if scanner.starts("*"):
        scanner.place += 1
    scanner.optional() if not name.startswith(("qty", "set")) else None
    if not scanner.skip_space() or not scanner.starts("{"):
        return
    begin, end = scanner.raw_argument()
    scanner.emit("OPEN", bracket, start)
    scanner.inside(begin, end)
    scanner.emit("CLOSE", bracket, end)


def _size(scanner: Scanner, name: str, value: str, start: int) -> None:
    r"""`\left`, `\right`, `\middle`, `\big` and their like, with the bracket that follows."""
    if not scanner.skip_space():
        return
    found = scanner.matched(_DELIMITER)
    kind, bracket = "", ""
    if found and found["character"]:
        kind, bracket = _DELIMITERS.get(found["character"], ("", found["character"]))
    elif found:
        command = commands.COMMANDS.get(found["command"])
        if command and command.kind in ("open", "close", "bar"):
            kind, bracket = command.kind.upper(), command.value
    if found is None or (not kind and bracket not in (".", "/")):
        return
    scanner.place = found.end()
    if name in ("left", "right"):
        scanner.emit(name.upper(), bracket, start)
    elif name == "middle":
        scanner.emit("RELATION" if kind == "BAR" else "OPERATOR", bracket, start)
    elif kind:
        scanner.emit(kind, bracket, start)
    elif bracket == "/":
        scanner.emit("OPERATOR", bracket, start)


def _space_of(scanner: Scanner, name: str, value: str, start: int) -> None:
    if scanner.starts("*"):
        scanner.place += 1
    found = _WIDE.match(scanner.raw())
    if found and float(found["size"]) >= _WIDE_IN.get(found["unit"], 1.0):
        scanner.emit("BREAK", r"\quad", start)


def _brace(scanner: Scanner, name: str, value: str, start: int) -> None:
    """What stands over or under a brace; the brace's label is a note."""
    scanner.argument(f"\\{name}")
    scanner.skip_space()
    if scanner.starts("_") or scanner.starts("^"):
        scanner.place += 1
        label = scanner.raw()
        if label:
            scanner.remark("note", label, start)


def _stacked(scanner: Scanner, name: str, value: str, start: int) -> None:
    """What stands at the height of the line; what is set over or under it is a script or a note, or changes it."""
    label = scanner.raw_argument()
    if name == "overunderset":
        scanner.raw_argument()
    first = len(scanner.found)
    begin, end = scanner.raw_argument()
    if scanner.depth > 30:
        scanner.problem("brackets are nested too deep", start)
        return
    scanner.depth += 1
    scanner.inside(begin, end)
    scanner.depth -= 1
    found = [token for token in scanner.found[first:] if token.type not in ("NOTE", "GUESS")]
    words = scanner.text[label[0] : label[1]].strip()
    plain = re.sub(r"\\(?:text|mathrm|textrm|mbox|rm|small|scriptsize)\b|[{}\s$]", "", words)
    relation = len(found) == 1 and found[0].type == "RELATION"
    if relation and str(found[0]) == "=" and plain in commands.OVER_RELATION:
        scanner.found[first] = Token("RELATION", commands.OVER_RELATION[plain], start, end_pos=scanner.place)
    elif found and not relation and (found[0].type == "BIG" or _LIMITED.fullmatch(str(found[0]))):
        scanner.emit("BELOW" if name == "underset" else "ABOVE", "_" if name == "underset" else "^", start)
        scanner.emit("BEGIN", "{", start)
        scanner.inside(*label)
        scanner.emit("END", "}", start)
    elif words:
        scanner.remark("note", words, start)


def _stack_of_lines(scanner: Scanner, name: str, value: str, start: int) -> None:
    """Lines one above the other, as parts with commas between."""
    begin, end = scanner.raw_argument()
    first = len(scanner.found)
    scanner.emit("BEGIN", "{", start)
    scanner.inside(begin, end)
    scanner.emit("END", "}", scanner.place)
    for place in range(first, len(scanner.found)):
        token = scanner.found[place]
        if token.type == "NEXT_ROW":
            scanner.found[place] = Token("COMMA", ",", token.start_pos, end_pos=token.end_pos)


def _root(scanner: Scanner, name: str, value: str, start: int) -> None:
    degree = scanner.optional()
    scanner.emit("ROOT_OF" if degree else "ROOT", "\\sqrt", start)
    if degree:
        scanner.emit("BEGIN", "{", degree[0])
        scanner.inside(*degree)
        scanner.emit("END", "}", degree[1])
    scanner.argument("\\sqrt")


def _negated(scanner: Scanner, name: str, value: str, start: int) -> None:
    if not scanner.skip_space() or scanner.starts("\\not"):
        return
    scanner.step(scanner, True)
    token = scanner.found[-1] if scanner.found else None
    if token is not None and token.type in ("RELATION", "BAR"):
        negated = commands.NEGATED.get(str(token), f"¬{token}")
        scanner.found[-1] = Token("RELATION", negated, start, end_pos=scanner.place)


def _environment(scanner: Scanner, name: str, value: str, start: int) -> None:
    which = scanner.raw()
    if name == "end":
        scanner.emit("END_ENVIRONMENT", which, start)
        return
    if which.rstrip("*") in IGNORED:
        end = scanner.text.find(f"\\end{{{which}}}", scanner.place, scanner.end)
        scanner.place = scanner.end if end < 0 else end + len(which) + 6
        scanner.remark("note", which, start)
        return
    if placing := scanner.matched(_PLACING):
        scanner.place = placing.end()
    if which in COLUMNS:
        scanner.raw()
    scanner.emit("BEGIN_ENVIRONMENT", which, start)
    if not table_kind(which):
        scanner.remark("guess", f"the environment '{which[:40]}' is not known", start)


def _verbatim(scanner: Scanner, name: str, value: str, start: int) -> None:
    found = scanner.matched(_VERBATIM)
    if found:
        scanner.place = found.end()
        scanner.emit("TEXT", found["content"].strip() or "verbatim", start)


def _transparent(scanner: Scanner, name: str, how: str, start: int) -> None:
    """A command that changes how things look, not what they are: its arguments are read, dropped or notes."""
    if scanner.starts("*"):
        scanner.place += 1
    update = scanner.matched(_UPDATE) if name in ("mathrel", "mathbin") else None
    if update:
        scanner.place = update.end()
        scanner.emit("RELATION", f"{update[1]}=", start)
        return
    for step in how:
        if step == "o" or (step == "r" and scanner.starts("[")):
            scanner.optional()
        if step == "r":
            scanner.raw()
        elif step == "n":
            words = scanner.raw()
            if words:
                scanner.remark("note", words, start)
        elif step == "a":
            scanner.argument(f"\\{name}")


def _refused(scanner: Scanner, name: str, value: str, start: int) -> None:
    scanner.problem(f"\\{name} is refused: nothing is included, run or redefined", start, "maths")


def _unknown(scanner: Scanner, name: str, value: str, start: int) -> None:
    """A command that nobody knows: it changes how its argument looks, or it is a name."""
    scanner.remark("guess", f"the command \\{name} is not known", start)
    if scanner.starts("*"):
        scanner.place += 1
    if scanner.skip_space() and scanner.starts("{"):
        scanner.argument(f"\\{name}")
    else:
        scanner.emit("WORD", f"\\{name}", start)


def _skip(scanner: Scanner, name: str, value: str, start: int) -> None:
    pass


ACTIONS: dict[str, Action] = {
    "symbol": _symbol,
    "operator": _emitting("OPERATOR"),
    "relation": _emitting("RELATION"),
    "over_relation": _over_relation,
    "plus_minus": _plus_minus,
    "big": _big,
    "fraction": _fraction,
    "binomial": _binomial,
    "derivative": _derivative,
    "accent": _accent,
    "font": font,
    "switch": switch,
    "open": _emitting("OPEN"),
    "close": _emitting("CLOSE"),
    "bar": _emitting("BAR"),
    "enclosed": _enclosed,
    "size": _size,
    "wide_space": _emitting("BREAK"),
    "space_of": _space_of,
    "dots": lambda scanner, name, value, start: scanner.emit("DOTS", "...", start),
    "row": lambda scanner, name, value, start: scanner.emit("NEXT_ROW", r"\\", start),
    "brace": _brace,
    "stacked": _stacked,
    "stack_of_lines": _stack_of_lines,
    "prime": lambda scanner, name, value, start: scanner.emit("PRIME", "'", start),
    "root": _root,
    "degree_root": _symbol,
    "negated": _negated,
    "infix": _emitting("OVER"),
    "environment": _environment,
    "verbatim": _verbatim,
    "lead": lambda scanner, name, value, start: scanner.emit("TEXT", name, start),
    "refused": _refused,
    "skip": _skip,
    "transparent": _transparent,
    "unknown": _unknown,
    "written_below": _skip,
    "written_above": _skip,
}
