"""Checking derivative rules that a library is told: a `torch.autograd.Function`, a JAX function with `custom_vjp`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chalkgrad.checking.gradcheck import GradientCheck, gradcheck
from chalkgrad.errors import ChalkgradError


def gradcheck_rule(
    function: Any, *inputs: Any, seed: int = 0, tolerance: float | None = None, method: str = "central"
) -> GradientCheck:
    """Compares the gradients that PyTorch or JAX computes through a function with differences of its values.

    `function` is a `torch.autograd.Function`, or a function of tensors or of JAX's arrays. `inputs` are its arguments;
    a tuple of whole numbers is the shape of a random array in float64. Its outputs are weighted with random cotangents.

    >>> import torch
    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**2
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         return grad * ctx.saved_tensors[0]
    >>> gradcheck_rule(Square, (2, 3)).passed
    False
    """
    apply = getattr(function, "apply", function)
    library = "jax" if _of_jax(function, inputs) else "torch"
    generator = np.random.default_rng(seed)
    point = tuple(_drawn(each, library, generator) if _is_shape(each) else each for each in inputs)
    if not point:
        raise ChalkgradError("a rule is checked with inputs: arrays, or their shapes")
    rule = _torch_gradients if library == "torch" else _jax_gradients
    outputs = _flat(apply(*point))
    weights = [generator.normal(size=tuple(np.shape(each))) for each in outputs]

    moving = {f"input {k}": each for k, each in enumerate(point) if _flat(each)}

    def value(given: dict[str, Any]) -> float:
        outputs = _flat(apply(*(given.get(f"input {k}", each) for k, each in enumerate(point))))
        each = (_numbers(one) for one in outputs)
        return float(sum((weight * one).sum() for weight, one in zip(weights, each, strict=True)))

    claimed = dict(zip((f"input {k}" for k in range(len(point))), rule(apply, point, weights), strict=True))
    return gradcheck(
        value, {name: claimed[name] for name in moving}, moving, seed=seed, tolerance=tolerance, method=method
    )


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(each) is int for each in value)


def _of_jax(function: Any, inputs: tuple[Any, ...]) -> bool:
    modules = [type(each).__module__ for each in (function, *inputs)]
    return any(module.split(".")[0] in ("jax", "jaxlib") for module in modules)


def _drawn(shape: tuple[int, ...], library: str, generator: np.random.Generator) -> Any:
    array = generator.normal(size=shape)
    if library == "torch":
        import torch

        return torch.from_numpy(np.array(array))
    import jax.numpy

    return jax.numpy.asarray(array)


def _flat(outputs: Any) -> list[Any]:
    several = outputs if isinstance(outputs, tuple | list) else [outputs]
    return [each for each in several if hasattr(each, "dtype") and "float" in str(each.dtype)]


def _numbers(array: Any) -> Any:
    return np.asarray(array.detach().cpu().double() if hasattr(array, "detach") else array, dtype=np.float64)


def _torch_gradients(apply: Any, point: tuple[Any, ...], weights: list[Any]) -> tuple[Any, ...]:
    import torch

    leaves = [each.detach().clone().requires_grad_() if torch.is_tensor(each) and each.is_floating_point() else each
              for each in point]  # fmt: skip
    outputs = [each for each in _flat(apply(*leaves)) if each.requires_grad]
    kept = [torch.as_tensor(weight).to(each.dtype) for weight, each in zip(weights, outputs, strict=True)]
    torch.autograd.backward(outputs, kept)
    return tuple(
        None
        if not getattr(each, "requires_grad", False)
        else torch.zeros_like(each)
        if each.grad is None
        else each.grad
        for each in leaves
    )


def _jax_gradients(apply: Any, point: tuple[Any, ...], weights: list[Any]) -> tuple[Any, ...]:
    import jax

    outputs, pull = jax.vjp(apply, *point)
    kept = [jax.numpy.asarray(w, dtype=o.dtype) for w, o in zip(weights, jax.tree.leaves(outputs), strict=True)]
    return tuple(pull(jax.tree.unflatten(jax.tree.structure(outputs), kept)))
