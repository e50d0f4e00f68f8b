"""The forms in which JAX is told derivatives: judged as they are, and a slip in each is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code

pytest.importorskip("jax")

FORMS = {
    "a_constant_that_is_not_derived_by": (
        """
@partial(jax.custom_vjp, nondiff_argnums=(2,))
def powered(x, w, power):
    return (x @ w) ** power
def powered_fwd(x, w, power):
    return powered(x, w, power), (x, w)
def powered_bwd(power, res, g):
    x, w = res
    d = g * power * (x @ w) ** (power - 1)
    return d @ w.T, x.T @ d
powered.defvjp(powered_fwd, powered_bwd)
""",
        "powered",
        "g * power * ",
        "g * ",
        {"x", "w"},
    ),
    "a_rule_that_is_a_decorator": (
        """
@jax.custom_jvp
def soft(u):
    return jnp.log(1 + jnp.exp(u))
@soft.defjvp
def soft_jvp(primals, tangents):
    (u,), (t,) = primals, tangents
    return soft(u), (1 - 1 / (1 + jnp.exp(u))) * t
""",
        "soft",
        "(1 - 1 /",
        "(1 + 1 /",
        {"u"},
    ),
    "a_function_that_returns_its_pullback": (
        """
@jax.custom_gradient
def squared(v):
    return v**2, lambda g: (2 * g * v,)
""",
        "squared",
        "2 * g * v",
        "g * v",
        {"v"},
    ),
    "a_tree_of_parameters": (
        """
@jax.custom_vjp
def dense(params, x):
    return jnp.tanh(x @ params["w"] + params["b"])
def dense_fwd(params, x):
    y = dense(params, x)
    return y, (params, x, y)
def dense_bwd(res, g):
    params, x, y = res
    d = g * (1 - y**2)
    return {"w": x.T @ d, "b": d.sum(0)}, d @ params["w"].T
dense.defvjp(dense_fwd, dense_bwd)
""",
        "dense",
        '"b": d.sum(0)',
        '"b": g.sum(0)',
        {"params.b"},
    ),
    "attention_with_a_mask_that_is_a_loop": (
        """
@jax.custom_vjp
def attend(q, k, v, key_mask):
    def step(_, row):
        e = jnp.where(key_mask, jnp.exp(k @ row), 0.0)
        return None, (e / e.sum()) @ v
    return jax.lax.scan(step, None, q)[1]
def weights(q, k, key_mask):
    e = jnp.where(key_mask, jnp.exp(q @ k.T), 0.0)
    return e / e.sum(axis=1, keepdims=True)
def attend_fwd(q, k, v, key_mask):
    return attend(q, k, v, key_mask), (q, k, v, key_mask)
def attend_bwd(res, g):
    q, k, v, key_mask = res
    p = weights(q, k, key_mask)
    dp = g @ v.T
    ds = p * (dp - (p * dp).sum(axis=1, keepdims=True))
    return ds @ k, ds.T @ q, p.T @ g, None
attend.defvjp(attend_fwd, attend_bwd)
""",
        "attend",
        "dp - (p * dp)",
        "dp - (p * p)",
        {"q", "k"},
    ),
    "plain_functions_of_a_dictionary": (
        """
def loss(params, x, y):
    h = jnp.tanh(x @ params["W1"] + params["b1"])
    return jnp.mean((h @ params["W2"] + params["b2"] - y) ** 2)
def loss_grad(params, x, y):
    h = jnp.tanh(x @ params["W1"] + params["b1"])
    z = h @ params["W2"] + params["b2"]
    dz = 2 * (z - y) / z.size
    dh = (dz @ params["W2"].T) * (1 - h**2)
    return {"W1": x.T @ dh, "b1": dh.sum(0), "W2": h.T @ dz, "b2": dz.sum(0)}
""",
        "loss_grad",
        "h.T @ dz",
        "h.T @ dz / 2",
        {"params.W2"},
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_judged_and_its_slip_found(tmp_path: Path, name: str) -> None:
    text, function, there, slip, wrong = FORMS[name]
    file = tmp_path / "code.py"
    file.write_text("from functools import partial\nimport jax\nimport jax.numpy as jnp\n" + text)
    right = check_code(file, function, seconds=60)
    assert right.exit_code == 0, right
    assert text.count(there) == 1
    file.write_text(file.read_text().replace(there, slip))
    found = check_code(file, function, seconds=60)
    assert {block.name for block in found.blocks if block.verdict == "wrong"} == wrong
