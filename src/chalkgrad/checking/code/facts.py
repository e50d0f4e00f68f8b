"""What the text of a function tells of how it is called: its arguments, how each is taken apart, what it returns."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from chalkgrad.checking.code.names import is_decorated
from chalkgrad.checking.code.source import Function, free

Name: TypeAlias = str


@dataclass(frozen=True)
class Usage:
    """How a function takes a value apart.

    `keys` are the constant keys it is asked for, `computed` tells that others are computed (`"W" + str(l)`), `unpacked`
    the names it is unpacked into, `places` the numbers of items; `flat` tells that it is cut into pieces and reshaped.
    `axes` are how many axes it has at least, and at most, as far as its shape or its indices say; `index` tells that
    it is an index of another array, `share` that it lies between 0 and 1: it is clipped to that, or the logarithm of
    what it leaves of 1 is taken. `written` are expressions of the file that may be given for it: functions, objects.
    """

    keys: tuple[str, ...] = ()
    computed: bool = False
    unpacked: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    flat: bool = False
    attributes: tuple[str, ...] = ()
    axes: tuple[int, int] = (0, 99)
    index: bool = False
    share: bool = False
    texts: tuple[str, ...] = ()
    listed: bool = False
    unread: bool = False
    written: tuple[str, ...] = ()


@dataclass(frozen=True)
class Argument:
    """An argument of a function; a `spread` one is `*args`, a `named` one stands after the star.

    `by_default` is the text of its default; a `constant` one is not differentiated.
    """

    name: Name
    required: bool
    usage: Usage
    spread: bool = False
    named: bool = False
    by_default: str = ""
    constant: bool = False


@dataclass(frozen=True)
class Facts:
    """A function's arguments, the names of what it returns in order, and the names that it reads from outside."""

    name: Name
    arguments: tuple[Argument, ...]
    returned: tuple[str, ...]
    outside: frozenset[str]
    line: int

    @property
    def required(self) -> list[Argument]:
        """The arguments without a default."""
        return [each for each in self.arguments if each.required]


def facts_of(function: Function, *, method: bool = False) -> Facts:
    """What a function's text tells; of a method without its first argument.

    >>> facts = facts_of(ast.parse("def f(params, x): W, b = params; return dW, db").body[0])
    >>> facts.arguments[0].usage.unpacked, facts.returned
    (('W', 'b'), ('dW', 'db'))
    """
    given = function.args
    static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
    plain = [*given.posonlyargs, *given.args]
    defaults = dict(zip([each.arg for each in plain[len(plain) - len(given.defaults) :]],
                        map(ast.unparse, given.defaults), strict=True))  # fmt: skip
    plain = plain[1:] if method and not static else plain
    found = [Argument(each.arg, each.arg not in defaults, usage(function, each.arg),
                      by_default=defaults.get(each.arg, "")) for each in plain]  # fmt: skip
    if given.vararg is not None:
        found.append(Argument(given.vararg.arg, False, usage(function, given.vararg.arg), spread=True))
    for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append(Argument(each.arg, default is None, usage(function, each.arg), named=True))
    return Facts(function.name, tuple(found), _returned(function), frozenset(free(function)), function.lineno)


def usage(function: ast.AST, name: str) -> Usage:
    """How a name, which may be dotted (`self.weights`), is taken apart within a function."""
    keys: dict[str, None] = {}
    places: dict[int, None] = {}
    attributes: dict[str, None] = {}
    unpacked: tuple[str, ...] = ()
    computed = flat = index_of = False
    in_order = sorted(ast.walk(function), key=lambda each: (getattr(each, "lineno", 0), getattr(each, "col_offset", 0)))
    for node in in_order:
        match node:
            case ast.Subscript(value=value, slice=index) if _is(value, name):
                match index:
                    case ast.Constant(value=str() as key):
                        keys[key] = None
                    case ast.Constant(value=int() as place):
                        places[place] = None
                    case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as place)):
                        places[-place] = None
                    case ast.Slice():
                        flat = True
                    case ast.BinOp() | ast.JoinedStr():
                        computed = computed or _is_text(index)
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=str() as key), *_]) if (
                _is(value, name)
            ):
                keys[key] = None
            case ast.Assign(targets=[ast.Tuple() | ast.List() as names], value=value) if _is(value, name):
                unpacked = tuple(ast.unparse(each) for each in names.elts)
            case ast.Attribute(value=value, attr=attribute) if _is(value, name):
                attributes[attribute] = None
        if isinstance(node, ast.Subscript) and _is(node.slice, name) and not _is(node.value, name):
            index_of = True
    flat = flat or "reshape" in attributes
    listed = f"len({name})" in ast.unparse(function)
    unread = not any(isinstance(node, ast.expr) and _is(node, name) for node in in_order)
    return Usage(
        tuple(keys), computed, unpacked, tuple(places), flat, tuple(attributes), axes_of(function, name), index_of,
        _is_share(function, name), texts_of(function, name), listed, unread
    )  # fmt: skip


