"""A forward pass and the backward pass beside it in a person's code: how both are called, and with what."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from chalkgrad.checking.code.callables import standing_for
from chalkgrad.checking.code.calls import FORWARD
from chalkgrad.checking.code.facts import Facts, axes_of, facts_of, texts_of
from chalkgrad.checking.code.inputs import NUMBERS, Inputs
from chalkgrad.checking.code.names import bare, is_data, is_decorated, is_rate, undecorated
from chalkgrad.checking.code.source import Function, Source
from chalkgrad.checking.code.trees import Result
from chalkgrad.errors import ChalkgradError, EvaluationError

_COTANGENT = re.compile(
    r"(?:d|grad|up|delta)\w*|error|outputerror|g|cotangent|ct|dy|upstream|\w*(?:cot|bar|grad|gradient)|v", re.IGNORECASE
)
# Methods that give a value, beside one that gives its gradient.
_VALUES = ("f", "func", "function", "fun", "value", "loss", "cost", "objective", "evaluate", "compute_loss",
           "compute_cost", "energy", "eval", "activate", "apply")  # fmt: skip
_OF_ARRAYS = frozenset(
    ["shape", "T", "size", "ndim", "dtype", "dot", "sum", "mean", "max", "min", "clip", "copy", "reshape", "ravel",
     "flatten", "astype", "transpose", "exp", "tanh"]
)  # fmt: skip
_DERIVATIVE = re.compile(r"deriv|prime|grad(?:ient)?$|^_*d_", re.IGNORECASE)
_CACHE = {"cache", "caches", "memory", "saved", "ctx", "res", "residuals", "state", "context", "stored"}
RATE = 0.5  # the length of a step that a backward pass takes itself


@dataclass(frozen=True)
class Pair:
    """A forward and a backward pass.

    `kind` is "torch" (an `autograd.Function`, run by torch), "jax" (a function with its own derivative rule, run by
    JAX), "class" (an object with both as methods), "functions", or "loss" (a function that returns both at once).
    `builds` tells that an object makes its parameters in a method `build`, of a shape, as layers of keras do; `kept` is
    the attribute in which a forward pass that returns nothing leaves its output. `rates` are names of the file that the
    lengths of its steps have.
    """

    kind: str
    forward: str
    forward_facts: Facts
    backward: str = ""
    backward_facts: Facts | None = None
    constructor: Facts | None = None
    builds: bool = False
    kept: str = ""
    rates: tuple[str, ...] = ()

    @property
    def takes_cotangent(self) -> bool:
        """Whether the backward pass is given the gradient from above; else each entry of the result counts alone."""
        return self.kind in ("torch", "jax") or bool(self.cotangent_names)

    @property
    def cotangents(self) -> int:
        """How many of the outputs have a gradient from above."""
        return max(1, len(self.cotangent_names))

    @property
    def begins(self) -> bool:
        """Whether the backward pass may be called without a gradient from above, as that of a loss is."""
        facts = self.backward_facts
        return facts is not None and all(not each.required for each in facts.arguments
                                         if each.name in self.cotangent_names)  # fmt: skip

    @cached_property
    def derived(self) -> frozenset[str]:
        """The names by which gradients are returned, without what says so: of `return dx, dw` x and w."""
        returned = self.backward_facts.returned if self.backward_facts is not None else ()
        found = frozenset(bare(undecorated(name)) for name in returned if is_decorated(name))
        if not found and len(returned) == 1 and self.takes_cotangent and self.forward_facts.arguments:
            return frozenset({bare(self.forward_facts.arguments[0].name)})  # one array is the gradient by the first
        return found

    @cached_property
    def cotangent_names(self) -> list[str]:
        """The arguments of the backward pass that are gradients from above: by name; of a method at least the first."""
        if self.backward_facts is None or self.kind == "loss":
            return []
        own = {bare(each.name) for each in self.forward_facts.arguments}
        names = [each.name for each in self.backward_facts.arguments if not each.spread]
        found = [name for name in names if is_cotangent(name) and bare(name) not in own]
        kept = [name for name in names if bare(name) not in own | _CACHE]
        from_above = self.kind == "class" and not self.takes_targets and not self.is_derivative
        return found or (kept[:1] if from_above else [])

    @property
    def is_derivative(self) -> bool:
        """Whether it is the derivative of an elementwise function, by its name, with as many arguments as that has."""
        facts = self.backward_facts
        return (facts is not None and bool(_DERIVATIVE.search(self.backward.rpartition(".")[2]))
                and len(facts.required) == len(self.forward_facts.required) > 0)  # fmt: skip

    @property
    def takes_targets(self) -> bool:
        """Whether a method is given the targets, so that its gradients are those of a loss."""
        facts = self.backward_facts
        return self.kind == "class" and facts is not None and any(is_data(each.name, ("y",)) for each in facts.required)


def is_cotangent(name: str) -> bool:
    """Whether an argument's name means the gradient from above."""
    return bool(_COTANGENT.fullmatch(name)) and bare(name) not in _CACHE


