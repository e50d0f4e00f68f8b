"""Printed Julia run without Julia: its syntax tree, as tree-sitter reads it, as Python with arrays that count from 1.

Every index is checked, although the printed loops are `@inbounds`. What is not printed is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import tree_sitter_julia
from scipy.special import erf
from tree_sitter import Language, Node, Parser

_OPERATORS = {"^": "**", "÷": "//", "&&": "and", "||": "or"}


class FromOne:
    """An array, or a tuple, whose indices begin with 1."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def _place(self, key: Any) -> Any:
        places = key if isinstance(key, tuple) else (key,)
        sizes = np.shape(self.values) if isinstance(self.values, np.ndarray) else (len(self.values),)
        assert len(places) == len(sizes)
        assert all(isinstance(place, int) and 1 <= place <= size for place, size in zip(places, sizes, strict=True))
        zero = tuple(place - 1 for place in places)
        return zero if isinstance(self.values, np.ndarray) else zero[0]

    def __getitem__(self, key: Any) -> Any:
        return self.values[self._place(key)]

    def __add__(self, other: FromOne) -> FromOne:
        return FromOne(self.values + other.values)

    def __truediv__(self, number: Any) -> FromOne:
        return FromOne(self.values / number)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.values[self._place(key)] = value


class _Factors:
    def __init__(self, matrix: FromOne) -> None:
        self.matrix = matrix.values.copy()


def _transpose(given: Any) -> Any:
    found = _Factors(FromOne(given.matrix.T)) if isinstance(given, _Factors) else FromOne(given.values.T)
    return found


def _solve(factors: _Factors, right: FromOne) -> FromOne:
    return FromOne(np.linalg.solve(factors.matrix, right.values))


def _write(target: FromOne, value: FromOne) -> None:
    target.values[...] = value.values


_LIBRARY: dict[str, Callable[..., Any]] = {
    "Int": int,
    **{name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "sin", "cos", "tan",
                                            "sinh", "cosh", "tanh", "floor")},
    "atan": np.arctan,
    "erf": erf,
    "eltype": lambda array: np.asarray(getattr(array, "values", array)).dtype.type,
    "typeof": lambda number: np.asarray(number).dtype.type,
    "promote_type": lambda *kinds: np.result_type(*kinds).type,
    "size": lambda array, axis: array.values.shape[axis - 1],
    "zeros": lambda kind, *shape: FromOne(np.zeros(shape, kind)),
    "lu": _Factors,
    "transpose": _transpose,
    "cholesky": lambda matrix: SimpleNamespace(L=FromOne(np.linalg.cholesky(matrix.values))),
    "inv": lambda factors: FromOne(np.linalg.inv(factors.matrix)),
    "det": lambda factors: np.linalg.det(factors.matrix),
    "logabsdet": lambda factors: FromOne(tuple(reversed(np.linalg.slogdet(factors.matrix)))),
    "Dict": lambda *pairs: dict(pairs),
    "_solve": _solve,
    "_write": _write,
}  # fmt: skip


def run_julia(source: str) -> dict[str, Callable[..., Any]]:
    """The functions of a Julia source, which take and give NumPy's arrays."""
    tree = Parser(Language(tree_sitter_julia.language())).parse(source.encode())
    assert not tree.root_node.has_error, source
    lines = [line for node in tree.root_node.named_children for line in _statement(node, 0)]
    names: dict[str, Any] = {f"v_{name}": value for name, value in _LIBRARY.items()}
    names |= {"v_pi": math.pi, "v_Inf": math.inf}
    exec("\n".join(lines), names)
    functions = (node for node in tree.root_node.named_children if node.type == "function_definition")
    found = [node.named_children[0].named_children[0].named_children[0].text.decode() for node in functions]
    return {name: _of_numpy(names[f"v_{name}"]) for name in found}


def _of_numpy(function: Callable[..., Any]) -> Callable[..., Any]:
    def bare(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(bare, value))
        if isinstance(value, dict):
            return {key: bare(each) for key, each in value.items()}
        return value.values if isinstance(value, FromOne) else value

    return lambda *arrays: bare(function(*(FromOne(each) if np.ndim(each) else each for each in arrays)))


def _statement(node: Node, depth: int) -> list[str]:
    indent = "    " * depth
    children = [child for child in node.named_children if child.type != "line_comment"]
    match node.type:
        case "using_statement" | "string_literal" | "line_comment":
            return []
        case "function_definition":
            signature, *body = children
            name, arguments = signature.named_children[0].named_children
            return [f"{indent}def {_text(name)}{_text(arguments)}:", *_block(body, depth)]
        case "macrocall_expression":
            assert children[0].text == b"@inbounds"
            return [line for each in children[1].named_children[0].named_children for line in _statement(each, depth)]
        case "for_statement":
            binding, *body = children
            variable, _, interval = binding.named_children
            first, last = interval.named_children
            return [f"{indent}for {_text(variable)} in range({_text(first)}, {_text(last)} + 1):", *_block(body, depth)]
        case "return_statement":
            return [f"{indent}return {_text(children[0])}"]
        case "assignment" | "compound_assignment_expression":
            left, operator, right = node.named_children
            if operator.text == b".=":
                return [f"{indent}v__write({_text(left)}, {_text(right)})"]
            return [f"{indent}{_text(left)} {operator.text.decode()} {_text(right)}"]
        case "binary_expression" if node.named_children[1].text == b"&&":
            condition, _, then = node.named_children
            return [f"{indent}if {_text(condition)}:", *_statement(then.named_children[0], depth + 1)]
    raise AssertionError(f"nothing is known of {node.type}: {node.text!r}")


def _block(body: list[Node], depth: int) -> list[str]:
    return [line for each in body for line in _statement(each, depth + 1)]


def _text(node: Node) -> str:
    children = node.named_children
    match node.type:
        case "identifier":
            return f"v_{node.text.decode()}"
        case "integer_literal" | "float_literal" | "string_literal":
            return str(node.text.decode())
        case "field_expression":
            return f"{_text(children[0])}.{children[1].text.decode()}"
        case "parenthesized_expression":
            return f"({_text(children[0])})"
        case "argument_list" | "open_tuple":
            return f"({', '.join(map(_text, children))}{',' if node.type == 'open_tuple' else ''})"
        case "call_expression" if children[0].type == "operator":
            return f"({children[0].text.decode()}{_text(children[1])})"
        case "call_expression":
            return "".join(map(_text, children))
        case "index_expression":
            return f"{_text(children[0])}[{', '.join(map(_text, children[1].named_children))}]"
        case "unary_expression":
            return f"({children[0].text.decode()}{_text(children[1])})"
        case "ternary_expression":
            condition, then, otherwise = map(_text, children)
            return f"({then} if {condition} else {otherwise})"
        case "binary_expression":
            left, operator, right = (_text(children[0]), children[1].text.decode(), _text(children[2]))
            if operator == "\\":
                return f"v__solve({left}, {right})"
            if operator == "=>":
                return f"({left}, {right})"
            return f"({left} {_OPERATORS.get(operator, operator)} {right})"
    raise AssertionError(f"nothing is known of {node.type}: {node.text!r}")
