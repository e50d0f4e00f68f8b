"""A person's file: its statements, the one that defines what is to be checked, and those that this one needs."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from chalkgrad.checking.code.old_prints import without_old_prints
from chalkgrad.errors import ChalkgradError, EvaluationError, UnknownNameError

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_MOST_FILES = 200  # of a package, in which imports are looked for
_MOST_USERS, _LARGEST_USER = 40, 200_000  # files in which a use is looked for, and bytes of one
_ABOVE = 4  # how many folders above the file's its modules are looked for in
# The names under which modules are usually imported.
_USUAL_NAMES = {
    "np": "numpy", "numpy": "numpy", "math": "math", "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional",
    "jax": "jax", "jnp": "jax.numpy", "scipy": "scipy",
}  # fmt: skip
_ARRAYS = {"numpy", "torch", "jax"}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Source:
    """The text of a Python file, or of a notebook's cells one after the other.

    `cells` are the lines in which a notebook's cells begin, `folder` is where the file stands. `beside` are files that
    use it, whose modules it may need.
    """

    file: str
    text: str
    cells: tuple[int, ...] = ()
    folder: Path = Path()
    beside: tuple[Source, ...] = ()

    @cached_property
    def tree(self) -> ast.Module:
        """The text as statements. Raises `EvaluationError` with the line where it is no Python."""
        try:
            return ast.parse(self.text)
        except SyntaxError as problem:
            where = self.place(problem.lineno or 1)
            raise EvaluationError(f"{self.file} is no Python: SyntaxError: {problem.msg}, {where}") from None

    def place(self, line: int) -> str:
        """A line as a reader finds it: in a notebook within its cell.

        >>> Source("a.ipynb", "x = 1\\ny = 2\\n", cells=(1, 2)).place(2)
        'cell 2, line 1'
        """
        begun = [start for start in self.cells if start <= line]
        return f"cell {len(begun)}, line {line - begun[-1] + 1}" if begun else f"line {line}"

    def line(self, number: int) -> str:
        """The text of a line, without what stands around it."""
        lines = self.text.splitlines()
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""

    def definition(self, name: str) -> ast.stmt:
        """What defines a name of the file, or a method of a class (`Network.backward`); raises `UnknownNameError`."""
        body, found = self.tree.body, None
        for part in name.split("."):
            defined = [each for each in body if part in bound(each)]
            if not defined:
                known = [name for each in self.tree.body for name in _defined(each)]
                raise UnknownNameError(f"function in {self.file} called", name, known)
            named = [each for each in defined if isinstance(each, Function | ast.ClassDef)]
            found = (named or defined)[-1]
            body = found.body if isinstance(found, ast.ClassDef) else []
        assert found is not None
        return found

    def needed(self, *names: str) -> list[int]:
        """Which statements of the file are to be run for names: those that define them, and what they read."""
        statements = self.tree.body
        binds = [bound(each) for each in statements]
        imported = {n for each in statements if isinstance(each, ast.Import | ast.ImportFrom) for n in bound(each)}
        wanted, pending = set(), [name.split(".")[0] for name in names]
        chosen: set[int] = {k for k, each in enumerate(statements) if _always(each)}
        while pending:
            one = pending.pop()
            if one in wanted:
                continue
            wanted.add(one)
            for k, each in enumerate(statements):
                changes = one in binds[k] or (one not in imported and one in _called_upon(each))
                if changes and k not in chosen and not _is_main(each):
                    chosen.add(k)
                    pending += free(each)
        return sorted(chosen)

    def following(self, number: int) -> list[int]:
        """The statements that read, as they run, what one defines, and so must run again when it is another one.

        >>> text = "def rule(x): return x\\nf.defvjp(rule)\\ndef g(x): return rule(x)\\nh = twice(rule)\\n"
        >>> Source("f.py", text).following(0)
        [1, 3]
        """
        changed = bound(self.tree.body[number])
        found = []
        for later in range(number + 1, len(self.tree.body)):
            statement = self.tree.body[later]
            if changed & _read_at_once(statement) and not _is_main(statement):
                found.append(later)
                changed |= bound(statement)
        return found

    @cached_property
    def package(self) -> tuple[str, Path]:
        """The package that relative imports are of, and the folder that it stands in; "" where there are none."""
        levels = [each.level for each in ast.walk(self.tree) if isinstance(each, ast.ImportFrom) and each.level]
        if not levels or len(self.folder.parents) <= max(levels):
            return "", self.folder
        above = [self.folder, *self.folder.parents]
        deep = max(levels)
        while deep < len(above) - 1 and (above[deep] / "__init__.py").is_file():
            deep += 1  # what is imported may import from further up
        folders = above[:deep]
        return ".".join(each.name for each in reversed(folders)), folders[-1].parent

    @cached_property
    def modules(self) -> dict[str, Path]:
        """The person's own modules and packages that are imported, each with the folder that it is found in.

        That is the file's folder, or one above it, as for files that are run from the top of a repository.
        """
        found = {name: place for each in self.beside for name, place in each.modules.items()}
        for node in ast.walk(self.tree):
            for module in _modules(node):
                name = module.split(".")[0]
                if name and name not in found and not (isinstance(node, ast.ImportFrom) and node.level):
                    places = [each for each in [self.folder, *self.folder.parents[:_ABOVE]]
                              if (each / f"{name}.py").is_file() or (each / name).is_dir()]  # fmt: skip
                    if places and (places[0] == self.folder or not _is_installed(name)):
                        found[name] = places[0]
        package, root = self.package
        return {**found, **({package.split(".")[0]: root} if package else {})}

    @cached_property
    def every_module(self) -> dict[str, Path]:
        """The person's own modules that this file imports, and those that these import, each with its folder."""
        found = dict(self.modules)
        pending = list(found)
        while pending:
            name = pending.pop()
            for file in _files_of(found[name] / name):
                with contextlib.suppress(EvaluationError):  # what is no Python cannot be imported either
                    more = {k: v for k, v in read_source(file).modules.items() if k not in found}
                    found |= more
                    pending += more
        return found

    @property
    def readable(self) -> list[Path]:
        """What of the person's files the code may read: the file, and its own modules; nothing that is beside them.

        The home folder is no module, even where a file in it imports relative to it.
        """
        modules = [path for name, root in self.every_module.items() for path in (root / name, root / f"{name}.py")]
        home = Path.home().resolve()
        return [self.folder / self.file, *(each for each in modules if not home.is_relative_to(each.resolve()))]

    def imported(self, name: str) -> Source | None:
        """The file of the person's that a name is imported from."""
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.ImportFrom) or name not in {alias.name for alias in node.names} | {"*"}:
                continue
            starred = name not in {alias.name for alias in node.names}
            inner = node.module.split(".") if node.module else []
            start = [self.folder, *self.folder.parents][node.level - 1] if node.level else None
            for root in (start,) if start is not None else (self.folder, *self.folder.parents[:_ABOVE]):
                module, within = root.joinpath(*inner), root.joinpath(*inner, f"{name}.py")
                file = within if within.is_file() else module.with_suffix(".py") if inner else root / "__init__.py"
                if file.is_file() and (not starred or re.search(rf"^class {name}\b", _text(file), re.MULTILINE)):
                    return read_source(file)
        return None

    def users(self, name: str) -> Iterator[Source]:
        """The files beside this one, or in the folder above, that import it and have the name in them."""
        stem, word = Path(self.file).stem, name.split(".")[-1]
        for folder in (self.folder, *self.folder.parents[:1]):
            for file in sorted((*folder.glob("*.py"), *folder.glob("*.ipynb")))[:_MOST_USERS]:
                text = _text(file) if file.name != self.file and file.stat().st_size < _LARGEST_USER else ""
                if re.search(rf"\bimport\b.*\b{stem}\b|\b{stem}\b.*\bimport\b", text) and f"{word}(" in text:
                    with contextlib.suppress(ChalkgradError):
                        user = read_source(file)
                        _ = user.tree
                        yield user

    def methods(self, node: ast.ClassDef) -> dict[str, Function]:
        """The methods of a class, and those that it has from its bases, as far as these stand in the person's files."""
        found = {each.name: each for each in node.body if isinstance(each, Function)}
        for base in node.bases:
            *module, name = ast.unparse(base).split(".")
            here = [each for each in self.tree.body if isinstance(each, ast.ClassDef) and each.name == name]
            owner = self if here and not module else self.imported(module[0] if module else name)
            inside = [each for each in owner.tree.body if isinstance(each, ast.ClassDef)] if owner is not None else []
            for held in inside:
                if owner is not None and held.name == name and held is not node:
                    found = {**owner.methods(held), **found}
        return found

    def is_absent(self, node: ast.ImportFrom) -> bool:
        """Whether what a statement imports from is neither the person's, as far as it is here, nor installed."""
        inner = (node.module or "").split(".")
        if node.level:
            folders = [self.folder, *self.folder.parents]
            place = folders[min(node.level, len(folders)) - 1].joinpath(*filter(None, inner))
            return not (place.is_dir() or place.with_suffix(".py").is_file())
        return inner[0] not in self.modules and not _is_installed(inner[0])

    def text_of(self, node: ast.ImportFrom) -> str | None:
        """The text of the person's module that a statement imports from; None where it is none of theirs."""
        name = (node.module or "").split(".")[0]
        if node.level or name not in self.modules:
            return None
        return "\n".join(map(_text, _files_of(self.modules[name] / name)))

    def presumed(self, statements: Sequence[int]) -> dict[str, str]:
        """The modules that statements read under their usual names, and that the file imports nowhere.

        Snippets that were cut out of a longer file, or of a lesson, are so.

        >>> Source("a.py", "def f(x): return np.exp(x) + g(x)").presumed([0])
        {'np': 'numpy'}
        """
        if any(_always(each) for each in self.tree.body):
            return {}
        known = {one for each in self.tree.body for one in bound(each)}
        read = {one for k in statements for one in free(self.tree.body[k])}
        return {one: module for one, module in _USUAL_NAMES.items() if one in read - known}

    def libraries(self, name: str) -> set[str]:
        """The packages that the needed statements import; where no arrays are among them, what the file imports."""
        needed = self.needed(name)
        found = {module.split(".")[0] for module in self.presumed(needed).values()}
        found |= self._imported_by([self.tree.body[k] for k in needed])
        return found if found & _ARRAYS else found | (self._imported_by(self.tree.body) & _ARRAYS)

    def _imported_by(self, statements: Sequence[ast.stmt]) -> set[str]:
        return {module.split(".")[0] for statement in statements for each in ast.walk(statement)
                for module in _modules(each)}  # fmt: skip


