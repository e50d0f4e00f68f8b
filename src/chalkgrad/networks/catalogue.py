"""Layers and losses that people write kernels for, by name: a table of their equations with sizes of one's own.

A layer ends in L = Σ δ ⊙ h, with δ what arrives from above, so that the derivatives of L are its backward pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chalkgrad.errors import ChalkgradError, ProgramError, UnknownNameError
from chalkgrad.language import Axis, Definition, Expression, Program, Role, Tensor, summation
from chalkgrad.networks import layer_makers as make
from chalkgrad.networks import layers, normalising, objectives, recurrent
from chalkgrad.networks.layer_makers import Lead, Made, Options
from chalkgrad.networks.tables import row_named

SAMPLES = Axis("n", "n")
_MAY_BE_NONE = ("padding", "keys", "causal", "percent")


@dataclass(frozen=True)
class CataloguedLayer:
    """A row of the catalogue: what it is called, its equations, and its sizes with what they are unless told.

    `make` gets the leading axes (none for one sample, n for a batch) and the sizes; it gives the inputs and the layer.
    A loss gives its one equation instead. `together` are rows that mix the samples of a batch: there is no equation
    for one sample alone. `fixed` are inputs that nothing is derived by (labels, masks, targets).
    """

    name: str
    title: str
    make: Callable[[Lead, Options], Made | Expression]
    options: Options = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    together: bool = False
    fixed: frozenset[str] = frozenset()

    def program(self, options: Options | None = None, *, batch: bool = True) -> Program:
        """The equations with the loss, over a batch or for one sample.

        >>> print(catalogued("rms norm").program(batch=False))
        axis i: d
        input x[i]
        target delta[i]
        parameter gamma[i]
        ms = sum(i, x[i]^2)/|d|
        h[i] = x[i]*gamma[i]/sqrt(ms + 0.00001)
        L = sum(i, h[i]*delta[i])
        result L
        """
        given = {**self.options, **(options or {})}
        for name, size in given.items():
            if name not in self.options:
                raise UnknownNameError(f"size of '{self.name}'", name, self.options or ("none",))
            least = 0 if name in _MAY_BE_NONE else 1
            if isinstance(size, bool) or size < least:
                raise ChalkgradError(f"{name} of '{self.name}' is a whole number from {least}, not {size!r}")
        try:
            made = self.make((SAMPLES,) if batch or self.together else (), given)
        except ProgramError as problem:
            raise ChalkgradError(f"{self.name}: {problem}") from None
        loss = Tensor("L")
        if isinstance(made, Expression):
            declared = sorted(made.tensors, key=lambda each: (list(Role).index(each.role), each.name))
            return Program(tuple(declared), (Definition(loss, (), made),), (loss,))
        inputs, layer = made
        out = layer.output
        above = Tensor("delta", out.axes, Role.TARGET)
        total = Definition(loss, (), summation(out[out.axes] * above[out.axes], *out.axes))
        return Program((*inputs, above, *layer.parameters), (*layer.definitions, total), (loss,))

    def derived(self, program: Program) -> tuple[str, ...]:
        """By what it is derived: its inputs and parameters, but not labels and masks."""
        return tuple(
            tensor.name
            for tensor in program.declared
            if tensor.role in (Role.INPUT, Role.PARAMETER) and tensor.name not in self.fixed
        )


def catalogued(name: str) -> CataloguedLayer:
    """The row with a name, however it is spelled ("LayerNorm", "layer-norm"); raises `UnknownNameError`.

    >>> catalogued("LayerNorm").title
    'layer normalisation'
    """
    try:
        return row_named("layer", name, CATALOGUE.values())
    except UnknownNameError as unknown:
        joined = {spelling.replace("_", ""): row for row in CATALOGUE.values() for spelling in (row.name, *row.aliases)}
        found = joined.get("".join(letter for letter in name.lower() if letter.isalnum()))
        if found is None:
            raise UnknownNameError("layer", name, unknown.known) from None
        return found


_LABELS = frozenset({"labels", "mask"})
_PICTURE = {"channels": 2, "size": 6, "kernel": 2, "stride": 2}
_ROWS = (
    CataloguedLayer(
        "layer_norm",
        "layer normalisation",
        make.normalised_row(layers.layer_normalisation),
        aliases=("layer_normalisation", "layer_normalization"),
    ),
    CataloguedLayer(
        "rms_norm",
        "normalisation by the root of the mean square",
        make.normalised_row(normalising.rms_normalisation),
        aliases=("rms_normalisation",),
    ),
    CataloguedLayer(
        "batch_norm",
        "batch normalisation",
        make.batch_normalised,
        aliases=("batch_normalisation", "batch_normalization"),
        together=True,
    ),
    CataloguedLayer(
        "group_norm",
        "group normalisation",
        make.group_normalised,
        {"channels": 4, "groups": 2},
        ("group_normalisation",),
    ),
    CataloguedLayer("softmax", "softmax", make.softmax),
    CataloguedLayer("glu", "a gated linear unit", make.gated("sigmoid")),
    CataloguedLayer("swiglu", "a linear unit gated by SiLU", make.gated("silu")),
    CataloguedLayer("geglu", "a linear unit gated by GELU", make.gated("gelu")),
    CataloguedLayer(
        "dot_product_attention",
        "scaled dot-product attention",
        make.dot_product_attention,
        aliases=("scaled_dot_product_attention",),
    ),
    CataloguedLayer(
        "attention",
        "causal attention with several heads, that may share keys",
        make.attention,
        {"heads": 2, "keys": 0, "width": 3, "causal": 1},
        ("multi_head_attention", "self_attention", "grouped_query_attention", "causal_attention"),
    ),
    CataloguedLayer("rotary", "rotated positions", make.rotary, {"width": 4}, ("rope", "rotary_embedding")),
    CataloguedLayer(
        "conv1d",
        "a convolution over one axis",
        make.convolution(1),
        {"channels": 2, "units": 3, "size": 8, "kernel": 3, "stride": 1, "padding": 0, "dilation": 1},
    ),
    CataloguedLayer(
        "conv2d",
        "a convolution over two axes",
        make.convolution(2),
        {"channels": 2, "units": 3, "size": 6, "kernel": 3, "stride": 1, "padding": 0, "dilation": 1},
        ("convolution", "conv"),
    ),
    CataloguedLayer(
        "max_pool", "the greatest of each window", make.pooling("max"), _PICTURE, ("max_pooling", "max_pool2d")
    ),
    CataloguedLayer(
        "average_pool",
        "the mean of each window",
        make.pooling("average"),
        _PICTURE,
        ("average_pooling", "avg_pool", "avg_pool2d"),
    ),
    CataloguedLayer("embedding", "a row of a table for each label", make.embedding, fixed=_LABELS),
    CataloguedLayer("dropout", "dropout with its mask", make.dropout, {"percent": 50}, fixed=_LABELS),
    CataloguedLayer("rnn", "a simple recurrent layer", make.recurrent(recurrent.rnn), {"steps": 3}),
    CataloguedLayer("lstm", "long short-term memory", make.recurrent(recurrent.lstm), {"steps": 3}),
    CataloguedLayer("gru", "a gated recurrent unit", make.recurrent(recurrent.gru), {"steps": 3}),
    CataloguedLayer(
        "label_smoothing",
        "cross-entropy with smoothed labels",
        make.loss(objectives.label_smoothed_cross_entropy, make.logits),
        aliases=("label_smoothed_cross_entropy",),
        together=True,
    ),
    CataloguedLayer(
        "focal", "focal loss", make.loss(objectives.focal, make.logits), aliases=("focal_loss",), together=True
    ),
    CataloguedLayer(
        "kl",
        "KL divergence",
        make.loss(objectives.kl_divergence, make.shares),
        aliases=("kl_divergence", "kl_div"),
        together=True,
    ),
    CataloguedLayer(
        "cosine",
        "cosine similarity",
        make.loss(objectives.cosine_similarity, make.pair),
        aliases=("cosine_similarity",),
        together=True,
    ),
    CataloguedLayer("info_nce", "InfoNCE", make.loss(objectives.info_nce, make.pair), together=True),
    CataloguedLayer(
        "gaussian",
        "log-likelihood of a normal distribution with a full covariance",
        make.gaussian,
        aliases=("gaussian_log_likelihood", "multivariate_normal"),
        together=True,
    ),
    CataloguedLayer(
        "mixture_density", "mixture of normal distributions", make.mixture, aliases=("mdn",), together=True
    ),
    CataloguedLayer(
        "elbo", "ELBO of a variational autoencoder", make.elbo, aliases=("vae", "evidence_lower_bound"), together=True
    ),
    CataloguedLayer("policy_gradient", "policy gradient", make.policy, aliases=("reinforce",), together=True),
)
CATALOGUE: dict[str, CataloguedLayer] = {row.name: row for row in _ROWS}
