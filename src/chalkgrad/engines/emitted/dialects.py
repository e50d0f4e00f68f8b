"""The libraries of arrays that code is printed for, as tables: what each calls what NumPy's functions do.

An expression is printed in NumPy first (`engines.numpy_expressions`), which uses few functions; here each call of them
becomes that of another library. Whatever the table does not know is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from chalkgrad.engines.numpy_indexing import EXPM_SLOPE
from chalkgrad.errors import ProgramError

ELEMENTWISE = (
    *("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh"),
    *("outer", "where", "einsum", "tensordot"),
)
_MATH = {"arctan": "atan", "abs": "fabs"}

SIGMOID = '''def sigmoid(x):
    """1 / (1 + exp(-x)), where no exponential overflows."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)'''
SOFTPLUS = '''def softplus(x):
    """log(1 + exp(x)), where no exponential overflows."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))'''
# atanh(erf(x))/x as a polynomial of degree 6 in x² up to x = 4.2: reweighted least squares of the relative error.
ERF = '''def erf(x):
    """The error function; in single precision tanh of a polynomial, with a relative error of 3e-7 at most."""
    x = np.asarray(x)
    if x.dtype != np.float32:
        return erf_in_double(x)
    whole, found = x.reshape(-1), np.empty(x.size, np.float32)
    for start in range(0, x.size, 32768):  # parts that stay in the cache
        part = whole[start : start + 32768]
        t = np.clip(part, -4.2, 4.2)
        t *= t
        p = 1.41893448e-07 * t
        for a in (-5.66902419e-06, 8.76398516e-05, -0.00061978955, -0.000191826921, 0.102769055):
            p += a
            p *= t
        p += 1.12837927
        p *= part
        np.tanh(p, out=found[start : start + 32768])
    return found.reshape(x.shape)[()]'''
RELU = """def relu(x):
    return np.maximum(x, 0.0)"""
AT = '''def at(tensor, *indices):
    """The elements of the tensor at the indices, and zero where these lie outside of it."""
    inside = True
    for index, size in zip(indices, tensor.shape):
        inside = inside & (index >= 0) & (index < size)
    within = tuple({clip}(index, 0, size - 1) for index, size in zip(indices, tensor.shape))
    return {where}(inside, tensor[within], 0.0)'''


DETERMINANT = '''def lu_determinant(factors):
    """The determinant of a matrix from its factors and the rows that were exchanged."""
    triangles, order = factors
    swaps = (order != np.arange(len(order))).sum()
    return triangles.diagonal().prod() * (1 - 2 * (swaps % 2)).astype(triangles.dtype)'''
PLACES = '''def places(labels):
    """Labels as places; -1 for what is no whole number."""
    return {module}.where(labels == {module}.floor(labels), labels, -1){whole}'''
SCATTERED = '''def scattered(values, places, size):
    """For each of so many places the sum of the values whose place it is."""
    inside = (places >= 0) & (places < size)
    {total}'''


@dataclass(frozen=True)
class Dialect:
    """A library of arrays.

    `functions` are its names for NumPy's, `methods` those for the methods of arrays, `helpers` the source of functions
    that the printed module brings along, by name; `stable` says which of them, or which function of the library,
    stands for a function of the table. `typed` is what a new array needs to be told: its type, perhaps its device.
    """

    name: str
    module: str
    imports: tuple[str, ...]
    functions: Mapping[str, str]
    stable: Mapping[str, str]
    helpers: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    typed: str = "dtype=dtype"
    of_type: str = "{}.astype(dtype)"
    filled: str = "{module}.full({shape}, {value}, {typed})"
    result_type: str = ""


def _named(module: str) -> dict[str, str]:
    names = (
        *ELEMENTWISE,
        "eye",
        "arange",
        "full",
        "linalg.inv",
        "linalg.det",
        "linalg.slogdet",
        "linalg.solve",
        "linalg.cholesky",
        "cumsum",
        "flip",
    )
    return {name: f"{module}.{name}" for name in names}


