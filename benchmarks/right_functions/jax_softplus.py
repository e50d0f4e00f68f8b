"""A softplus with its own rule in JAX."""

import jax
import jax.numpy as jnp

TARGET, AGAINST = "softplus", None


@jax.custom_vjp
def softplus(x, scale):
    return scale * jnp.logaddexp(x, 0.0)


def softplus_forward(x, scale):
    return softplus(x, scale), (x, scale)


def softplus_backward(kept, cotangent):
    x, scale = kept
    slope = 1 / (1 + jnp.exp(-x))
    dx = cotangent * scale * slope
    dscale = jnp.sum(cotangent * jnp.logaddexp(x, 0.0), axis=0)
    return dx, dscale


softplus.defvjp(softplus_forward, softplus_backward)


def example(draw):
    _, pull = jax.vjp(softplus, draw(4, 3), draw(3))
    return pull(jnp.asarray(draw(4, 3)))


LET = {"scale": "3x"}
