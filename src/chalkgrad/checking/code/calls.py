"""How a function, a method or a class may be called: candidates with their costs, the likeliest first."""

from __future__ import annotations

import ast
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chalkgrad.checking.code.arguments import Asked, Choice, Rate, Role, choices, filled, first_number, leaves, roles_of
from chalkgrad.checking.code.facts import Argument, Facts, facts_of
from chalkgrad.checking.code.layouts import Layout, Packing, Values, layouts_for
from chalkgrad.checking.code.names import bare, meanings, parameter
from chalkgrad.checking.code.sandbox import Program
from chalkgrad.checking.code.source import Function, Source
from chalkgrad.checking.code.trees import Held, Result, Thing
from chalkgrad.errors import EvaluationError
from chalkgrad.networks import NetworkSpec
from chalkgrad.networks.architecture import SOFTMAX

FORWARD = ("forward", "forward_pass", "feedforward", "feed_forward", "forward_propagation", "forward_prop",
           "forwardpropagation", "forward_propagate", "predict", "__call__", "call")  # fmt: skip
BACKWARD = ("backward", "backward_pass", "backprop", "back_prop", "backpropagation", "back_propagation",
            "backward_propagation", "backward_prop", "backpropagate", "backward_propagate", "compute_gradients",
            "gradients", "gradient", "grad", "compute_gradient", "loss", "train_step")  # fmt: skip
_KEPT = 30


@dataclass(frozen=True)
class Call:
    """One way of calling: its steps, with choices for values, in one layout.

    `words` say what was assumed. `facts` are those of the function that gives the gradients; `parameters` are the
    places of an object's attributes that hold the network's parameters.
    """

    layout: Layout
    steps: tuple[tuple[Any, ...], ...]
    cost: float
    words: str
    facts: Facts
    first: int = 1
    parameters: tuple[tuple[str, str], ...] = ()

    def program(self, values: Values) -> Program:
        """The steps with the values of one point."""
        steps = []
        report = []
        for kind, name, target, *rest in self.steps:
            if kind == "call":
                steps.append((kind, name, target, *rest))
            else:
                steps.append((kind, name, target, filled(rest[0], self.layout, values)))
            if name:
                report.append(name)
        return Program(tuple(steps), tuple(report))

    @property
    def trees(self) -> list[Any]:
        """The choices of all steps."""
        return [step[3] for step in self.steps if step[0] != "call"]

    @property
    def roles(self) -> set[str]:
        """The values of the network that are given."""
        return set().union(*map(roles_of, self.trees))

    @property
    def packing(self) -> Packing | None:
        """How the parameters were packed, if they were given as one vector."""
        found = [leaf for tree in self.trees for leaf in leaves(tree) if isinstance(leaf, Packing)]
        return found[0] if found else None

    @property
    def rate(self) -> float | None:
        """The length of the step that was given."""
        found = [leaf.value for tree in self.trees for leaf in leaves(tree) if isinstance(leaf, Rate)]
        return found[0] if found else None


@dataclass(frozen=True)
class Target:
    """What is checked: a function, or a class with its constructor, its forward pass if it has one, and its method."""

    name: str
    function: Facts
    constructor: Facts | None = None
    forward: Facts | None = None
    made: str = ""


def target_of(source: Source, name: str) -> Target:
    """What a name of a file means as something to call; raises `EvaluationError` where it cannot be called."""
    node = source.definition(name)
    if isinstance(node, Function):
        owner = name.rpartition(".")[0]
        held = source.definition(owner) if owner else None
        return _of_class(held, owner, node.name) if isinstance(held, ast.ClassDef) else Target(name, facts_of(node))
    if isinstance(node, ast.ClassDef):
        return _of_class(node, name, "")
    called = _lambda(node)
    if called is None:
        raise EvaluationError(f"{name} in {source.file} is neither a function nor a class")
    return Target(name, facts_of(called))


