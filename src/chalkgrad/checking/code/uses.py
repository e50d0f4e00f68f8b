"""How a file itself calls one of its functions: the statements before the call, and the loss that is computed there.

The function in which it is called, or the file, is cut down to what the call and the loss need: statements that prepare
(parameters, objects, data) and, from the innermost loop around the call on, those of one step.
"""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.source import Function, Source, bound, free

LOSS, GRADIENTS = "chalkgrad_loss", "chalkgrad_gradients"
_LOSS = re.compile(
    r"(?:^|_)(?:\w*loss(?:es)?|costs?|j|error|err|nll|mse|bce|cross_?entropy\w*|objective|sse)(?:_|\d|$)", re.I
)
_TELLING = frozenset({"plot", "write", "set_description", "legend", "show"})
_PREPARING = re.compile(
    r"init|param|weight|rand|zeros|ones|normal|array|load|data|split|shape|seed|copy|arange|linspace|eye|^[A-Z]"
)
_MOST = 6
_LARGE, _SMALL = 16, (5, 6, 7, 8, 9, 11)


@dataclass(frozen=True)
class Use:
    """A call of a function in its own file, as statements that can be run.

    `prepared` come before the step, `before` are those of the step, `call` is the one with the call, which gives
    `GRADIENTS`; `loss` gives `LOSS`. `given` are the names that nothing in the file gives a value. `own` tells that the
    statements stand in no function: their names are those of the file.
    """

    line: int
    prepared: tuple[ast.stmt, ...]
    before: tuple[ast.stmt, ...]
    loss: ast.stmt | None
    call: ast.stmt
    names: tuple[str, ...]
    given: tuple[str, ...]
    own: bool
    owner: str = ""

    @property
    def statements(self) -> tuple[ast.stmt, ...]:
        """All of them, in order."""
        return (*self.prepared, *self.before, *([self.loss] if self.loss is not None else []), self.call)

    def smaller(self) -> Use | None:
        """The use with small numbers for large ones, the same for the same, where the file has sizes such as 784."""
        large = {each.value for part in self.statements for each in ast.walk(part)
                 if isinstance(each, ast.Constant) and type(each.value) is int and each.value >= _LARGE}  # fmt: skip
        small = dict(zip(sorted(large), _SMALL, strict=False))
        if not small or len(large) > len(_SMALL):
            return None

        def shrunk(statement: ast.stmt) -> ast.stmt:
            made = copy.deepcopy(statement)
            for each in ast.walk(made):
                if isinstance(each, ast.Constant) and type(each.value) is int:
                    each.value = small.get(each.value, each.value)
            return made

        loss = shrunk(self.loss) if self.loss is not None else None
        return replace(self, prepared=tuple(map(shrunk, self.prepared)), before=tuple(map(shrunk, self.before)),
                       loss=loss, call=shrunk(self.call))  # fmt: skip

    def without(self, number: int) -> Use | None:
        """The use in which what a preparing statement gives is given from outside; None where it is none of these."""
        if number >= len(self.prepared):
            return None
        lost = bound(self.prepared[number])
        kept = tuple(each for each in self.prepared if not bound(each) <= lost)
        read = {
            name
            for each in (*kept, *self.before, self.call, *([self.loss] if self.loss else []))
            for name in free(each)
        }
        given = tuple(dict.fromkeys((*self.given, *(name for name in sorted(lost) if name in read))))
        return Use(self.line, kept, self.before, self.loss, self.call, self.names, given, self.own, self.owner)

    def is_call(self, call: str) -> bool:
        """Whether a person means this call: it has the same function and arguments."""
        node = self.call.value if isinstance(self.call, ast.Assign) else None
        try:
            meant = ast.parse(call.strip(), mode="eval").body
        except SyntaxError:
            return False
        if not (isinstance(node, ast.Call) and isinstance(meant, ast.Call)):
            return False
        return list(map(ast.unparse, node.args)) == list(map(ast.unparse, meant.args))

    def with_given(self, names: Sequence[str]) -> Use:
        """The use in which names are given from outside, also where the file makes them."""
        found = self
        for name in names:
            made = next((k for k, each in enumerate(found.prepared) if name in bound(each)), None)
            shorter = found.without(made) if made is not None else None
            found = shorter if shorter is not None else found
        return found


@dataclass
class _Scope:
    """Where a call stands: the statements around it, outermost first, each block up to the one that holds the call."""

    function: Function | None
    owner: ast.ClassDef | None
    blocks: list[tuple[list[ast.stmt], int, ast.stmt | None]] = field(default_factory=list)


def uses_of(source: Source, name: str) -> Iterator[Use]:
    """The uses of a function or method in its file, those with a loss first."""
    *owner, called = name.split(".")
    found = []
    for scope, statement, call in _calls(source, called, bool(owner)):
        if scope.function is not None and scope.function.name == called:
            continue
        found += list(_use(source, scope, statement, call, owner[0] if owner else ""))
        if len(found) > _MOST:
            break
    different = {"\n".join(map(ast.unparse, use.statements)): use for use in found}
    yield from sorted(different.values(), key=lambda use: use.loss is None)