NUMPY = Dialect(
    "NumPy",
    "np",
    ("import numpy as np",),
    {**_named("np"), "pad": "np.pad", "clip": "np.clip", "maximum": "np.maximum", "lu_factor": "lu_factor",
     "lu_solve": "lu_solve", "expm": "expm", "erf": "erf", "sliding_window_view": "sliding_window_view", "at": "at"},
    {"sigmoid": "sigmoid", "softplus": "softplus", "relu": "relu"},
    {"expm_slope": EXPM_SLOPE, "sigmoid": SIGMOID, "softplus": SOFTPLUS, "relu": RELU, "erf": ERF,
     "lu_determinant": DETERMINANT,
     "at": AT.format(clip="np.clip", where="np.where"),
     "places": PLACES.format(module="np", whole=".astype(np.intp)"),
     "scattered": SCATTERED.format(total="""total = np.zeros((size, *values.shape[places.ndim :]), values.dtype)
    np.add.at(total, places[inside], values[inside])
    return total""")},
    result_type="np.result_type({})",
)  # fmt: skip

_TORCH_HELPERS = {
    "lu_determinant": DETERMINANT.replace(
        "np.arange(len(order))", "torch.arange(1, len(order) + 1, device=order.device)"
    ).replace(".astype(", ".to("),
    "expm_slope": EXPM_SLOPE.replace("np.", "torch.")
    .replace("expm(torch", "torch.linalg.matrix_exp(torch")
    .replace("torch.concatenate", "torch.cat")
    .replace("torch.moveaxis", "torch.movedim")
    .replace("dtype=matrix.dtype", "dtype=matrix.dtype, device=matrix.device"),
    "places": PLACES.format(module="torch", whole=".long()"),
    "scattered": SCATTERED.format(
        total="""total = values.new_zeros((size, *values.shape[places.ndim :]))
    return total.index_add(0, places[inside], values[inside])"""
    ),
    "at": AT.format(clip="torch.clamp", where="torch.where").replace(
        "    inside = True\n",
        "    indices = [torch.as_tensor(index, device=tensor.device) for index in indices]\n    inside = True\n",
    ),
    "softplus": '''def softplus(x):
    """log(1 + exp(x)), where no exponential overflows."""
    return torch.logaddexp(x, torch.zeros_like(x))''',
    "pad": '''def pad(x, widths):
    """The array with zeros around it: for each axis how many come before and after."""
    return torch.nn.functional.pad(x, [width for pair in reversed(widths) for width in pair])''',
    "sliding_window_view": '''def sliding_window_view(x, widths, axis):
    """Windows of some widths along some axes, which come last."""
    for place, width in zip(axis, widths):
        x = x.unfold(place, width, 1)
    return x''',
    "lu_factor": """def lu_factor(matrix):
    return torch.linalg.lu_factor(matrix)""",
    "lu_solve": '''def lu_solve(factors, right, trans=0):
    """The solution for one right-hand side or several, from the factors of the matrix or of its transpose."""
    columns = right[:, None] if right.ndim == 1 else right
    found = torch.linalg.lu_solve(*factors, columns, adjoint=bool(trans))
    return found[:, 0] if right.ndim == 1 else found''',
}
TORCH = Dialect(
    "PyTorch",
    "torch",
    ("import torch",),
    {**_named("torch"), "pad": "pad", "clip": "torch.clamp", "lu_factor": "lu_factor", "lu_solve": "lu_solve",
     "expm": "torch.linalg.matrix_exp", "erf": "torch.erf", "sliding_window_view": "sliding_window_view", "at": "at",
     "tensordot": "torch.tensordot"},
    {"sigmoid": "torch.sigmoid", "softplus": "softplus", "relu": "torch.relu"},
    _TORCH_HELPERS,
    {"max": "amax", "transpose": "permute"},
    "dtype=dtype, device=device",
    "{}.to(dtype)",
    "{value} + {module}.zeros({shape}, {typed})",
)  # fmt: skip
JAX = Dialect(
    "JAX",
    "jnp",
    ("import jax", "import jax.numpy as jnp"),
    {**_named("jnp"), "pad": "jnp.pad", "clip": "jnp.clip", "lu_factor": "jax.scipy.linalg.lu_factor",
     "lu_solve": "jax.scipy.linalg.lu_solve", "expm": "jax.scipy.linalg.expm", "erf": "jax.scipy.special.erf",
     "sliding_window_view": "sliding_window_view", "at": "at"},
    {"sigmoid": "jax.nn.sigmoid", "softplus": "jax.nn.softplus", "relu": "jax.nn.relu"},
    {
        "lu_determinant": DETERMINANT.replace("np.", "jnp."),
        "expm_slope": EXPM_SLOPE.replace("np.", "jnp.").replace("expm(jnp", "jax.scipy.linalg.expm(jnp"),
        "at": AT.format(clip="jnp.clip", where="jnp.where"),
        "places": PLACES.format(module="jnp", whole=".astype(int)"),
        "scattered": SCATTERED.format(total="""kept = inside.reshape(*inside.shape, *(1,) * (values.ndim - places.ndim))
    total = jnp.zeros((size, *values.shape[places.ndim :]), values.dtype)
    return total.at[jnp.clip(places, 0, size - 1)].add(jnp.where(kept, values, 0))"""),
        "sliding_window_view": '''def sliding_window_view(x, widths, axis):
    """Windows of some widths along some axes, which come last."""
    for place, width in zip(axis, widths):
        starts = jnp.arange(x.shape[place] - width + 1)
        windows = jnp.take(x, starts[:, None] + jnp.arange(width), axis=place)
        x = jnp.moveaxis(windows, place + 1, -1)
    return x''',
    },
    result_type="jnp.result_type({})",
)  # fmt: skip