def pair_of(source: Source, name: str, forward: str | None = None) -> Pair:
    """The backward pass of a name, and its own forward pass; raises `EvaluationError` where none is found."""
    owner, _, method = name.rpartition(".")
    held = source.definition(owner) if owner else None
    if isinstance(held, ast.ClassDef) and _goes_back(method):
        return _class_pair(source, held, method)
    node = source.definition(name)
    if isinstance(node, ast.ClassDef):
        return _class_pair(source, node)
    if isinstance(node, Function) and forward is None and _has_rule(source, node):
        return Pair("jax", name, _taken_apart(source, node, _with_constants(node)))
    if not isinstance(node, Function):
        raise EvaluationError(f"{name} in {source.file} is neither a function nor a class")
    known = {each.name: each for each in source.tree.body if isinstance(each, Function)}
    facts = facts_of(node)
    others = (each for each in _forwards(name) if each in known and each != name)
    wanted = forward or next((each for each in others if not _is_of_another(facts, facts_of(known[each]))), None)
    if wanted is None:
        told = "say what it is the gradient of: --against SPEC or FORMULA, or --forward NAME for a function of the file"
        raise EvaluationError(
            f"{name} in {source.file} returns no loss beside its gradients, and has no forward pass; {told}"
        )
    ahead = source.definition(wanted)
    if not isinstance(ahead, Function):
        raise ChalkgradError(f"{wanted} in {source.file} is no function")
    return Pair("functions", wanted, _taken_apart(source, ahead, facts_of(ahead)), name, facts)


def _is_of_another(gradient: Facts, loss: Facts) -> bool:
    """Whether a gradient is not of a loss, though it is called so: it is given other things, and more.

    `gradient(w, x, t)` beside `loss(y, t)` is that of a loss behind a model, for which the file has no function.
    """
    own = {bare(each.name) for each in loss.arguments}
    mine = {bare(each.name) for each in gradient.arguments}
    above = any(is_cotangent(each.name) or bare(each.name) in _CACHE for each in gradient.arguments)
    return not above and len(mine) > len(own) and bool(mine & own) and bool(own - mine)


def _with_constants(node: Function) -> Facts:
    """The facts of a function, with those arguments marked that JAX is told not to differentiate by."""
    facts = facts_of(node)
    told = [keyword.value for each in node.decorator_list for call in ast.walk(each) if isinstance(call, ast.Call)
            for keyword in call.keywords if keyword.arg == "nondiff_argnums"]  # fmt: skip
    numbers = {each.value for value in told for each in ast.walk(value) if isinstance(each, ast.Constant)}
    marked = [replace(each, constant=number in numbers) for number, each in enumerate(facts.arguments)]
    return replace(facts, arguments=tuple(marked))


def _taken_apart(source: Source, node: Function, facts: Facts) -> Facts:
    """The facts, with the keys of a dictionary that the function hands on to other functions of the file."""
    known = {each.name: each for each in source.tree.body if isinstance(each, Function)}
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)]
    found = []
    for argument in facts.arguments:
        keys = dict.fromkeys(argument.usage.keys)
        for call in calls:
            other = known.get(call.func.id) if isinstance(call.func, ast.Name) else None
            places = [k for k, each in enumerate(call.args) if ast.unparse(each) == argument.name]
            if other is not None and other is not node and places:
                inner = facts_of(other).arguments
                keys |= {key: None for k in places if k < len(inner) for key in inner[k].usage.keys}
        found.append(replace(argument, usage=replace(argument.usage, keys=tuple(keys))))
    return replace(facts, arguments=tuple(found))