def _calls(source: Source, called: str, method: bool) -> Iterator[tuple[_Scope, ast.stmt, ast.Call]]:
    """The statements that call a function by its name, or an object's method."""

    def is_it(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        func = node.func
        return isinstance(func, ast.Attribute) and func.attr == called if method else (
            isinstance(func, ast.Name) and func.id == called)  # fmt: skip

    def inside(body: list[ast.stmt], scope: _Scope) -> Iterator[tuple[_Scope, ast.stmt, ast.Call]]:
        for number, each in enumerate(body):
            around = [*scope.blocks, (body, number, None)]
            if isinstance(each, Function):
                yield from inside(each.body, _Scope(each, scope.owner))
            elif isinstance(each, ast.ClassDef):
                yield from inside(each.body, _Scope(None, each))
            elif isinstance(each, ast.For | ast.While | ast.If | ast.With | ast.Try):
                for part in ("body", "orelse", "finalbody"):
                    nested = _Scope(scope.function, scope.owner, [*scope.blocks, (body, number, each)])
                    yield from inside(getattr(each, part, []), nested)
            else:
                call = next((node for node in ast.walk(each) if is_it(node)), None)
                if isinstance(call, ast.Call):
                    yield _Scope(scope.function, scope.owner, around), each, call

    yield from inside(source.tree.body, _Scope(None, None))


def _use(source: Source, scope: _Scope, statement: ast.stmt, call: ast.Call, owner: str) -> Iterator[Use]:
    prepared, before = _linear(scope)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and statement.value is call else None
    names = _target_names(target)
    given = ast.Assign([ast.Name(GRADIENTS, ast.Store())], call)
    for loss in [*_losses(source, scope, statement, names, owner), None][:3]:
        if loss is None and not any(_LOSS.search(name) for name in names[:1]):
            continue
        need = free(call) | (free(loss) if loss is not None else set())
        step, need = _sliced(before, need)
        made = None if loss is None else _placed(ast.Assign([ast.Name(LOSS, ast.Store())], loss), statement)
        start, need = _sliced(prepared, need)
        start = [*_defaults(scope, need), *start]
        if "self" in need and scope.owner is not None:
            start = [*_made(source, scope.owner), *start]
            need = {*need - {"self"}, *(name for each in start for name in free(each))}
        defined = {name for each in (*start, *step) for name in bound(each)}
        in_file = {name for each in source.tree.body for name in bound(each)} | _builtins()
        arguments = _arguments(scope.function)
        called = {ast.unparse(node.func) for each in (*start, *step, *filter(None, (made, given)))
                  for node in ast.walk(each) if isinstance(node, ast.Call)}  # fmt: skip
        unknown = sorted(name for name in need - defined if name in arguments or name not in in_file)
        if called & set(unknown) - arguments:
            continue  # a function that is not there
        yield Use(statement.lineno, tuple(start), tuple(step), made, _placed(given, statement), names, tuple(unknown),
                  scope.function is None, owner)  # fmt: skip


def _arguments(function: Function | None) -> set[str]:
    return (
        {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)} if function is not None else set()
    )


def _builtins() -> set[str]:
    return {*dir(builtins), "xrange"}


def _placed(made: ast.stmt, like: ast.AST) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(made, like))


def _target_names(target: ast.expr | None) -> tuple[str, ...]:
    if isinstance(target, ast.Tuple | ast.List):
        return tuple(ast.unparse(each).rpartition(".")[2] for each in target.elts)
    return (ast.unparse(target).rpartition(".")[2],) if target is not None else ()