def _lambda(node: ast.stmt) -> Function | None:
    """A function that is written as a lambda: `grad = lambda w: 2 * w`."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        body: list[ast.stmt] = [ast.copy_location(ast.Return(node.value.body), node.value)]
        made = ast.FunctionDef("grad", node.value.args, body, [], None, None)
        return ast.fix_missing_locations(ast.copy_location(made, node))
    return None


def _of_class(node: ast.ClassDef, name: str, method: str) -> Target:
    methods = {each.name: each for each in node.body if isinstance(each, Function)}
    wanted = [method] if method else [each for each in BACKWARD if each in methods]
    if not wanted:
        known = ", ".join(each for each in methods if not each.startswith("_"))
        raise EvaluationError(f"the class {name} has no method backward; it has {known}")
    ahead = [each for each in FORWARD if each in methods and each != wanted[0]]
    if wanted[0] == "loss":
        ahead = []
    constructor = facts_of(methods["__init__"], method=True) if "__init__" in methods else None
    empty = Facts("__init__", (), (), frozenset(), node.lineno)
    return Target(
        f"{name}.{wanted[0]}",
        facts_of(methods[wanted[0]], method=True),
        constructor or empty,
        facts_of(methods[ahead[0]], method=True) if ahead else None,
        name,
    )


def probes(target: Target, spec: NetworkSpec, samples: int, values: Values, asked: Asked) -> list[Call]:
    """Calls that only make the object, to see what it holds."""
    assert target.constructor is not None
    found = []
    asked = replace(asked, constructing=True)
    for layout in layouts_for(spec)[:12]:
        for cost, steps, words in _steps(target.constructor, target.made, "object", layout, spec, samples, 1, asked):
            found.append(Call(layout, tuple(steps), cost, words, target.constructor))
    return sorted(found, key=lambda call: call.cost)[:40]


def candidates(
    target: Target,
    spec: NetworkSpec,
    samples: int,
    asked: Asked,
    made: Thing | None,
    globals_: Sequence[str],
    limit: int,
) -> list[Call]:
    """Ways of calling the target, the likeliest first; `made` is the object as its constructor leaves it."""
    facts = target.function
    names = (
        [each.name for each in facts.arguments]
        + list(facts.returned)
        + [k for a in facts.arguments for k in a.usage.keys]
    )
    first = first_number([*names, *(made.attributes if made is not None else ())])
    found = []
    for layout in layouts_for(spec):
        if not set(asked.layout) <= {layout.samples, layout.weights, layout.biases, layout.labels}:
            continue
        for cost, steps, words, parameters in _all_steps(target, layout, spec, samples, first, asked, made, globals_):
            call = Call(layout, tuple(steps), layout.cost + cost, words, facts, first, tuple(parameters))
            penalty = _unlikely(call, spec)
            if penalty is not None:
                found.append(Call(layout, call.steps, call.cost + penalty, words, facts, first, call.parameters))
    return heapq.nsmallest(limit, found, key=lambda call: call.cost)


def _unlikely(call: Call, spec: NetworkSpec) -> float | None:
    """What it costs that a call does not fit together; None where it cannot be meant."""
    roles = call.roles
    if "dL_dyhat" in roles and spec.activations[-1] == SOFTMAX:
        return None  # what a softmax gets from above is not told apart from that of its pre-activations
    biases = any(role[0] == "b" for role in roles)
    if call.layout.biases == "none" and biases:
        return None
    returned = any(parameter(name, spec, call.first)[:1] == "b" for name in call.facts.returned)
    computed = roles & {"yhat", "dL_dyhat"} or any(role[0] in "zh" or role.startswith("dL") for role in roles)
    cost = 0.0
    if call.layout.bias_apart and not biases and not computed:
        cost += 1.0
    if not call.layout.bias_apart and returned:
        cost += 1.0
    needed = {"x", "y"} if not computed else {"y"} if "dL_dyhat" not in roles else set()
    return cost + 0.5 * len(needed - roles)


def _all_steps(
    target: Target,
    layout: Layout,
    spec: NetworkSpec,
    samples: int,
    first: int,
    asked: Asked,
    made: Thing | None,
    globals_: Sequence[str],
) -> Iterator[tuple[float, list[tuple[Any, ...]], str, list[tuple[str, str]]]]:
    before = list(_globals(globals_, layout, spec, first))
    if target.constructor is None:
        for cost, steps, words in _steps(target.function, target.name, "result", layout, spec, samples, first, asked):
            yield cost, [*before, *steps], words, []
        return
    making = replace(asked, constructing=True)
    made_by = _steps(target.constructor, target.made, "object", layout, spec, samples, first, making)
    given = {role for _, steps, _ in made_by[:1] for step in steps if step[0] == "value" for role in roles_of(step[3])}
    held = _parameters(made, layout, spec, first, given) if made is not None else []
    if held is None:
        return
    cost, sets = _sets(made, [each for each in held if each[1] not in given], spec) if made is not None else (0.0, [])
    about = (layout, spec, samples, first, asked)
    no_step: list[tuple[float, list[tuple[Any, ...]], str]] = [(0.0, [], "")]
    ahead = _steps(target.forward, f"object.{target.forward.name}", "output", *about) if target.forward else no_step
    names = [each.kind == "role" and each.what == "x" for argument in target.function.arguments
             for each in meanings(argument.name, spec, first)[:1]]  # fmt: skip
    if target.forward is not None and any(names):  # it is given the inputs itself
        ahead = [*ahead[:2], (0.3, [], "")]
    back = _steps(target.function, f"object.{target.function.name}", "result", *about)
    for one in made_by[:4]:
        for two in ahead[:3]:
            for three in back[:_KEPT]:
                steps = [*before, *one[1], *sets, *two[1], *three[1]]
                words = ", ".join(filter(None, (one[2], two[2], three[2])))
                yield cost + one[0] + two[0] + three[0], steps, words, held


def _globals(names: Sequence[str], layout: Layout, spec: NetworkSpec, first: int) -> Iterator[tuple[Any, ...]]:
    """Names of the file that the function reads, where they are values of the network."""
    for name in names:
        meant = [each for each in meanings(name, spec, first) if each.kind == "role" and len(bare(name)) > 1]
        if meant and not (meant[0].what[0] == "b" and not layout.bias_apart):
            yield ("set", "", name, Role(meant[0].what))


def _steps(
    facts: Facts, target: str, result: str, layout: Layout, spec: NetworkSpec, samples: int, first: int, asked: Asked
) -> list[tuple[float, list[tuple[Any, ...]], str]]:
    """The likeliest ways of giving the arguments of one function, each as steps."""
    beam: list[tuple[float, list[tuple[Argument, Choice]]]] = [(0.0, [])]
    for argument in facts.arguments:
        may = choices(argument, layout, spec, samples, first, asked)
        if not argument.required:
            whole = [each for each in may if roles_of(each.tree)]
            may = [*whole, Choice(None, 1.0)] if whole else [*may[:3], Choice(None)]
        extended = [
            (cost + choice.cost, [*chosen, (argument, choice)])
            for cost, chosen in beam
            for choice in may
            if _once(choice, chosen)
        ]
        beam = heapq.nsmallest(_KEPT, extended, key=lambda each: each[0])
    found = []
    for cost, chosen in beam:
        steps: list[tuple[Any, ...]] = []
        given: list[Any] = []
        named: dict[str, Any] = {}
        words = []
        by_name = False
        for argument, choice in chosen:
            if choice.tree is None and not argument.required:
                by_name = True
                continue
            kept = f"{result} {argument.name}"
            steps.append(("value", kept, "", choice.tree))
            if argument.spread:
                size = len(choice.tree) if isinstance(choice.tree, list | tuple) else 0
                given += [Result(f"{kept}.{k}") for k in range(size)]
            elif by_name or argument.named:
                named[argument.name] = Result(kept)
            else:
                given.append(Result(kept))
            words += _in_words(argument.name, choice.tree)
        steps.append(("call", result, target, given, named))
        found.append((cost, steps, ", ".join(words)))
    return found


def _once(choice: Choice, chosen: list[tuple[Argument, Choice]]) -> bool:
    """Whether no other argument is the same value of the network already."""
    return not isinstance(choice.tree, Role) or all(choice.tree != other.tree for _, other in chosen)


def _in_words(name: str, tree: Any) -> list[str]:
    """What was assumed of an argument, where its name does not say it."""
    match tree:
        case Packing():
            return [f"{name} = {tree.words}"]
        case Role(name=role):
            return [] if bare(role) == bare(name) else [f"{name} = {role.replace('+', ' with ones')}"]
        case Rate(value=value):
            return [f"{name} = {value:g}"]
        case int() | float() | str():
            return [f"{name} = {tree}"]
        case list() | tuple() if tree and all(isinstance(each, Role) for each in tree):
            return [f"{name} = ({', '.join(each.name for each in tree)})"]
        case _:
            return []


def arrays_in(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every array of an object, with its dotted place; of a tensor with its gradient, the tensor."""
    match value:
        case np.ndarray():
            yield place, value
        case Held():
            yield place, value.value
        case Thing():
            for name, each in value.attributes.items():
                yield from arrays_in(each, f"{place}.{name}" if place else name)
        case dict():
            for name, each in value.items():
                yield from arrays_in(each, f"{place}.{name}" if place else name)
        case list() | tuple():
            for number, each in enumerate(value):
                yield from arrays_in(each, f"{place}.{number}" if place else str(number))


