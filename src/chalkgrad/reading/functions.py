r"""Functions that a document is about: `f(x,y) = …`, and their partials `\frac{\partial f(x,y)}{\partial x} = …`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalkgrad.calculus import derive
from chalkgrad.errors import ReadingError
from chalkgrad.language import Definition, Expression, Program, Role, Tensor
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.limits import LONGEST_PROGRAM, check_length
from chalkgrad.page.syntax import BigOperator, Chain, Derivative, Group, Name, Number, Product, Syntax, walk_syntax
from chalkgrad.reading.claims import Claim, Link, Place
from chalkgrad.reading.families import quantities
from chalkgrad.reading.latex import read_latex
from chalkgrad.reading.meaning import Meaning, meaning_of
from chalkgrad.reading.scope import Scope, core, is_label, superscript_parts, text_of


@dataclass(frozen=True)
class WrittenFunction:
    """A function of named variables: its definition where the document has one, and the partials that it claims."""

    name: str
    variables: tuple[Tensor, ...]
    definition: Expression | None = None
    partials: tuple[tuple[str, Expression], ...] = ()


def applied(syntax: Syntax | None) -> tuple[str, tuple[str, ...]] | None:
    """The name and the variables of `f(x, y)`; None for anything else."""
    if not isinstance(syntax, Product) or len(syntax.factors) != 2 or any(syntax.operators):
        return None
    name, group = syntax.factors
    if not isinstance(name, Name) or not isinstance(group, Group) or group.bracket != "(" or name.subscripts:
        return None
    variables = [variable for part in group.contents if (variable := variable_of(part))]
    return (core(name), tuple(variables)) if variables and len(variables) == len(group.contents) else None


def variable_of(part: Syntax) -> str:
    """How a variable of a function is called, `x` or `x_1`; "" for what is none."""
    if not isinstance(part, Name) or part.superscripts or part.primes:
        return ""
    numbers = [each.text for each in part.subscripts if isinstance(each, Number)]
    return "_".join((core(part), *numbers)) if len(numbers) == len(part.subscripts) <= 1 else ""


def function_of(chain: Chain, known: Mapping[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]] | None:
    """The function that an equation is about: on its left stands `f(x,y)`, or a derivative of it by a variable.

    A derivative of a bare f counts when f is `known` from another equation.
    """
    left = chain.sides[0]
    about = left.numerator if isinstance(left, Derivative) else left
    if isinstance(left, Derivative) and isinstance(about, Name) and core(about) in known:
        return core(about), known[core(about)]
    return applied(about)


def read_latex_function(text: str) -> Program:
    r"""A scalar function in LaTeX as a program like that of `read_function`: its variables are inputs, its result is f.

    `f(x, y) = …` names the function and its variables, in that order; without it every name in the formula is one, in
    order of first use, and letters side by side are a product. Dollar signs around it are allowed. Raises
    `ReadingError` with the place.

    >>> print(read_latex_function(r"100(y^2-x)^2 + \frac{x_1}{2}"))
    input y
    input x
    input x_1
    f = 100*(y^2 - x)^2 + x_1/2
    result f
    """
    check_length(text, LONGEST_PROGRAM)
    bare = "".join(" " if character in "$&" else character for character in text)
    formulas = read_latex(bare)
    if len(formulas) != 1:
        raise ReadingError(f"there are {len(formulas)} formulas", text=text, expected="one")
    formula: Syntax = formulas[0]
    head: tuple[str, tuple[str, ...]] | None = None
    if isinstance(formula, Chain):
        head = applied(formula.sides[0])
        left = formula.sides[0]
        if head is None and isinstance(left, Name) and left.subscripts == ():
            head = (core(left), ())
        if head is None or len(formula.sides) != 2 or formula.relations != ("=",):
            raise ReadingError("this is not the definition of a function", text=text, expected="f(x, y) = formula")
        formula = formula.sides[1]
    name, variables = head or ("f", ())
    bound = _bound(formula)
    found = (part for each in quantities(formula) for part in _scalars(each))
    names = variables or tuple(dict.fromkeys(part for part in found if part not in bound))
    scope = Scope({variable: Tensor(variable, (), Role.INPUT) for variable in names})
    body = meaning_of(formula, scope, bare).expression
    if body.free:
        letters = ", ".join(sorted(axis.name for axis in body.free))
        raise ReadingError(f"the index {letters} is neither summed nor fixed", text=text, expected="a single number")
    while name in names:
        name += "_value"
    result = Tensor(name)
    return Program(tuple(scope.tensors[each] for each in names), (Definition(result, (), body),), (result,))


def _bound(formula: Syntax) -> set[str]:
    """The letters that sums and products run over."""
    operators = [part for part in walk_syntax(formula) if isinstance(part, BigOperator)]
    below = [part for operator in operators for each in operator.subscripts for part in walk_syntax(each)]
    return {core(part) for part in below if isinstance(part, Name)}


def _scalars(name: Name) -> list[str]:
    """The names of the variables that a written name stands for: `x_1` is one, `xy` is x and y."""
    if name.subscripts:
        return [f"{core(name)}_{','.join(map(text_of, name.subscripts))}"]
    layers = "".join(text_of(part) for part in superscript_parts(name) if is_label(part))
    together = name.base.isalpha() and len(name.base) > 1 and not (name.style or name.accents or name.primes)
    return list(name.base) if together else [core(name) + (f"^{layers}" if layers else "")]


def functions_in(chains: Iterable[Chain]) -> dict[str, tuple[str, ...]]:
    """The functions that stand with their variables on the left of an equation, with those variables."""
    found = (function_of(chain, {}) for chain in chains)
    return dict(filter(None, found))


def read_functions(
    equations: Sequence[tuple[WrittenEquation, Chain]],
) -> tuple[tuple[WrittenFunction, ...], tuple[Claim, ...], tuple[tuple[WrittenEquation, ReadingError], ...]]:
    """The functions that the equations are about, the claims that they make, and what could not be read."""
    functions: dict[str, WrittenFunction] = {}
    heads = functions_in(chain for _, chain in equations)
    claims: list[Claim] = []
    unread: list[tuple[WrittenEquation, ReadingError]] = []
    for equation, chain in equations:
        head = function_of(chain, heads)
        assert head is not None
        name, variables = head
        tensors = tuple(Tensor(variable, (), Role.INPUT) for variable in variables)
        known = functions.get(name, WrittenFunction(name, tensors))
        try:
            claim = _claim(equation, chain, known)
        except ReadingError as problem:
            unread.append((equation, problem))
            continue
        claims.append(claim)
        expression = claim.links[-1].expression
        if expression is not None and claim.wrt is not None:
            partials = (*known.partials, (claim.wrt.tensor.name, expression))
            known = WrittenFunction(name, known.variables, known.definition, partials)
        elif expression is not None:
            known = WrittenFunction(name, known.variables, expression, known.partials)
        functions[name] = known
    return tuple(functions.values()), tuple(claims), tuple(unread)


def _claim(equation: WrittenEquation, chain: Chain, function: WrittenFunction) -> Claim:
    name, scope = function.name, Scope({tensor.name: tensor for tensor in function.variables})
    links: list[Link] = []
    for side in chain.sides[1:]:
        try:
            links.append(Link(side, expression=meaning_of(side, scope, equation.latex).expression))
        except ReadingError as problem:
            links.append(Link(side, problem=problem))
    if all(link.expression is None for link in links):
        problems = [link.problem for link in links if link.problem is not None]
        raise problems[0]
    left = chain.sides[0]
    if not isinstance(left, Derivative):
        return Claim(equation, "definition", name, chain, Place(Tensor(name)), None, tuple(links))
    meaning = Meaning(scope, equation.latex)
    for by in left.denominators:
        if variable_of(by) not in scope.tensors:
            raise meaning.error("a partial by something that is not one of the variables", left)
    first, *before = [variable_of(each) for each in left.denominators]
    wrt = Place(scope.tensors[first])
    if not before:
        return Claim(equation, "claim", f"d{name}/d{wrt}", chain, Place(Tensor(name)), wrt, tuple(links))
    if function.definition is None:
        raise meaning.error(f"a second derivative of {name}, which is not defined before", left, f"{name}(…) = …")
    times = {each: (first, *before).count(each) for each in (first, *before)}
    below = "".join(f"d{each}{count if count > 1 else ''}" for each, count in times.items())
    subject = f"d{len(left.denominators)}{name}/{below}"
    partial = _partial(function, before)
    return Claim(equation, "claim", subject, chain, Place(partial.result), wrt, tuple(links), model=partial)


def _partial(function: WrittenFunction, by: Sequence[str]) -> Program:
    """The derivative of a function by its variables, one after the other from the last, as a program of its own."""
    assert function.definition is not None
    result = Tensor(function.name)
    program = Program(function.variables, (Definition(result, (), function.definition),), (result,))
    for variable in reversed(by):
        program = derive(program, [variable]).program
    return program
