"""Whole programs that are measured as processes: starting, compiling, predicting, and what memory they take."""

from __future__ import annotations

STARTS = {
    "chalkgrad": """
import chalkgrad as cg
from chalkgrad.training.data import generate
data = generate("xor", 500, seed=0)
net = cg.network("2-8-1 tanh sigmoid bce")
net = net.fit(data.x[:400], data.y[:400], optimizer="adam", rate=0.05, epochs=400, seed=3)
assert ((net.predict(data.x[400:]) > 0.5) == (data.y[400:] > 0.5)).mean() >= 0.97
""",
    "PyTorch": """
import torch
torch.manual_seed(0)
x = torch.rand(500, 2) * 4 - 2
y = (x[:, :1] * x[:, 1:] < 0).float()
net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
optimiser = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(400):
    optimiser.zero_grad()
    torch.nn.functional.binary_cross_entropy_with_logits(net(x[:400]), y[:400]).backward()
    optimiser.step()
assert ((net(x[400:]) > 0) == (y[400:] > 0.5)).float().mean() >= 0.97
""",
    "JAX": """
import jax, jax.numpy as jnp
a, b, c = jax.random.split(jax.random.PRNGKey(0), 3)
x = jax.random.uniform(a, (500, 2), minval=-2, maxval=2)
y = (x[:, :1] * x[:, 1:] < 0).astype(jnp.float32)
p = [jax.random.normal(b, (2, 8)), jnp.zeros(8), jax.random.normal(c, (8, 1)), jnp.zeros(1)]
def logits(p, x): return jnp.tanh(x @ p[0] + p[1]) @ p[2] + p[3]
def loss(p): z = logits(p, x[:400]); return jnp.mean(jax.nn.softplus(z) - y[:400] * z)
def step(_, s):
    p, m, v, t = s
    g, t = jax.grad(loss)(p), t + 1
    m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
    v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
    return [a - 0.05 * b / (1 - 0.9**t) / (jnp.sqrt(c / (1 - 0.999**t)) + 1e-8) for a, b, c in zip(p, m, v)], m, v, t
zeros = [jnp.zeros_like(a) for a in p]
p = jax.jit(lambda s: jax.lax.fori_loop(0, 400, step, s))((p, zeros, zeros, 0.0))[0]
assert ((logits(p, x[400:]) > 0) == (y[400:] > 0.5)).mean() >= 0.97
""",
}
DEPTH = """
import time, numpy as np, chalkgrad as cg
x, y = np.zeros((64, 64)), np.zeros((64, 1))
for layers in (10, 25, 50):
    begun = time.perf_counter()
    cg.network("-".join(["64"] * layers + ["1"]) + " relu sigmoid bce").trainer(x, y, batch=32)
    print(layers, time.perf_counter() - begun)
"""
MEMORY = """
import resource, numpy as np, chalkgrad as cg
n = 10_000_000
x, y = np.ones((n, 2), np.float32), np.zeros((n, 1), np.float32)
t = cg.network("2-3-1 relu sigmoid bce").trainer(x[:1000], y[:1000], dtype="float32")
t.run(1); t.loss
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
t = cg.network("2-3-1 relu sigmoid bce").trainer(x, y, dtype="float32")
t.run(3); t.loss
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""

# For each way to predict one row, the seconds that it takes within a loop.
LATENCY = """
import time, numpy as np, chalkgrad as cg
x, y = np.random.default_rng(0).standard_normal((64, 30)), np.arange(64) % 2
net = cg.network("30-16-8-1 relu sigmoid bce").fit(x, y, optimizer="adam", epochs=1)
predictor, row = net.predictor(), x[0].astype(np.float32)
w1, b1, w2, b2, w3, b3 = (np.asarray(net.trained[k], np.float32) for k in ("W1", "b1", "W2", "b2", "W3", "b3"))
def by_numpy(row):
    h = np.maximum(np.maximum(row @ w1 + b1, 0) @ w2 + b2, 0)
    return 1 / (1 + np.exp(-(h @ w3 + b3)))
ways = {"run": predictor.run, "row": lambda: predictor.row(row), "NumPy": lambda: by_numpy(row)}
try:
    import torch
    torch.set_num_threads(1)
    layers = [torch.nn.Linear(30, 16), torch.nn.ReLU(), torch.nn.Linear(16, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)]
    module, tensor = torch.nn.Sequential(*layers, torch.nn.Sigmoid()), torch.from_numpy(row)
    ways["PyTorch"] = torch.inference_mode()(lambda: module(tensor))
except ImportError:
    pass
assert np.allclose(predictor.row(row), by_numpy(row), atol=1e-5)
for _ in range(ROUNDS):
    for name, way in ways.items():
        begun = time.perf_counter()
        for _ in range(2000):
            way()
        print(name, (time.perf_counter() - begun) / 2000)
"""
