"""What a file imports from a helper that did not come with it, where everybody would write the same under that name."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.source import Source, bound, free

# By the names of people's functions in small letters: those of `usual_functions`.
_USUAL = {
    "sigmoid": "sigmoid", "sigm": "sigmoid", "logistic": "sigmoid", "relu": "relu", "tanh": "tanh",
    "softmax": "softmax", "identity": "identity", "sigmoidbackward": "sigmoid_backward",
    "relubackward": "relu_backward", "tanhbackward": "tanh_backward",
}  # fmt: skip


def offered(source: Source, statements: Sequence[int]) -> dict[str, str]:
    """The names that statements read and nothing defines, with the usual function that is meant by each.

    Nothing defines what is imported from a module that is neither beside the file nor installed. A softmax of columns
    is one in a file in which samples are columns; a function whose result is unpacked in two also returns what it was
    given.

    >>> source = Source("n.py", "from helpers import sigmoid\\ndef f(z): a, cache = sigmoid(z); return a")
    >>> offered(source, [0, 1])
    {'sigmoid': 'sigmoid and argument'}
    """
    known: set[str] = set(dir(builtins))
    gone: set[str] = set()
    for each in source.tree.body:
        if isinstance(each, ast.ImportFrom) and source.is_absent(each):
            gone |= bound(each)
        else:
            known |= bound(each)
    read = {name for k in statements for name in free(source.tree.body[k])}
    # What is imported with a star may be any name that stands in the text of the person's modules.
    stars = [each for each in source.tree.body if isinstance(each, ast.ImportFrom) and "*" in bound(each)]
    texts = [source.text_of(each) for each in stars if not source.is_absent(each)]
    read = {name for name in read if name in gone or not any(text is None or name in text for text in texts)}
    names = sorted(name for name in read - known if name == name.lower() and bare(name) in _USUAL)
    if not names:
        return {}
    unpacked = {ast.unparse(node.value.func) for node in ast.walk(source.tree) if isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Tuple) and len(node.targets[0].elts) == 2
                and isinstance(node.value, ast.Call)}  # fmt: skip
    found = {name: _USUAL[bare(name)] for name in names}
    if "softmax" in found.values() and "axis=1" in source.text and "axis=0" not in source.text.replace(" ", ""):
        found = {name: "softmax_of_columns" if kind == "softmax" else kind for name, kind in found.items()}
    return {name: f"{kind} and argument" if name in unpacked else kind for name, kind in found.items()}
