"""What each free quantity of a document is for: a parameter, a target or an input, by where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chalkgrad.language import Add, Definition, Element, Expression, Multiply, Role, Sum, children, walk
from chalkgrad.reading.readings import Reading


def roles_of(reading: Reading) -> dict[str, Role]:
    """What each free quantity is for: a parameter is derived by, a target stands in the loss only."""
    definitions = reading.definitions
    aliases = reading.setting.aliases if reading.setting is not None else {}
    vocabulary = reading.facts.vocabulary
    moving = {vocabulary.use(name).symbol for names in vocabulary.moving.values() for name in names}
    derived_by = {aliases.get(symbol, symbol) for symbol in (*reading.facts.derived_by, *moving)}
    derived = {str(symbol) for symbol in derived_by}
    bases = {symbol.base for symbol in derived_by if str(symbol) not in definitions}
    loss = definitions.get(reading.loss)
    in_model: set[str] = set()
    in_loss = _in_loss(loss, definitions) if loss is not None else set()
    pending = list(in_loss) if loss is not None else list(definitions)
    begun: set[str] = set()
    while pending:
        name = pending.pop()
        if name in begun or name not in definitions:
            continue
        begun.add(name)
        in_model |= {tensor.name for tensor in definitions[name].body.tensors}
        pending += [tensor.name for tensor in definitions[name].body.tensors]
    names = {tensor.name for each in definitions.values() for tensor in each.body.tensors}
    for claim in reading.claims:
        for side in (claim.left, *(way for ways in claim.sides for way in ways[:1])):
            if side.value is not None:
                names |= {tensor.name for tensor in side.value.expression.tensors if tensor.role is not Role.ADJOINT}
    roles: dict[str, Role] = {}
    for name in names - set(definitions):
        if name in in_loss and name not in in_model and name not in derived:
            roles[name] = Role.TARGET
        else:
            alike = name in derived or name.partition("_")[0] in bases
            roles[name] = Role.PARAMETER if alike else Role.INPUT
    own = {str(symbol) for symbol, group in reading.facts.defined.items() if any(each.own for each in group)}
    network = [each for name, each in definitions.items() if (name in begun or loss is None) and name not in own]
    stacked = {str(symbol) for symbol, sort in reading.sorts.items() if sort.family == 1 and sort.kind in "CR"}
    _learned([each for each in network if not any(tensor.of for tensor in each.body.tensors)], roles, stacked)
    if loss is not None:
        _given(loss, roles)
    return roles


def _in_loss(loss: Definition, definitions: Mapping[str, Definition]) -> set[str]:
    r"""The quantities in a loss, and in those of which it is the sum or that are added to it, `L = \sum_t L_t`."""
    sums = [each for each in definitions.values() if loss.tensor.name in _added_up(each, definitions)]
    found: set[str] = set()
    pending, begun = [loss, *sums], {each.tensor.name for each in (loss, *sums)}
    while pending:
        definition = pending.pop()
        parts = _added_up(definition, definitions)
        found |= {tensor.name for tensor in definition.body.tensors} - parts
        pending += [definitions[name] for name in sorted(parts - begun)]
        begun |= parts
    return found


def _added_up(definition: Definition, definitions: Mapping[str, Definition]) -> set[str]:
    """The numbers of which a number is the sum, each defined and perhaps times a constant."""
    body, found = definition.body, set[str]()
    for term in body.terms if isinstance(body, Add) else (body,):
        factors = [each for each in (term.factors if isinstance(term, Multiply) else (term,)) if each.tensors]
        part = factors[0] if len(factors) == 1 else None
        if isinstance(part, Element) and not part.tensor.axes and part.tensor.name in definitions:
            found.add(part.tensor.name)
    return found


def _learned(network: Sequence[Definition], roles: dict[str, Role], stacked: set[str]) -> None:
    """What a value of the network is multiplied with is a parameter too, though nobody derives by it.

    `stacked` has what is one vector for each of something, as the samples x_n.
    """
    defined = {each.tensor.name for each in network}
    for definition in network:
        for factors, summed in _products(definition.body, False):
            elements = [factor for factor in factors if isinstance(factor, Element)]
            values = [each for each in elements if each.tensor.name in defined]
            for each in elements:
                contracted = summed or not any(value.free & each.free for value in values)
                if values and contracted and roles.get(each.tensor.name) is Role.INPUT:
                    roles[each.tensor.name] = Role.PARAMETER
            free = [each for each in elements if roles.get(each.tensor.name) is Role.INPUT]
            # of two that nobody derives by, w_{ij} x_i, the matrix is of weights
            if len(free) == 2 and len(elements) == 2:
                small, large = sorted(free, key=lambda each: len(each.tensor.axes))
                if len(small.tensor.axes) < len(large.tensor.axes) == 2 and "_" not in large.tensor.name:
                    weights = small if large.tensor.name in stacked else large
                    roles[weights.tensor.name] = Role.PARAMETER
    _added(network, roles)
    bases = {name.partition("_")[0] for name, role in roles.items() if role is Role.PARAMETER and "_" in name}
    for name, role in roles.items():
        if role is Role.INPUT and name.partition("_")[0] in bases:
            roles[name] = Role.PARAMETER


def _added(network: Sequence[Definition], roles: dict[str, Role]) -> None:
    """What is added to a product of weights and never multiplied is a bias."""
    factors = {each.tensor.name for definition in network for product, _ in _products(definition.body, False)
               for each in product if isinstance(each, Element)}  # fmt: skip
    for definition in network:
        for terms in (node.terms for node in walk(definition.body) if isinstance(node, Add)):
            weighed = any(roles.get(tensor.name) is Role.PARAMETER for term in terms for tensor in term.tensors)
            for term in terms if weighed else ():
                if not isinstance(term, Element) or len(term.tensor.axes) > 1:
                    continue  # what is added place by place to a matrix may be one for each sample
                if term.tensor.name not in factors and roles.get(term.tensor.name) is Role.INPUT:
                    roles[term.tensor.name] = Role.PARAMETER


def _products(node: Expression, summed: bool) -> Iterator[tuple[tuple[Expression, ...], bool]]:
    """The products in a formula, and whether a sum stands around each."""
    if isinstance(node, Multiply):
        yield node.factors, summed
    for child in children(node):
        yield from _products(child, isinstance(node, Sum))


def _given(loss: Definition, roles: dict[str, Role]) -> None:
    """What parameters are multiplied with in a loss that has its network written in is an input, no target."""
    for factors, _ in _products(loss.body, False):
        elements = [factor.tensor for factor in factors if isinstance(factor, Element)]
        if any(roles.get(tensor.name) is Role.PARAMETER for tensor in elements):
            for tensor in elements:
                if roles.get(tensor.name) is Role.TARGET:
                    roles[tensor.name] = Role.INPUT