def _linear(scope: _Scope) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements before the call, one after the other: those before its innermost loop, and those of the loop.

    Of a loop around the call one round is taken. Where there is none, the step begins where something else is computed
    than parameters, objects and data.
    """
    prepared: list[ast.stmt] = []
    current: list[ast.stmt] = []
    looped = False
    for body, number, around in scope.blocks:
        current += body[:number]
        if isinstance(around, ast.For | ast.While):
            looped = True
            prepared += current
            current = []
            if isinstance(around, ast.For):
                first = ast.Call(
                    ast.Name("next", ast.Load()), [ast.Call(ast.Name("iter", ast.Load()), [around.iter], [])], []
                )
                prepared.append(_placed(ast.Assign([around.target], first), around))
    if not looped:
        begin = next((k for k, each in enumerate(current) if not _prepares(each)), len(current))
        prepared, current = current[:begin], current[begin:]
    return prepared, current


def _prepares(statement: ast.stmt) -> bool:
    """Whether a statement makes data, parameters or objects: literals, sizes, `init_params(…)`, `Net(…)`."""
    if isinstance(statement, Function | ast.ClassDef | ast.Import | ast.ImportFrom):
        return True
    calls = [ast.unparse(each.func).split(".")[-1] for each in ast.walk(statement) if isinstance(each, ast.Call)]
    return all(
        _PREPARING.search(each) or each in ("len", "range", "int", "float", "list", "print", "reshape")
        for each in calls
    )


def _sliced(statements: Sequence[ast.stmt], need: set[str]) -> tuple[list[ast.stmt], set[str]]:
    """The statements that give the names that are needed, and the names that they need in turn."""
    kept: list[ast.stmt] = []
    need = set(need)
    for each in reversed(statements):
        if isinstance(each, Function | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Return | ast.Global):
            continue
        gives = bound(each) & need
        if not gives and not _acts_on(each, need):
            continue
        kept.insert(0, each)
        whole = isinstance(each, ast.Assign) and all(
            isinstance(t, ast.Name | ast.Tuple | ast.List) for t in each.targets
        )
        need = (need - gives if whole else need) | free(each) - ({*bound(each)} - free_values(each) if whole else set())
    return kept, need


def free_values(statement: ast.stmt) -> set[str]:
    """The names that the right side of an assignment reads."""
    return free(statement.value) if isinstance(statement, ast.Assign) else free(statement)


def _acts_on(statement: ast.stmt, need: set[str]) -> bool:
    """Whether a call alone, also within a loop, changes something that is needed: `net.forward(x)`; not `print(x)`."""
    for each in ast.walk(statement):
        if (
            isinstance(each, ast.Expr)
            and isinstance(each.value, ast.Call)
            and isinstance(each.value.func, ast.Attribute)
        ):
            root: ast.expr = each.value.func
            while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name) and root.id in need and each.value.func.attr not in _TELLING:
                return True
    return False


def _losses(
    source: Source, scope: _Scope, statement: ast.stmt, names: tuple[str, ...], owner: str
) -> Iterator[ast.expr]:
    """What may be the loss: a value of such a name, what a function of such a name gives, or one of the file's."""
    if names and _LOSS.search(names[0]):
        return
    top = scope.blocks[0][0]
    every = [node for each in top if not isinstance(each, Function | ast.ClassDef) for node in ast.walk(each)]
    near = sorted(
        (node for node in every if hasattr(node, "lineno")), key=lambda node: abs(node.lineno - statement.lineno)
    )
    for node in near:
        if (
            isinstance(node, ast.Assign)
            and node is not statement
            and _is_loss(node.targets[0])
            and _computes(node.value)
        ):
            yield node.value
    for node in near:
        if isinstance(node, ast.Call) and _is_loss(node.func):
            yield node
    names_there = {name for block, number, _ in scope.blocks for each in block[:number] for name in bound(each)}
    names_there |= (
        {each.arg for each in ast.walk(scope.function.args) if isinstance(each, ast.arg)} if scope.function else set()
    )
    known = {bare(name): name for name in sorted(names_there)}
    for each in source.tree.body:
        if (
            isinstance(each, Function)
            and _LOSS.search(each.name)
            and not re.search(r"grad|prime|deriv|back", each.name)
        ):
            needed = [one.arg for one in each.args.args[: len(each.args.args) - len(each.args.defaults)]]
            if needed and set(map(bare, needed)) <= set(known):
                given = [ast.Name(known[bare(one)], ast.Load()) for one in needed]
                yield ast.Call(ast.Name(each.name, ast.Load()), list[ast.expr](given), [])


def _is_loss(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List) and node.elts:
        node = node.elts[0]
    name = ast.unparse(node).split("(")[0].split("[")[0].split(".")[-1]
    return bool(_LOSS.search(name)) and not re.search(r"grad|prime|deriv|backward|^d_?[A-Z]|_history|_list", name)


def _computes(value: ast.expr) -> bool:
    return any(isinstance(each, ast.Call | ast.BinOp) for each in ast.walk(value))


def _defaults(scope: _Scope, need: set[str]) -> list[ast.stmt]:
    """What the arguments of the function around the call are by default."""
    if scope.function is None:
        return []
    given = scope.function.args
    plain = [*given.posonlyargs, *given.args]
    pairs = list(zip(plain[len(plain) - len(given.defaults) :], given.defaults, strict=True))
    pairs += [
        (each, value) for each, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value is not None
    ]
    return [_placed(ast.Assign([ast.Name(each.arg, ast.Store())], value), scope.function) for each, value in pairs
            if each.arg in need]  # fmt: skip


def _made(source: Source, owner: ast.ClassDef) -> list[ast.stmt]:
    """How the file makes an object of a class, else by its constructor's arguments, which are given."""
    methods = source.methods(owner)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == owner.name:
            if all(isinstance(each, ast.Constant | ast.List | ast.Tuple | ast.UnaryOp) for each in
                   (*node.args, *(keyword.value for keyword in node.keywords))):  # fmt: skip
                return [_placed(ast.Assign([ast.Name("self", ast.Store())], node), node)]
    made = methods.get("__init__")
    needed = made.args.args[1 : len(made.args.args) - len(made.args.defaults)] if made is not None else []
    call = ast.Call(ast.Name(owner.name, ast.Load()), [ast.Name(each.arg, ast.Load()) for each in needed], [])
    return [_placed(ast.Assign([ast.Name("self", ast.Store())], call), owner)]