def texts_of(function: ast.AST, name: str) -> tuple[str, ...]:
    """The words that a value is compared with: `mode == "train"`, `kind in ("relu", "tanh")`, `{"relu": f}[kind]`.

    >>> texts_of(ast.parse("if a == 'tanh' or a in ['relu', 'elu']: pass"), "a")
    ('tanh', 'relu', 'elu')
    """
    found: dict[str, None] = {}
    for node in ast.walk(function):
        match node:
            case ast.Compare(left=left, comparators=[right]) if _is(left, name):
                each = _listed(function, right)
            case ast.Subscript(value=held, slice=index) if _is(index, name):
                each = _listed(function, held)
            case ast.Call(func=ast.Attribute(value=held, attr="get"), args=[index, *_]) if _is(index, name):
                each = _listed(function, held)
            case _:
                continue
        found |= {one.value: None for one in each if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return tuple(found)


def _listed(tree: ast.AST, node: ast.expr) -> Sequence[ast.expr]:
    """The entries of a list or a dictionary's keys, also of one that has a name in the tree; else the node itself."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = ast.unparse(node).rpartition(".")[2]
        for each in ast.walk(tree):
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]).rpartition(".")[2] == name:
                node = each.value
    match node:
        case ast.List(elts=entries) | ast.Tuple(elts=entries) | ast.Set(elts=entries):
            return entries
        case ast.Dict(keys=keys):
            return [key for key in keys if key is not None]
        case _:
            return [node]


def _is_share(function: ast.AST, name: str) -> bool:
    """Whether a value is meant to lie between 0 and 1, as a probability does."""
    text = ast.unparse(function).replace("self.", "")
    one, held = r"1(?:\.0*)?", re.escape(name.removeprefix("self."))
    return bool(re.search(rf"clip\({held}, [\w.-]+, {one} - |log\({one} - {held}\b", text))


def axes_of(function: ast.AST, name: str) -> tuple[int, int]:
    """How many axes an array has at least, and at most: `n, c, h, w = x.shape`, `x.shape[2]`, `x[:, :, i]`."""
    least, most = 0, 99
    text = ast.unparse(function)
    if f"{name}.ndim" in text or f"{name}.dim()" in text or f"len({name}.shape)" in text:
        return 0, 99  # it takes several kinds
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=each)], value=ast.Attribute(value=value, attr="shape")) if _is(
                value, name
            ):
                starred = any(isinstance(one, ast.Starred) for one in each)
                least, most = max(least, len(each) - starred), most if starred else min(most, len(each))
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="shape"), slice=ast.Constant(value=int() as place)
            ):
                least = max(least, place + 1) if _is(value, name) else least
            case ast.Call(func=ast.Attribute(value=value, attr="transpose" | "permute"), args=[_, _, *_] as each) if (
                _is(value, name)
            ):
                if len(each) > 2:
                    least, most = max(least, len(each)), min(most, len(each))
            case ast.Subscript(value=value, slice=ast.Tuple(elts=each)) if _is(value, name):
                extra = sum(1 for one in each if isinstance(one, ast.Constant | ast.Attribute)
                            and not isinstance(getattr(one, "value", ""), int))  # fmt: skip
                least = max(least, len(each) - extra)
    return (least, most) if least <= most else (0, 99)


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) == name


def _is_text(node: ast.expr) -> bool:
    return any(isinstance(each, ast.JoinedStr | ast.Constant) and not isinstance(getattr(each, "value", ""), int)
               for each in ast.walk(node))  # fmt: skip


def _returned(function: Function) -> tuple[str, ...]:
    """The names of what the last `return` gives; "" where an entry has none."""
    scopes = [each for each in ast.walk(function) if each is not function and isinstance(each, Function | ast.Lambda)]
    inner = {id(each) for scope in scopes for each in ast.walk(scope)}
    returns = [each for each in ast.walk(function) if isinstance(each, ast.Return) and id(each) not in inner]
    returns = [each for each in returns if each.value is not None]
    if not returns:
        return ()
    last = max(returns, key=lambda each: each.lineno)
    assert last.value is not None
    return tuple(_entry(each) for each in _entries(function, last.value))


def _entries(function: Function, value: ast.expr) -> list[ast.expr]:
    """The entries of a returned tuple or list, also where it was given a name before, and where it is concatenated."""
    if isinstance(value, ast.Name):
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == [value.id]:
                if isinstance(node.value, ast.Tuple | ast.List) and node.value.elts:
                    return _entries(function, node.value)
    if isinstance(value, ast.Tuple | ast.List):
        return list(value.elts)
    return [value]


def _entry(value: ast.expr) -> str:
    """The name of an entry, or the one gradient in it: of `dW / m` it is dW, of `x**3` nothing."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.BinOp():
            names = [name for side in (value.left, value.right) if (name := _entry(side)) and is_decorated(name)]
            return names[0] if len(names) == 1 else ""
        case ast.Call(func=ast.Attribute(value=inner, attr="reshape" | "ravel" | "flatten" | "copy" | "squeeze")):
            return _entry(inner)
        case _:
            return ""