class Translation(ast.NodeTransformer):
    """NumPy source of one expression in a dialect; notes which helpers and imports it uses.

    `sizes` are the names of whole numbers, which may come to be known on the way: what is made of these and of numbers
    alone is no array, and keeps the type of the arrays that it meets.

    >>> Translation(TORCH, {"n"}).of("np.where(x > 0, x.max(axis=0), 0.0) / np.sqrt(n)")
    'torch.where(x > 0, x.amax(dim=0), 0.0) / math.sqrt(n)'
    """

    def __init__(self, dialect: Dialect, sizes: Collection[str] = ()) -> None:
        self.dialect, self.sizes = dialect, sizes
        self.helpers: dict[str, None] = {}
        self.imports: dict[str, None] = {}
        self.typed = False

    def of(self, source: str) -> str:
        """The source in the dialect."""
        return ast.unparse(self.visit(ast.parse(source, mode="eval")))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """`np.pi` is that of Python's own mathematics."""
        if _dotted(node) == "pi":
            self.imports["import math"] = None
            return _parsed("math.pi")
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call of one of NumPy's functions or of a method."""
        name = _dotted(node.func)
        if name in _SPECIAL:
            special = _SPECIAL[name](self, node)
            if special is not None:
                return special
        if name is not None and name in ELEMENTWISE and all(map(self._constant, node.args)):
            self.imports["import math"] = None
            node.func = _parsed(f"math.{_MATH.get(name, name)}")
            self.generic_visit(node)
            return node
        if name is not None:
            node.func = self._function(name)
        elif isinstance(node.func, ast.Attribute):
            self._method(node.func, node)
            if node.func.attr == "astype":
                self.typed = True
                return _parsed(self.dialect.of_type.format(self._text(node.func.value)))
        self.generic_visit(node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """PyTorch has no steps backwards: there `flip` turns an axis round."""
        self.generic_visit(node)
        if self.dialect is not TORCH or not isinstance(node.slice, ast.Tuple | ast.Slice):
            return node
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        turned = [place for place, part in enumerate(parts) if _is_backwards(part)]
        for place in turned:
            parts[place] = ast.Slice()
        return _parsed(f"({ast.unparse(node)}).flip({tuple(turned)})") if turned else node

    def _function(self, name: str) -> ast.expr:
        if name in self.dialect.helpers:
            self.helpers[name] = None
            if name == "expm_slope":
                self._function("expm")
        elif name not in self.dialect.functions and "." not in name:
            return _parsed(name)  # a function of the table that stands beside the program
        elif name not in self.dialect.functions:
            raise ProgramError(f"{self.dialect.name} has no function for {name}")
        found = self.dialect.functions.get(name, name)
        if self.dialect is NUMPY and found in _IMPORTS:
            self.imports[_IMPORTS[found]] = None
        return _parsed(found)

    def _method(self, function: ast.Attribute, node: ast.Call) -> None:
        function.attr = self.dialect.methods.get(function.attr, function.attr)
        if self.dialect is TORCH:
            for keyword in node.keywords:
                keyword.arg = "dim" if keyword.arg == "axis" else keyword.arg

    def _text(self, node: ast.expr) -> str:
        text = ast.unparse(self.visit(node))
        return text if isinstance(node, ast.Name | ast.Attribute | ast.Call) else f"({text})"

    def _constant(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return name in self.sizes
            case ast.Attribute():
                return _dotted(node) == "pi"
            case ast.UnaryOp(operand=operand):
                return self._constant(operand)
            case ast.BinOp(left=left, right=right):
                return self._constant(left) and self._constant(right)
            case ast.Call(func=func, args=args):
                return _dotted(func) in ELEMENTWISE and all(map(self._constant, args))
        return False

    def where(self, node: ast.Call) -> ast.expr | None:
        """A choice between two numbers is a mask of the right type."""
        condition, value, otherwise = node.args
        if not (self._constant(value) and self._constant(otherwise)):
            return None
        self.typed = True
        high, low = (ast.unparse(self.visit(each)) for each in (value, otherwise))
        if low not in ("0", "0.0"):
            if self.dialect is NUMPY:
                return _parsed(f"np.where({ast.unparse(self.visit(condition))}, {high}, {low}).astype(dtype)")
            return _parsed(f"{low} + ({high} - {low}) * {self.dialect.of_type.format(self._text(condition))}")
        mask = self.dialect.of_type.format(self._text(condition))
        return _parsed(mask if high in ("1", "1.0") else f"({high}) * {mask}")

    def eye(self, node: ast.Call) -> ast.expr:
        """An identity matrix of the right type."""
        self.typed = True
        return _parsed(f"{self.dialect.module}.eye({ast.unparse(node.args[0])}, {self.dialect.typed})")

    def full(self, node: ast.Call) -> ast.expr:
        """An array that is the same everywhere along some axes."""
        self.typed = True
        shape, value = ast.unparse(node.args[0]), self._text(node.args[1])
        parts = {"module": self.dialect.module, "shape": shape, "value": value, "typed": self.dialect.typed}
        return _parsed(self.dialect.filled.format(**parts))

    def arange(self, node: ast.Call) -> ast.expr | None:
        """Whole numbers in a row, on the device of the rest."""
        if self.dialect is not TORCH:
            return None
        self.typed = True
        return _parsed(f"torch.arange({ast.unparse(node.args[0])}, device=device)")

    def tensordot(self, node: ast.Call) -> ast.expr | None:
        """Axes to sum over have another name in PyTorch."""
        if self.dialect is TORCH and len(node.args) == 3:
            node.keywords = [ast.keyword("dims", node.args.pop())]
        return None

    def einsum(self, node: ast.Call) -> ast.expr | None:
        """PyTorch finds the best order by itself."""
        if self.dialect is TORCH:
            node.keywords = []
        return None

    def sliding_window_view(self, node: ast.Call) -> ast.expr | None:
        """Windows along one axis or several, always told as several."""
        if self.dialect is NUMPY:
            return None
        widths = node.args[1]
        axis = next((each.value for each in node.keywords if each.arg == "axis"), _parsed("0"))
        node.args[1] = widths if isinstance(widths, ast.Tuple) else ast.Tuple([widths], ast.Load())
        node.keywords = [ast.keyword("axis", axis if isinstance(axis, ast.Tuple) else ast.Tuple([axis], ast.Load()))]
        return None

    def pad(self, node: ast.Call) -> ast.expr | None:
        """Zeros around an array; for one axis the pair is in a list like the others."""
        widths = node.args[1]
        if self.dialect is TORCH and isinstance(widths, ast.Tuple) and not isinstance(widths.elts[0], ast.Tuple):
            node.args[1] = ast.Tuple([widths], ast.Load())
        return None


_SPECIAL: dict[str | None, Callable[[Translation, ast.Call], ast.expr | None]] = {
    "where": Translation.where,
    "eye": Translation.eye,
    "full": Translation.full,
    "arange": Translation.arange,
    "tensordot": Translation.tensordot,
    "einsum": Translation.einsum,
    "sliding_window_view": Translation.sliding_window_view,
    "pad": Translation.pad,
}
_IMPORTS = {
    "erf": "from scipy.special import erf as erf_in_double",
    "expm": "from scipy.linalg import expm",
    "lu_factor": "from scipy.linalg import lu_factor, lu_solve",
    "lu_solve": "from scipy.linalg import lu_factor, lu_solve",
    "sliding_window_view": "from numpy.lib.stride_tricks import sliding_window_view",
}


def _dotted(node: ast.expr) -> str | None:
    """The name of one of NumPy's functions, `linalg.inv`, or of a function that stands beside the program."""
    if isinstance(node, ast.Name):
        return node.id
    found = re.fullmatch(r"np\.([\w.]+)", ast.unparse(node))
    return found[1] if found else None


def _is_backwards(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) and part.step is not None and ast.unparse(part.step) == "-1"


def _parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body
