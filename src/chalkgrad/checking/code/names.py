"""What the usual names of a network's values mean: `W1`, `theta`, `dout`, `hidden_size`; rows of one table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chalkgrad.networks import NetworkSpec


@dataclass(frozen=True)
class Meaning:
    """What a name may stand for.

    `kind` is "role" (a value of the network, `what` its role), "count" (of samples), "size" (of a layer), "sizes",
    "depth", "number" (`what` the number), "rate" (a step's length), or "several" (all parameters or values together).
    """

    kind: str
    what: str = ""
    cost: float = 0.0


# Names without underscores, in small letters; {} is the number of the layer.
_WITH_NUMBER = (
    (r"(?:w|weights?|theta|kernel|wt|wts|wl|wmat)", "W{}"),
    (r"(?:b|bias|biases|bl)", "b{}"),
    (r"(?:z|s|net|u|pre|preact|preactivation|zl)", "z{}"),
    (r"(?:a|h|o|out|hidden|act|activation|layer|al|hl|l)", "h{}"),
    (r"(?:dz|deltaz|gradz)", "dL_dz{}"),
)
# What words mean: kind, what, cost, and the words. {only} is the layer of a network that has one, and so on.
_WORDS: tuple[tuple[str, str, float, str], ...] = (
    ("role", "x", 0.0, """x xs tx data input inputs feature features xtrain xbatch batch xb image images sample samples
        trainx traindata trainingdata inputdata trainingx"""),
    ("role", "y", 0.0, """y ys t target targets label labels ytrue ytrain yb ybatch yt class classes truth groundtruth
        onehoty yonehot onehot trainy actual expected truelabel truelabels desired
        trainlabel trainlabels traininglabel traininglabels trainingy"""),
    ("role", "yhat", 0.1, """yhat ypred yp output outputs out prob probs p prediction predictions pred preds predicted
        score scores alast finaloutput outputlayer hat ho predy probability probabilities softmaxoutput htheta"""),
    ("role", "yhat", 0.0, "al"),
    ("role", "W{only}", 0.0, "w weight weights theta coef coefs kernel weightmatrix"),
    ("role", "b{only}", 0.0, "b bias biases intercept c"),
    ("role", "z{only}", 0.1, "z logits pre"),
    ("role", "h{one hidden}", 0.1, "a h hidden hiddenlayer hiddenoutput hiddenlayeroutput act"),
    ("role", "h{one hidden}+", 0.0, "aaug haug abias hbias"),
    ("role", "W{first of two}", 0.0, """wh whidden wih winputhidden whiddeninput wxh wi win winput weightshidden
        weightsih weightsinputhidden weightsinput hiddenweights weightsinputtohidden weightinputhidden"""),
    ("role", "W{second of two}", 0.0, """wo wout woutput who whiddenoutput why weightsoutput weightsho
        weightshiddenoutput outputweights weightshiddentooutput weighthiddenoutput v"""),
    ("role", "b{first of two}", 0.0, "bh bhidden biashidden biasesh biaseshidden hiddenbias bhiddenlayer biash"),
    ("role", "b{second of two}", 0.0, "bo bout boutput by biasoutput biaso outputbias biasesoutput biasout"),
    ("count", "", 0.0, "m n batchsize numsamples nsamples numexamples bs nbatch ndata numtrain"),
    ("size", "0", 0.2, """inputsize inputdim nin nx inputlayersize nfeatures numfeatures numinput numinputs ninput
        ninputs din infeatures inputnodes indim inputneurons inputlayer insize inputunits d input inputs"""),
    ("size", "1", 0.2, """hiddensize hiddendim nh hiddenlayersize nhidden numhidden hiddenunits hiddennodes
        hiddenneurons h hiddendims hidden nhid hiddenlayer"""),
    ("size", "-1", 0.2, """outputsize outputdim nout ny numlabels numclass numclasses nclass nclasses k
        outputlayersize noutput noutputs
        numoutput numoutputs outfeatures outputnodes outputneurons outputunits outdim outputlayer outsize output
        outputs classes"""),
    ("sizes", "", 0.2, """layer layers layersize layersizes layerdims size sizes dims architecture layersdims topology
        nodes shape layout structure units dimensions"""),
    ("depth", "", 0.2, "numlayers l nlayers depth"),
    ("number", "0.0", 0.3, """reg lam lambda lambd lamda lmbda lambdaval lambdavalue
        l2 l1 weightdecay lambdareg reglambda regularization vlambda
        plambda regstrength decay l2lambda beta momentum
        dropout dropoutrate pdrop dropoutprob"""),
    ("number", "1.0", 0.0, "keepprob"),
    ("number", "1e-12", 0.3, "eps epsilon"),
    ("rate", "0.5", 0.0, "lr learningrate eta alpha step stepsize rate learnrate"),
    ("several", "parameters", 0.4, """param params parameter parameters parametres allparams weight weights theta thetas
        w model network nnparams initialtheta initialparams initialnnparams wb parametersdict flatparams v x vec net
        allweights"""),
    ("several", "weights", 0.35, "weight weights w ws theta thetas weightmatrices kernels"),
    ("several", "biases", 0.35, "bias biases b bs biasvectors"),
    ("several", "values", 0.4, """cache caches memory value values activation activations store forwardcache
        cachedvalues intermediate intermediates state forward mem hiddens zs as fwd"""),
    ("role", "dL_dyhat", 0.3, """dout gradoutput dy dyhat dypred delta error outputerror grad upstream gradout dldy
        lossgrad lossgradient dal da doutput g dldout dlda dvalues gradient"""),
)  # fmt: skip
_MEANT: dict[str, list[tuple[str, str, float]]] = {}
for _kind, _what, _cost, _words in _WORDS:
    for _word in _words.split():
        _MEANT.setdefault(_word, []).append((_kind, _what, _cost))


def bare(name: str) -> str:
    """A name in small letters, without underscores and without what stands before its last dot.

    >>> bare("self.W_1")
    'w1'
    """
    return re.sub(r"[^a-z0-9]", "", name.rpartition(".")[2].casefold().replace("θ", "theta"))


def is_data(name: str, roles: tuple[str, ...] = ("x", "y")) -> bool:
    """Whether a name means the inputs or targets of a network, by which a loss is not derived.

    >>> is_data("X_train"), is_data("W")
    (True, False)
    """
    return any(kind == "role" and what in roles for kind, what, _ in _MEANT.get(bare(name), ()))


def is_rate(name: str) -> bool:
    """Whether a name means the length of a step.

    >>> is_rate("learning_rate"), is_rate("reg")
    (True, False)
    """
    return any(kind == "rate" for kind, _, _ in _MEANT.get(bare(name), ()))


def size_meant(name: str) -> str:
    """Which size a name means: "0" of the inputs, "1" of a hidden layer, "-1" of the outputs, "count" of samples; "".

    >>> size_meant("n_h"), size_meant("batch_size"), size_meant("eta")
    ('1', 'count', '')
    """
    found = [(kind, what) for kind, what, _ in _MEANT.get(bare(name), ()) if kind in ("size", "count")]
    return "" if not found or (len(name) == 1 and found[0][0] == "size") else found[0][1] or "count"


@lru_cache(maxsize=4096)
def meanings(name: str, spec: NetworkSpec, first: int = 1) -> tuple[Meaning, ...]:
    """What a name may stand for in a network, the likeliest first; `first` is the number of its first weights.

    >>> from chalkgrad.reading.spec import read_spec
    >>> meanings("A1", read_spec("2-3-1 relu sigmoid bce"))[0]
    Meaning(kind='role', what='h1', cost=0.0)
    """
    depth = len(spec.sizes) - 1
    short = bare(name)
    found: list[Meaning] = []
    for pattern, role in _WITH_NUMBER:
        match = re.fullmatch(rf"{pattern}(\d)", short)
        if match:
            layer = int(match[1]) + (1 - first if role[0] in "Wbz" or role.startswith("dL") else 0)
            shown = _layer_role(role, layer, depth)
            found += [Meaning("role", shown)] if shown else []
            if role == "h{}" and match[1] == str(depth + 1):
                found.append(Meaning("role", "yhat", 0.5))
    if re.fullmatch(r"(?:da|gradapl?)" + str(depth), short):
        found.append(Meaning("role", "dL_dyhat"))
    numbers = {
        "{only}": 1 if depth == 1 else None,
        "{one hidden}": 1 if depth == 2 else None,
        "{first of two}": 1 if depth == 2 else None,
        "{second of two}": 2 if depth == 2 else None,
    }
    for kind, what, cost in _MEANT.get(short, ()):
        place = next((each for each in numbers if each in what), None)
        if place is None:
            found.append(Meaning(kind, what, cost))
        elif numbers[place] is not None:
            found.append(Meaning(kind, _as_output(what.replace(place, str(numbers[place])), depth), cost))
    return tuple(sorted(found, key=lambda each: each.cost))


def _layer_role(role: str, layer: int, depth: int) -> str:
    if role == "h{}":
        return "x" if layer == 0 else _as_output(f"h{layer}", depth) if layer <= depth else ""
    return role.format(layer) if 1 <= layer <= depth else ""


def _as_output(role: str, depth: int) -> str:
    return "yhat" if role == f"h{depth}" else role


_DECORATION = re.compile(
    r"^(?:dj_d|d[LJ]_?d|d_|grads?_?|nabla_?|delta_?|∂|Δ|d|g_|g(?=[Ww]|b\d|b$))|(?:_?grads?|_?gradients?|_?delta|_new|_updated)$"
)


@lru_cache(maxsize=4096)
def parameter(name: str, spec: NetworkSpec, first: int = 1, plain: bool = False) -> str:
    """The parameter whose gradient a name means (`dW1`, `dj_dw`, `theta1_grad`); "" where it means none.

    With `plain` the name is that of the parameter itself.

    >>> from chalkgrad.reading.spec import read_spec
    >>> parameter("dL_dW1", read_spec("2-3-1 relu sigmoid bce")), parameter("dZ1", read_spec("2-1 sigmoid bce"))
    ('W1', '')
    """
    last = name.rpartition(".")[2]
    stripped = last if plain else _DECORATION.sub("", last)
    roles = [m.what for m in meanings(stripped, spec, first) if m.kind == "role" and m.what[0] in "Wb"]
    if not roles and not plain:
        again = _DECORATION.sub("", stripped)
        roles = [m.what for m in meanings(again, spec, first) if m.kind == "role" and m.what[0] in "Wb"]
    return roles[0] if roles else ""


def undecorated(name: str) -> str:
    """A gradient's name without what says that it is one.

    >>> undecorated("self.dgamma"), undecorated("grad_x")
    ('gamma', 'x')
    """
    return _DECORATION.sub("", name.rpartition(".")[2])


_NO_GRADIENTS = frozenset(
    ["data", "d", "delta", "gradient", "gradients", "dataset", "dim", "dims", "dimension", "dimensions", "depth",
     "dropout", "dtype", "degree", "distance", "device", "decay", "density", "domain", "digits", "dict", "done"]
)  # fmt: skip


def is_decorated(name: str) -> bool:
    """Whether a name says that it is a gradient: `dW1`, not `W1`."""
    last = name.rpartition(".")[2]
    return bool(_DECORATION.search(last)) and bare(last) not in _NO_GRADIENTS