def role_at(place: str, spec: NetworkSpec, first: int) -> str:
    """The parameter that a place of an object names: `params.W1`, `weights.0`."""
    *_, before, last = ["", *place.split(".")]
    named = f"{before}{int(last) + 1}" if last.isdigit() and before else last
    return parameter(named, spec, 1 if last.isdigit() else first, plain=True)


def _parameters(
    made: Thing, layout: Layout, spec: NetworkSpec, first: int, given: set[str]
) -> list[tuple[str, str]] | None:
    """Where an object holds the parameters: by name and shape, or by shape alone; None where they do not fit."""
    depth = len(spec.sizes) - 1
    roles = [f"W{k}" for k in range(1, depth + 1)] + [f"b{k}" for k in range(1, depth + 1) if layout.bias_apart]
    shapes = {role: np.shape(layout.show(role, _blank(spec))) for role in roles}
    free = {place: np.shape(array) for place, array in arrays_in(made)}
    found: list[tuple[str, str]] = []
    for by_name in (True, False):
        for role in roles:
            if role in {each for _, each in found}:
                continue
            named = role if by_name else ""
            fits = [p for p, shape in free.items() if shape == shapes[role] and role_at(p, spec, first) == named]
            if fits:
                found.append((fits[0], role))
                del free[fits[0]]
    missing = set(roles) - {role for _, role in found} - given
    return None if missing else found


def _blank(spec: NetworkSpec) -> Mapping[str, Any]:
    blank: dict[str, Any] = {}
    for k, (inputs, outputs) in enumerate(zip(spec.sizes, spec.sizes[1:], strict=False), start=1):
        blank |= {f"W{k}": np.zeros((inputs, outputs)), f"b{k}": np.zeros(outputs)}
    return blank


def _sets(made: Thing, held: list[tuple[str, str]], spec: NetworkSpec) -> tuple[float, list[tuple[Any, ...]]]:
    """Steps that set the parameters of an object, the length of its step, and its regularisation to 0."""
    steps: list[tuple[Any, ...]] = [("set", "", f"object.{place}", Role(role)) for place, role in held]
    for name, value in made.attributes.items():
        if isinstance(value, np.ndarray) and value.ndim == 0:
            kinds = {each.kind: each.what for each in meanings(name, spec)}
            if "rate" in kinds:
                steps.append(("set", "", f"object.{name}", Rate()))
            elif "number" in kinds:
                steps.append(("set", "", f"object.{name}", float(kinds["number"])))
    unnamed = sum(1 for place, role in held if role_at(place, spec, 1) != role)
    return 0.1 * unnamed, steps
