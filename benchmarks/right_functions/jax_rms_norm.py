"""Root mean square normalisation with its own rule in JAX."""

import jax
import jax.numpy as jnp

TARGET, AGAINST = "rms_norm", None


@jax.custom_vjp
def rms_norm(x, gain):
    return x * jax.lax.rsqrt(jnp.mean(x**2, axis=-1, keepdims=True) + 1e-6) * gain


def rms_norm_fwd(x, gain):
    inverse = jax.lax.rsqrt(jnp.mean(x**2, axis=-1, keepdims=True) + 1e-6)
    return x * inverse * gain, (x * inverse, inverse, gain)


def rms_norm_backward(residuals, g):
    normed, inverse, gain = residuals
    dgain = jnp.sum(g * normed, axis=0)
    d = g * gain
    along = jnp.mean(d * normed, axis=-1, keepdims=True)
    dx = (d - normed * along) * inverse
    return dx, dgain


rms_norm.defvjp(rms_norm_fwd, rms_norm_backward)


def example(draw):
    _, pull = jax.vjp(rms_norm, draw(4, 3), draw(3))
    return pull(jnp.asarray(draw(4, 3)))


LET = {"x": "4x3", "gain": "3x"}