def _is_torch_function(source: Source, base: str) -> bool:
    """Whether a base is `torch.autograd.Function`, under whatever name it is imported."""
    if base.split(".")[-1] != "Function":
        return False
    modules = [each.module or "" for each in ast.walk(source.tree) if isinstance(each, ast.ImportFrom)
               and any(alias.name == "Function" for alias in each.names)]  # fmt: skip
    return "." in base or any(module.startswith("torch") for module in modules)


def _making(source: Source, node: ast.ClassDef, methods: Mapping[str, Function]) -> Facts | None:
    """The constructor, with what the other methods tell of the axes of what it keeps (`self.W.shape`)."""
    if "__init__" not in methods:
        return None
    facts = facts_of(methods["__init__"], method=True)
    told = []
    names = [each.name for each in facts.arguments]
    for each in facts.arguments:
        kept = f"self.{each.name}"
        axes = axes_of(node, kept) if each.usage.axes == (0, 99) else each.usage.axes
        texts = each.usage.texts or texts_of(node, each.name) or texts_of(node, kept)
        written = standing_for(source, node, each.name, [name for name in names if name != each.name])
        told.append(replace(each, usage=replace(each.usage, axes=axes, texts=texts, written=written)))
    return replace(facts, arguments=tuple(told))


def loss_pair(source: Source, name: str) -> Pair:
    """A function that returns its loss, and the gradients by its arguments beside it."""
    node = source.definition(name)
    if not isinstance(node, Function):
        raise EvaluationError(f"{name} in {source.file} is no function")
    facts = facts_of(node)
    given_from_above = any(is_decorated(each.name) and is_cotangent(each.name) for each in facts.arguments)
    if given_from_above or (facts.returned and is_decorated(facts.returned[0])):
        raise EvaluationError(f"{name} in {source.file} returns no loss: it begins with a gradient")
    return Pair("loss", name, facts, name, facts)


def _forwards(name: str) -> Iterator[str]:
    """What the forward function of a backward one may be called."""
    for old, new in (("backward", "forward"), ("Backward", "Forward"), ("bwd", "fwd"), ("backprop", "forward"),
                     ("back", "forward"), ("Back", "Forward")):  # fmt: skip
        if old in name:
            yield name.replace(old, new)
            yield re.sub(rf"_?{old}_?", "", name)
            yield re.sub(rf"({old})_\w+$", new, name)  # of `norm_backward_alt` it is `norm_forward`
    for old in ("gradients", "gradient", "grad"):
        if old in name:
            yield from (name.replace(old, new) for new in ("cost", "loss", "objective"))
            break
    before = r"^(?:compute_)?(?:grad(?:ient)?|nabla|derivatives?|der|prime|d)_?(?:of_)?"
    after = r"_?(?:[gG]rad(?:ient)?|[pP]rime|[dD]erivative|[dD]eriv|[jJ]acobian|d|der)s?$"
    for base in (re.sub(before, "", name), re.sub(after, "", name)):
        if base and base != name:
            yield from (base, f"{base}_forward", f"compute_{base}", f"{base}_function", f"{base}_loss")


def _has_rule(source: Source, node: Function) -> bool:
    """Whether a function has a rule of its own, by JAX's `custom_vjp`, `custom_jvp` or `custom_gradient`."""
    rules = re.compile(r"custom_(?:vjp|jvp|gradient)")
    decorated = any(rules.search(ast.unparse(each)) for each in node.decorator_list)
    return decorated or f"{node.name}.defvjp(" in source.text


def _goes_back(method: str) -> bool:
    """Whether a method's name says that it gives gradients."""
    return bool(re.search(r"back|bwd|grad|deriv|prime|jacobian", method, re.IGNORECASE))


def _class_pair(source: Source, node: ast.ClassDef, method: str = "backward") -> Pair:
    methods = source.methods(node)
    values = () if method == "backward" else _VALUES
    ahead = next((each for each in (*_forwards(method), *FORWARD, *values) if each in methods and each != method), None)
    if ahead == "forward" and "__call__" in methods and "self.forward" in ast.unparse(methods["__call__"]):
        ahead = "__call__"  # which keeps more than the forward pass that it calls
    if ahead is None:
        raise EvaluationError(f"the class {node.name} in {source.file} has no method forward")
    if any(_is_torch_function(source, ast.unparse(each)) for each in node.bases):
        return Pair("torch", f"{node.name}.apply", _applied(methods, ahead))
    usual = ("backward", "backward_pass", "backprop", "grad", "gradient")
    back = next((each for each in (method, *usual) if each in methods), None)
    if back is None:
        raise EvaluationError(f"the class {node.name} in {source.file} has no method backward")
    if _is_free(methods[ahead]) and _is_free(methods[back]):
        return Pair("functions", f"{node.name}.{ahead}", facts_of(methods[ahead]), f"{node.name}.{back}",
                    facts_of(methods[back]))  # fmt: skip
    made = _making(source, node, methods)
    told = "forward" if ahead == "__call__" and "forward" in methods else ahead
    return Pair("class", ahead, facts_of(methods[told], method=True), back, facts_of(methods[back], method=True),
                made or Facts(node.name, (), (), frozenset(), node.lineno), "build" in methods,
                _kept_output(methods[ahead]), _rates(source))  # fmt: skip


