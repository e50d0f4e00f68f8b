"""The cross-entropy of logits and labels, with a rule in JAX that keeps the probabilities."""

import jax
import jax.numpy as jnp

TARGET, AGAINST = "cross_entropy", None


@jax.custom_vjp
def cross_entropy(logits, target):
    return -jnp.mean(jnp.sum(target * jax.nn.log_softmax(logits, axis=-1), axis=-1))


def cross_entropy_forward(logits, target):
    logs = jax.nn.log_softmax(logits, axis=-1)
    return -jnp.mean(jnp.sum(target * logs, axis=-1)), (jnp.exp(logs), logs, target)


def cross_entropy_backward(kept, cotangent):
    p, logs, target = kept
    n = p.shape[0]
    mass = target.sum(axis=-1, keepdims=True)
    dlogits = cotangent * (p * mass - target) / n
    dtarget = -cotangent * logs / n
    return dlogits, dtarget


cross_entropy.defvjp(cross_entropy_forward, cross_entropy_backward)


def example(draw):
    _, pull = jax.vjp(cross_entropy, draw(4, 3), draw(4, 3))
    return pull(1.0)


LET = {"logits": "4x3", "target": "4x3"}