def read_source(file: str | Path) -> Source:
    """The text of a file or a notebook; raises `ChalkgradError` where there is none."""
    place = Path(file)
    if not place.is_file():
        raise ChalkgradError(f"there is no file {file}")
    folder, text = place.resolve().parent, place.read_text(encoding="utf-8", errors="replace")
    if place.suffix != ".ipynb":
        return Source(place.name, without_old_prints(text), folder=folder)
    try:
        cells = [each for each in json.loads(text)["cells"] if each["cell_type"] == "code"]
        written = ["".join(each["source"]) for each in cells]
    except (ValueError, KeyError, TypeError) as problem:
        raise ChalkgradError(f"{file} is no notebook: {problem}") from None
    lines: list[str] = []
    starts = []
    for cell in written:
        starts.append(len(lines) + 1)
        magic = cell.lstrip().startswith("%%")
        lines += ["" if magic or line.lstrip().startswith(("%", "!", "?")) else line for line in cell.splitlines()]
    return Source(place.name, without_old_prints("\n".join(lines) + "\n"), tuple(starts), folder)


def bound(node: ast.AST) -> set[str]:
    """The names that a statement binds, or whose parts it sets.

    >>> sorted(bound(ast.parse("a['k'], b = c, d").body[0]))
    ['a', 'b']
    """
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Import() | ast.ImportFrom():
            return {alias.asname or alias.name.split(".")[0] for alias in node.names}
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return set()
        case ast.Name(ctx=ast.Store()):
            return {node.id}
        case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
            root = _root(node)
            return {root} if root else set()
        case _:
            return {name for child in ast.iter_child_nodes(node) for name in bound(child)}


