"""A network to hold: its parameters, equations, drawing, forward pass and loss."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Definition, Program, Role
from chalkgrad.networks import Network, NetworkSpec, initialise, pack, parameter_shapes, unpack
from chalkgrad.networks.batches import batched, in_columns
from chalkgrad.networks.losses import loss_named
from chalkgrad.notation import Notation
from chalkgrad.reading.spec import read_spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from chalkgrad.board.picture import Picture
    from chalkgrad.engines.native.predictor import NativePredictor
    from chalkgrad.engines.numpy import NumpyFunction
    from chalkgrad.networks.losses import Loss
    from chalkgrad.training.session import Callback, Epoch
    from chalkgrad.training.trainer import Trainer


def network(
    spec: str,
    *,
    hidden: str | None = None,
    output: str | None = None,
    loss: str | None = None,
    reduction: str = "mean",
    l1: float = 0,
    l2: float = 0,
) -> NetworkSheet:
    """The network of a one-line spec, or of sizes with its activations and loss given apart.

    `reduction` is how the losses of a batch become one (mean, sum, none); `l1` and `l2` weigh penalties on the weights.
    Raises `ReadingError` and `UnknownNameError` with the nearest spelling.

    >>> network("2-3-1", hidden="relu", output="sigmoid", loss="bce").spec
    '2-3-1 relu sigmoid bce'
    >>> network("2-3-1 relu sigmoid bce").parameters
    {'W1': (2, 3), 'b1': (3,), 'W2': (3, 1), 'b2': (1,)}
    """
    words = [spec, *(word for word in (hidden, output) if word)]
    read_one = read_spec(" ".join(words), loss)
    full = NetworkSpec(read_one.sizes, read_one.activations, read_one.loss, reduction, l1, l2)
    made = Network(full)
    return NetworkSheet(str(full), made.sample_program, made.program, "plain", full)


def load(path: str | Path) -> NetworkSheet:
    """The trained network that `save` wrote; raises `ReadingError` for a file that is damaged or of another kind.

    >>> import tempfile
    >>> net = network("2-1 sigmoid bce")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load(net.save(folder + "/m.safetensors", {"W1": [[1], [1]], "b1": [-1]}))
    >>> again.spec, again.predict([0.5, 0.5]).tolist()
    ('2-1 sigmoid bce', [0.5])
    """
    from chalkgrad.training.saving import load_network

    saved = load_network(path)
    return NetworkSheet(
        saved.spec, saved.sample_program, saved.program, "plain", None, saved.parameters,
        preparation=saved.preparation,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _compiled(program: Program, name: str) -> tuple[Program, NumpyFunction]:
    """What a program needs for one of its tensors, and the function that computes it."""
    from chalkgrad.engines.numpy import compile_numpy
    from chalkgrad.engines.stabilise import stabilised

    needed = stabilised(program).needed_for(program.tensor(name))
    return needed, compile_numpy(needed)


@lru_cache(maxsize=64)
def _gradients(program: Program) -> Program:
    """The loss and its gradients: derived once for networks that are trained again and again, in a validation."""
    from chalkgrad.calculus import derive

    return derive(program).program


@dataclass(frozen=True)
class NetworkSheet:
    """A network: `parameters`, `equations()`, `draw()`, `forward()`, `loss()`; in a notebook it shows itself.

    `sample_program` has its equations for one sample, `program` those for a batch. A network from a spec has its
    spec's names, one from a worksheet the writer's. `derived` are the names that it is derived by unless told, where
    these are not its parameters: those of a layer of the catalogue.

    >>> net = network("2-3-1 relu sigmoid bce")
    >>> net, net.pack(net.initial(seed=1)).shape
    (<network 2-3-1 relu sigmoid bce>, (13,))
    """

    spec: str | None
    sample_program: Program
    program: Program
    notation: Notation | str
    settings: NetworkSpec | None
    trained: Mapping[str, Any] | None = field(default=None, compare=False)
    history: tuple[Epoch, ...] = field(default=(), compare=False)
    ended: str = field(default="", compare=False)
    preparation: Mapping[str, Any] | None = field(default=None, compare=False)
    derived: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    @cached_property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters by name, in order; a weight matrix is inputs by outputs."""
        return parameter_shapes(self.sample_program)

    @property
    def outputs(self) -> int:
        """How many outputs it has."""
        from chalkgrad.engines.numpy_training import network_output

        size = network_output(self.program).axes[-1].size
        return size if isinstance(size, int) else 1

    @property
    def inputs(self) -> int:
        """How many inputs it has."""
        size = self._trainable.tensor(self._input).axes[-1].size
        return size if isinstance(size, int) else 1

    @property
    def loss_row(self) -> Loss | None:
        """The row of the table of losses; None for a network that no spec describes.

        >>> network("2-1 sigmoid bce").loss_row.title
        'binary cross-entropy'
        """
        named = self.settings or (read_spec(self.spec) if self.spec else None)
        return None if named is None else loss_named(named.loss)

    def equations(self, form: str = "scalar", to: str = "unicode", notation: Notation | str | None = None) -> str:
        """The equations, in a form (scalar, index, matrix), as unicode, latex, mathml or text.

        >>> print(network("2-1 sigmoid bce").equations(form="matrix"))
        z = Wᵀx + b
        ŷ = σ(z)
        L = −𝟏ᵀ(y ⊙ log(ŷ) + (1 − y) ⊙ log(1 − ŷ))
        """
        from chalkgrad.writing.equations import compacted, write_program

        program = compacted(self.sample_program) if form == "scalar" else self.sample_program
        return write_program(program, notation or self.notation, form, to)

    def draw(
        self,
        values: Mapping[str, Any] | None = None,
        notation: Notation | str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Picture:
        """The drawing of the network; with `values` of the parameters, weights as colour and width.

        `names` are one's own: `{"h1": "u"}` for a letter, `{"x[0]": "age"}` for a unit, `{"layer h1": "features"}` for
        a layer, which is called by its units. Sizes that are not known are small ones in the drawing. A layer of the
        catalogue is drawn as its computation.
        """
        if self.derived:
            return self.graph()
        from chalkgrad.board.showing import drawing
        from chalkgrad.networks.sizing import sized

        return drawing(sized(self.sample_program).program, notation or self.notation, values, names)

    def graph(self) -> Picture:
        """The computation graph: one node a tensor, arrows from what is used to what uses it."""
        from chalkgrad.board.showing import graph

        return graph(self.sample_program, self.notation)

    def forward(self, **values: Any) -> NDArray[np.float64]:
        """The output for one sample or for a batch: x of shape (2,) or (n, 2); parameters by name.

        Raises `ShapeError`, `EvaluationError` for a missing value, `UnknownNameError`.

        >>> tiny = network("2-1 sigmoid bce")
        >>> tiny.forward(x=[1.0, 2.0], W1=[[0], [0]], b1=[0])
        array([0.5])
        """
        from chalkgrad.engines.numpy_training import network_output

        return self._computed(lambda program: network_output(program).name, values, only_inputs=True)

    def loss(self, **values: Any) -> NDArray[np.float64]:
        """The loss at inputs x, targets y and parameters by name; over a batch, reduced as the network says."""
        return self._computed(lambda program: program.result.name, values, only_inputs=False)

    def _computed(self, name_of: Any, values: Mapping[str, Any], *, only_inputs: bool) -> NDArray[np.float64]:
        from chalkgrad.board.samples import fitted, is_batch

        program = self.program if is_batch(self.sample_program, values) else self.sample_program
        name = name_of(program)
        needed, run = _compiled(program, name)
        given = fitted(program, values, only_inputs)
        return run(**{tensor.name: given[tensor.name] for tensor in needed.declared})[name]

    def initial(self, scheme: str | None = None, seed: int = 0) -> dict[str, NDArray[np.float64]]:
        """Initial parameters by an initialiser (He for ReLU, Glorot for sigmoid, …, unless named) and a seed."""
        if self.settings is None and self.spec is None:
            raise ChalkgradError("only a network that a spec describes knows how to initialise its parameters")
        drawn = initialise(self.settings or read_spec(self.spec or ""), scheme, seed)
        shapes = self.parameters
        return {name: value.reshape(shape) for (name, shape), value in zip(shapes.items(), drawn.values(), strict=True)}

    def trainer(
        self,
        x: Any,
        y: Any,
        *,
        optimizer: str = "sgd",
        parameters: Mapping[str, Any] | None = None,
        rate: float | Callable[[int], float] | None = None,
        batch: str | int = "full",
        dtype: str = "float32",
        threads: int = 1,
        seed: int = 0,
        engine: str | None = "native",
        clip: float | None = None,
        l1: float = 0,
        l2: float = 0,
        dropout: float = 0,
        weights: Any = None,
        **hyper_parameters: float,
    ) -> Trainer:
        """Training by steps: `run(k)` makes k steps in one call; `parameters`, `loss`, `step`, `state()`, `restore()`.

        x is (samples, inputs) and y (samples, outputs, or one column flat). The parameters begin at `parameters`, or
        are drawn with the seed; mini-batches are shuffled with it too. `rate` may be a function of the number of the
        step, from 1. `engine` is native or numpy; `weights` say how much each sample counts, and the rest is as for
        `fit`. Raises as `NativeTrainer` does.

        >>> import numpy as np
        >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
        >>> t = network("2-4-1 tanh sigmoid bce").trainer(x, [[0], [1], [1], [0]], optimizer="adam", rate=0.1)
        >>> t.run(500)
        >>> t.step, t.loss < 0.01
        (500, True)
        """
        from chalkgrad.board.samples import training_data
        from chalkgrad.training.arguments import check_names, check_weights
        from chalkgrad.training.settings import TrainingSettings, trainer_for

        check_names(optimizer, hyper_parameters, inspect.signature(self.trainer).parameters)
        following = rate if callable(rate) else None
        settings = TrainingSettings(
            optimizer, None if callable(rate) else rate, batch=batch, dtype=dtype, threads=threads, seed=seed,
            engine=engine, clip=clip, l1=l1, l2=l2, dropout=dropout, hyper_parameters=hyper_parameters,
        )  # fmt: skip
        begin = self._beginning(parameters, seed)
        data = training_data(self._trainable, x, y, begin, self.loss_row, settings.dtype)
        counts = None if weights is None else check_weights(weights, len(data[0]))
        net, fixed = self._trainable, self.fixed
        return trainer_for(net, _gradients(net), begin, *data, settings, following, counts, fixed)

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        optimizer: str = "sgd",
        rate: float | None = None,
        batch: str | int = "full",
        epochs: int = 100,
        schedule: str = "constant",
        validation: tuple[Any, Any] | None = None,
        patience: int | None = None,
        callbacks: Sequence[Callback] = (),
        clip: float | None = None,
        l1: float = 0,
        l2: float = 0,
        dropout: float = 0,
        weights: Any = None,
        dtype: str = "float32",
        threads: int = 1,
        seed: int = 0,
        engine: str | None = None,
        checkpoints: str | Path | None = None,
        resume: bool = False,
        parameters: Mapping[str, Any] | None = None,
        **hyper_parameters: float,
    ) -> NetworkSheet:
        """The network trained on inputs x (samples, inputs) and targets y (samples, outputs, or one column flat).

        `trained` are its parameters, `history` its epochs, and `ended` says why it ended: "epochs", "patience",
        "callback", or "interrupted" by Ctrl-C, which gives what there is by then. A callback gets each `Epoch`,
        and stops training by returning False. `weights` (samples) say how much each sample counts. With `checkpoints`,
        a folder, training can be resumed. See `TrainingSettings` and `Session`.

        >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        >>> net = network("2-4-1 tanh sigmoid bce").fit(x, y, optimizer="adam", rate=0.1, epochs=500)
        >>> net.predict(x).round()[:, 0].tolist(), len(net.history)
        ([0.0, 1.0, 1.0, 0.0], 500)
        """
        from chalkgrad.board.samples import training_data
        from chalkgrad.training.arguments import check_names, check_weights
        from chalkgrad.training.settings import TrainingSettings, train

        check_names(optimizer, hyper_parameters, inspect.signature(self.fit).parameters)
        settings = TrainingSettings(
            optimizer, rate, schedule, batch, epochs, patience, clip, l1, l2, dropout, dtype, threads, seed,
            engine, hyper_parameters,
        )  # fmt: skip
        given: Any = validation
        if given is not None and (not isinstance(given, tuple | list) or len(given) != 2):
            raise ChalkgradError("validation is a pair: inputs and targets that are kept apart")
        if callable(callbacks):
            raise ChalkgradError("callbacks are several functions: [function] for a single one")
        begin = self._beginning(parameters, seed)
        known = begin, self.loss_row, settings.dtype
        data = training_data(self._trainable, x, y, *known)
        judged = training_data(self._trainable, given[0], given[1], *known, " of the validation") if given else None
        outcome = train(
            self._trainable,
            _gradients(self._trainable),
            begin,
            *data,
            settings,
            weights=None if weights is None else check_weights(weights, len(data[0])),
            validation=judged,
            callbacks=callbacks,
            folder=Path(checkpoints) if checkpoints else None,
            resume=resume,
            fixed=self.fixed,
        )
        return replace(
            self, program=self._trainable, trained=outcome.parameters, history=outcome.epochs, ended=outcome.ended
        )

    def predict(self, x: Any) -> NDArray[np.float64]:
        """The outputs of the trained network for inputs x: one sample, or (samples, inputs)."""
        return self.forward(**{self._input: x}, **self._trained())

    def predictor(self, *, dtype: str = "float32", threads: int = 1) -> NativePredictor:
        """The trained network compiled: `predictor(x)` for many rows, `predictor.row(x)` for one in a few microseconds.

        >>> net = network("2-4-1 tanh sigmoid bce").fit([[0, 1], [1, 0]], [0, 1], optimizer="adam", rate=0.1)
        >>> predictor = net.predictor()
        >>> (predictor([[0, 1], [1, 0]]) > 0.5).tolist(), bool(predictor.row([1, 0]) > 0.5)
        ([[False], [True]], True)
        """
        from chalkgrad.engines.native.predictor import NativePredictor
        from chalkgrad.engines.numpy_training import network_output

        return NativePredictor(
            self.program, network_output(self.program), self._trained(), dtype=dtype, threads=threads
        )

    def save(self, path: str | Path, parameters: Mapping[str, Any] | None = None) -> Path:
        """Writes the network with its trained parameters, or those given, to a .safetensors file for `load`."""
        from chalkgrad.training.saving import SavedNetwork, save_network

        values = self._trained() if parameters is None else parameters
        return save_network(path, SavedNetwork(self.sample_program, self.program, values, self.spec, self.preparation))

    @cached_property
    def _trainable(self) -> Program:
        """The equations for a batch with the target in columns, as data have it; a worksheet's is often one number."""
        targets = [tensor for tensor in self.program.declared if tensor.role is Role.TARGET]
        flat = len(targets) == 1 and len(targets[0].axes) == 1
        return batched(in_columns(self.sample_program)) if flat else self.program

    @property
    def _input(self) -> str:
        from chalkgrad.training.trainer import data_names

        given = [tensor.name for tensor in self._trainable.declared if tensor.role is Role.INPUT]
        return given[0] if len(given) == 1 else data_names(self._trainable)[0]  # which says what is the matter

    def _trained(self) -> Mapping[str, Any]:
        if self.trained is None:
            raise ChalkgradError("this network has no trained parameters: use what fit(X, y) gives")
        return self.trained

    def _beginning(self, parameters: Mapping[str, Any] | None, seed: int) -> Mapping[str, Any]:
        """The parameters that training begins with."""
        if parameters is not None:
            return parameters
        return self.initial(seed=seed) if self.trained is None else self.trained

    def pack(self, values: Mapping[str, Any]) -> NDArray[np.float64]:
        """The parameters as one flat vector, in order."""
        return pack(self.parameters, values)

    def unpack(self, vector: Any) -> dict[str, NDArray[np.float64]]:
        """The parameters by name from one flat vector."""
        return unpack(self.parameters, vector)

    def definition(self, name: str) -> Definition:
        """The equation that defines a value, for one sample."""
        return self.sample_program.definition(name)

    def __str__(self) -> str:
        return self.equations()

    def __repr__(self) -> str:
        if self.derived:
            return f"<layer {', '.join(self.derived)}>"
        name = self.spec or ", ".join(self.parameters)
        return f"<network {name}, {self._told_of_training()}>" if self.history else f"<network {name}>"

    def _told_of_training(self) -> str:
        """How long it was trained, what became of the loss, and why it ended if not because that was all."""
        first, last = self.history[0], self.history[-1]
        epochs = "1 epoch" if len(self.history) == 1 else f"{len(self.history)} epochs"
        said = f"trained for {epochs}: loss {first.loss:.4g} → {last.loss:.4g}"
        if last.validation_loss is not None:
            said += f", {last.validation_loss:.4g} in validation"
        return said + (f"; ended by {self.ended}" if self.ended not in ("", "epochs") else "")

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.equations('index', 'latex')}$"

    def _repr_svg_(self) -> str:
        return self.draw().svg()

    def _repr_html_(self) -> str:
        shown = f"{self.draw().svg()}{self.equations('index', 'mathml')}"
        if self.history:
            from chalkgrad.training.history import curves
            from chalkgrad.training.plots import loss_curves

            said = self._told_of_training()
            plot = loss_curves(curves(self.history), along="epoch")
            shown += f"<p>{said[:1].upper()}{said[1:]}.</p>{plot._repr_html_()}"
        return f"<div>{shown}</div>"