def _rates(source: Source) -> tuple[str, ...]:
    """The numbers of a file that are the length of a step, by their names."""
    return tuple(target.id for each in source.tree.body if isinstance(each, ast.Assign) for target in each.targets
                 if isinstance(target, ast.Name) and is_rate(target.id) and len(target.id) > 1
                 and isinstance(each.value, ast.Constant))  # fmt: skip


def _is_free(method: Function) -> bool:
    """Whether a method is a function that only stands in a class: of its first argument no attribute is its own."""
    first = [each.arg for each in (*method.args.posonlyargs, *method.args.args)][:1]
    if not first or first[0] in ("self", "cls"):
        return False
    told = {each.attr for each in ast.walk(method) if isinstance(each, ast.Attribute)
            and isinstance(each.value, ast.Name) and each.value.id == first[0]}  # fmt: skip
    return told <= _OF_ARRAYS


def _kept_output(function: Function) -> str:
    """Where a forward pass that returns nothing keeps what it computes: what it sets of its object last."""
    if any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(function)):
        return ""
    kept = [target.attr for each in ast.walk(function) if isinstance(each, ast.Assign) for target in each.targets
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"]  # fmt: skip
    return kept[-1] if kept else ""


def _applied(methods: Mapping[str, Function], ahead: str) -> Facts:
    """What `apply` is called with: the forward pass's arguments without the class and without the context, if it has
    one; where `setup_context` is defined, it has none."""
    facts = facts_of(methods[ahead])
    of_class = any(ast.unparse(each) == "classmethod" for each in methods[ahead].decorator_list)
    return replace(facts, arguments=facts.arguments[of_class + ("setup_context" not in methods) :])


def backward_arguments(pair: Pair, inputs: Inputs, outputs: int) -> tuple[list[Any], dict[str, Any]] | None:
    """What the backward function is given: the cotangent, what the forward pass kept, and the same inputs by name.

    None where an argument cannot be told.
    """
    assert pair.backward_facts is not None
    given: list[Any] = []
    named: dict[str, Any] = {}
    rest = [f"output.{k}" for k in range(pair.cotangents, outputs)]
    by_bare = {bare(name): name for name in inputs.order}
    kept = {bare(name): k for k, name in enumerate(pair.forward_facts.returned) if name and outputs > 1}
    weights = [f"cotangent {k}" for k in range(pair.cotangents)]
    for argument in pair.backward_facts.arguments:
        name = bare(argument.name)
        if argument.spread:
            given += inputs.items(by_bare[name]) if name in by_bare else []
            continue
        if argument.name in pair.cotangent_names:
            value: Any = Result(weights.pop(0))
        elif name in by_bare:
            value = Result(f"given {by_bare[name]}")
        elif kept.get(name, 0) >= pair.cotangents:
            value = Result(f"output.{kept[name]}")
        elif argument.usage.texts:
            value = argument.usage.texts[0]
        elif name in _CACHE or re.search(r"cache", name):
            if not rest:
                return None
            value = Result(rest[-1])
        elif name in NUMBERS:
            value = NUMBERS[name]
        elif name in ("learningrate", "eta", "rate", "learnrate"):
            value = RATE
        elif name in ("out", "output", "yhat", "a", "y", "s", "result"):
            value = Result("output.0" if outputs > 1 else "output")
        elif argument.required:
            spare = [n for n in inputs.order if Result(f"given {n}") not in given]
            if not spare:
                return None
            value = Result(f"given {spare[0]}")
        else:
            continue
        if argument.named:
            named[argument.name] = value
        else:
            given.append(value)
    return given, named
