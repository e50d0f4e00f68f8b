"""The equations of the layers and losses of the catalogue, for sizes of one's own: inputs, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalkgrad.errors import ProgramError
from chalkgrad.language import Axis, Expression, Role, Tensor
from chalkgrad.networks import blocks, layers, normalising, objectives
from chalkgrad.networks.layers import Layer

Options = Mapping[str, int]
Lead = tuple[Axis, ...]
Made = tuple[tuple[Tensor, ...], Layer]


def _input(lead: Lead, *axes: Axis, name: str = "x", role: Role = Role.INPUT) -> Tensor:
    return Tensor(name, (*lead, *axes), role)


def _row(lead: Lead) -> Tensor:
    return _input(lead, Axis("i", "d"))


def _picture(lead: Lead, options: Options) -> Tensor:
    size = options["size"]
    return _input(lead, Axis("c", options["channels"]), Axis("r", size), Axis("s", size))


def normalised_row(
    function: Callable[[Tensor], Layer],
) -> Callable[[Lead, Options], Made]:
    """A layer that normalises a row of numbers."""

    def make(lead: Lead, options: Options) -> Made:
        x = _row(lead)
        return (x,), function(x)

    return make


def batch_normalised(lead: Lead, options: Options) -> Made:
    """Batch normalisation of channels."""
    channels = Axis("c", "C")
    x = _input(lead, channels)
    return (x,), normalising.batch_normalisation(x, channels)


def group_normalised(lead: Lead, options: Options) -> Made:
    """Group normalisation of channels over time."""
    channels = Axis("c", options["channels"])
    x = _input(lead, channels, Axis("t", "T"))
    return (x,), normalising.group_normalisation(x, channels, options["groups"])


def gated(function: str) -> Callable[[Lead, Options], Made]:
    """A gated linear unit with a function of the table."""

    def make(lead: Lead, options: Options) -> Made:
        x = _input(lead, Axis("i", "d"))
        return (x,), blocks.gated_unit(x, Axis("j", "m"), function)

    return make


def attention(lead: Lead, options: Options) -> Made:
    """Attention of a sequence to itself with several heads; 0 keys are as many as heads."""
    heads, keys = options["heads"], options["keys"] or options["heads"]
    if not keys or heads % keys:
        raise ProgramError(f"{heads} heads cannot share {keys} keys evenly")
    x = _input(lead, Axis("t", "T"), Axis("i", "m"))
    groups, queries, width = Axis("g", keys), Axis("r", heads // keys), Axis("d", options["width"])
    return (x,), blocks.multi_head_attention(x, groups, queries, width, causal=bool(options["causal"]))


def rotary(lead: Lead, options: Options) -> Made:
    """Rotated positions of a sequence."""
    x = _input(lead, Axis("t", "T"), Axis("i", options["width"]))
    return (x,), blocks.rotary(x)


def convolution(places: int) -> Callable[[Lead, Options], Made]:
    """A convolution over one place or two."""

    def make(lead: Lead, options: Options) -> Made:
        names, kernel_names = ("r", "s")[:places], ("p", "q")[:places]
        space = (Axis(name, options["size"]) for name in names)
        x = _input(lead, Axis("c", options["channels"]), *space)
        kernel = tuple(Axis(name, options["kernel"]) for name in kernel_names)
        made = layers.convolution(
            x, Axis("o", options["units"]), kernel, output="h",
            stride=options["stride"], padding=options["padding"], dilation=options["dilation"],
        )  # fmt: skip
        return (x,), made

    return make


def pooling(kind: str) -> Callable[[Lead, Options], Made]:
    """Pooling of a picture."""

    def make(lead: Lead, options: Options) -> Made:
        x = _picture(lead, options)
        kernel = (Axis("p", options["kernel"]), Axis("q", options["kernel"]))
        return (x,), layers.pooling(x, kernel, kind, stride=options["stride"])

    return make


def embedding(lead: Lead, options: Options) -> Made:
    """A row of a table for each label of a sequence."""
    labels = _input(lead, Axis("t", "T"), name="labels")
    return (labels,), blocks.embedding(labels, Axis("v", "V"), Axis("i", "d"))


def dropout(lead: Lead, options: Options) -> Made:
    """Dropout of a row with its mask."""
    x = _row(lead)
    mask = Tensor("mask", x.axes, Role.INPUT)
    percent = options["percent"]
    if percent >= 100:
        raise ProgramError(f"the share that is dropped is below 100 percent, not {percent}")
    return (x, mask), blocks.dropout(x, mask, f"{percent / 100:.2f}")


def recurrent(function: Callable[[Tensor, Axis], Layer]) -> Callable[[Lead, Options], Made]:
    """A recurrent layer over a sequence."""

    def make(lead: Lead, options: Options) -> Made:
        x = _input(lead, Axis("t", options["steps"]), Axis("i", "p"))
        return (x,), function(x, Axis("j", "m"))

    return make


def softmax(lead: Lead, options: Options) -> Made:
    """The softmax of a row."""
    x = _input(lead, Axis("k", "c"))
    return (x,), layers.softmax(x, output="p")


def dot_product_attention(lead: Lead, options: Options) -> Made:
    """Scaled dot-product attention of queries, keys and values."""
    t, u, d, c = Axis("t", "T"), Axis("u", "U"), Axis("i", "d"), Axis("j", "m")
    query, key, value = (_input(lead, *axes, name=name) for name, axes in (("Q", (t, d)), ("K", (u, d)), ("V", (u, c))))
    return (query, key, value), layers.attention(query, key, value)


def logits(lead: Lead) -> tuple[Tensor, Tensor]:
    """Logits by class and the labels."""
    return _input(lead, Axis("k", "c"), name="z"), _input(lead, name="labels", role=Role.TARGET)


def pair(lead: Lead) -> tuple[Tensor, Tensor]:
    """Two rows of numbers."""
    return _input(lead, Axis("i", "d"), name="a"), _input(lead, Axis("i", "d"), name="b")


def gaussian(lead: Lead, options: Options) -> Expression:
    """The log-likelihood of samples under a normal distribution."""
    samples = _row(lead)
    d = samples.axes[-1]
    mean, covariance = Tensor("mu", (d,), Role.PARAMETER), Tensor("S", (d, Axis("j", "d")), Role.PARAMETER)
    return objectives.gaussian_log_likelihood(samples, mean, covariance)


def mixture(lead: Lead, options: Options) -> Expression:
    """The density of numbers under mixtures."""
    parts = Axis("k", "c")
    named = (_input(lead, parts, name=name) for name in ("z", "mu", "rho"))
    return objectives.mixture_density(_input(lead, name="y", role=Role.TARGET), *named)


def elbo(lead: Lead, options: Options) -> Expression:
    """The ELBO of pictures with black and white points."""
    seen, hidden = Axis("i", "d"), Axis("k", "m")
    return objectives.evidence_lower_bound(
        _input(lead, seen, name="x", role=Role.TARGET),
        _input(lead, seen, name="z"),
        _input(lead, hidden, name="mu"),
        _input(lead, hidden, name="rho"),
    )


def policy(lead: Lead, options: Options) -> Expression:
    """The policy gradient's loss."""
    scores, actions = logits(lead)
    return objectives.policy_gradient(scores, actions, _input(lead, name="A", role=Role.TARGET))


def loss(
    function: Callable[..., Expression], given: Callable[[Lead], tuple[Tensor, ...]]
) -> Callable[[Lead, Options], Expression]:
    """A loss of what `given` makes from the leading axes."""
    return lambda lead, options: function(*given(lead))


def shares(lead: Lead) -> tuple[Tensor, Tensor]:
    """Probabilities and logits."""
    classes = Axis("k", "c")
    return _input(lead, classes, name="p", role=Role.TARGET), _input(lead, classes, name="z")
