"""JAX at its best: all steps of a slice in one compiled call, over the columns by hand for the smallest network."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from peers.works import Work


def _loss_of_columns(parameters: Any, x: Any, y: Any) -> Any:
    """The 2-3-1 network with its sums written out, which XLA makes a single loop of."""
    w1, b1, w2, b2 = parameters
    z = b2[0]
    for j in range(3):
        z = z + w2[j, 0] * jnp.maximum(w1[0, j] * x[0] + w1[1, j] * x[1] + b1[j], 0)
    return jnp.mean(jax.nn.softplus(z) - y[0] * z)


def _loss(parameters: Any, x: Any, y: Any) -> Any:
    for place in range(0, len(parameters) - 2, 2):
        x = jnp.maximum(x @ parameters[place] + parameters[place + 1], 0)
    z = x @ parameters[-2] + parameters[-1]
    if y.shape[1] == 1:
        return jnp.mean(jax.nn.softplus(z) - y * z)
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - jnp.sum(z * y, axis=1))


def prepare(work: Work, threads: int) -> Any:
    """A scan over the steps; its batches' rows are drawn inside."""
    x, y = (jnp.asarray(part) for part in work.data)
    full, batch, per_epoch = not work.batch, work.batch or work.samples, work.steps_per_epoch
    loss = _loss
    if work.sizes == (2, 3, 1):
        loss, x, y = _loss_of_columns, (x[:, 0], x[:, 1]), (y[:, 0],)
    start = [jnp.asarray(p) for p in work.start]
    zeros = [jnp.zeros_like(p) for p in start]

    def update(state: Any, given: Any) -> Any:
        p, m, s, step = state
        g = jax.grad(loss)(p, *given)
        step = step + 1
        if work.optimiser == "sgd":
            return [a - work.rate * b for a, b in zip(p, g, strict=True)], m, s, step
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g, strict=True)]
        s = [0.999 * a + 0.001 * b * b for a, b in zip(s, g, strict=True)]
        first, second = 1 - 0.9**step, 1 - 0.999**step
        p = [a - work.rate * (b / first) / (jnp.sqrt(c / second) + 1e-8) for a, b, c in zip(p, m, s, strict=True)]
        return p, m, s, step

    def many(state: Any, x: Any, y: Any, steps: int) -> Any:
        return jax.lax.fori_loop(0, steps, lambda _, state: update(state, (x, y)), state)

    def epoch(state: Any, key: Any, x: Any, y: Any) -> Any:
        whole = work.samples // batch
        order = jax.random.permutation(key, work.samples)

        def step(state: Any, rows: Any) -> Any:
            return update(state, (x[rows], y[rows])), None

        state, _ = jax.lax.scan(step, state, order[: whole * batch].reshape(whole, batch))
        if whole < per_epoch:
            state, _ = step(state, order[whole * batch :])
        return state

    def epochs(state: Any, key: Any, x: Any, y: Any, count: int) -> Any:
        keys = jax.random.split(key, count)
        return jax.lax.scan(lambda state, key: (epoch(state, key, x, y), None), state, keys)[0]

    advance = jax.jit(many) if full else jax.jit(epochs, static_argnums=4)

    class Run:
        state: Any = (start, zeros, zeros, jnp.float32(0))
        waiting, calls = 0, 0

        @classmethod
        def steps(cls, count: int) -> None:
            """Whole epochs where there are batches: what is asked for beyond them waits."""
            if full:
                cls.state = advance(cls.state, x, y, count)
            else:
                done, cls.waiting = divmod(cls.waiting + count, per_epoch)
                cls.calls += 1
                if done:
                    cls.state = advance(cls.state, jax.random.PRNGKey(cls.calls), x, y, done)
            jax.block_until_ready(cls.state)

        @classmethod
        def parameters(cls) -> list[Any]:
            return [np.asarray(p) for p in cls.state[0]]

    return Run