def free(node: ast.AST) -> set[str]:
    """The names that a node reads from outside of it; annotations do not count.

    >>> sorted(free(ast.parse("def f(x, y=c): return g(x)").body[0]))
    ['c', 'g']
    """
    match node:
        case ast.Name():
            return {node.id}
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            body: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
            asked = [each for part in body for each in ast.walk(part) if isinstance(each, ast.Global)]
            own = {each.arg for each in _arguments(node.args)} | {name for each in body for name in bound(each)}
            own -= {name for each in asked for name in each.names}
            outside = [*node.args.defaults, *filter(None, node.args.kw_defaults), *getattr(node, "decorator_list", [])]
            inside = {name for each in body for name in free(each)} | {n for each in asked for n in each.names}
            return (inside - own) | {name for each in outside for name in free(each)}
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            own = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
            return {name for child in ast.iter_child_nodes(node) for name in free(child)} - own
        case ast.AnnAssign():
            return {name for child in (node.target, node.value) if child is not None for name in free(child)}
        case _:
            return {name for child in ast.iter_child_nodes(node) for name in free(child)}


def _read_at_once(statement: ast.stmt) -> set[str]:
    """The names that a statement reads as it runs: of a function the defaults and decorators, not what is in it."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            kept = [*statement.args.defaults, *filter(None, statement.args.kw_defaults), *statement.decorator_list]
            return {name for each in kept for name in free(each)}
        case ast.ClassDef():
            apart = {name for each in statement.body for name in _read_at_once(each)}
            around = [*statement.bases, *statement.decorator_list]
            return apart | {name for each in around for name in free(each)}
        case _:
            return free(statement)


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _called_upon(statement: ast.stmt) -> set[str]:
    """The names on which a statement calls a method, which may change them: `f.defvjp(…)`, `@f.defjvp`."""
    inside: list[ast.AST] = [statement]
    found = {_root(each) for each in getattr(statement, "decorator_list", []) if isinstance(each, ast.Attribute)}
    while inside:
        node = inside.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found |= {_root(node.value.func)} if isinstance(node.value.func, ast.Attribute) else set()
        if not isinstance(node, (*_SCOPES, ast.ClassDef)):
            inside += ast.iter_child_nodes(node)
    return found


def _always(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"


def _is_main(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in free(statement.test)


def _is_installed(module: str) -> bool:
    try:
        spec = importlib.util.find_spec(module)
        return spec is not None and spec.origin is not None  # a folder of that name is no package
    except (ImportError, ValueError):
        return False


def _files_of(place: Path) -> list[Path]:
    """The Python files of a module, or of a package."""
    single = place.with_name(f"{place.name}.py")
    return [single] if single.is_file() else sorted(place.rglob("*.py"))[:_MOST_FILES]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def _defined(statement: ast.stmt) -> list[str]:
    """The functions of a statement, with the methods of a class."""
    if isinstance(statement, Function):
        return [statement.name]
    if isinstance(statement, ast.ClassDef):
        methods = [f"{statement.name}.{each.name}" for each in statement.body if isinstance(each, Function)]
        return [statement.name, *(name for name in methods if "._" not in name)]
    return []
