"""The picture of the times of training."""

from __future__ import annotations

import statistics
from pathlib import Path

from peers.running import TITLES, Peer
from peers.works import WORKS


def plot(results: dict[str, dict[str, tuple[Peer, list[float]]]], path: Path) -> None:
    """Times of a step by the number of samples, for the smallest network, and ratios for the others."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    colours = {
        "ours": "#0072B2", "by_hand": "#000000", "jax_loop": "#E69F00", "numpy_loop": "#009E73", "pytorch": "#D55E00",
        "pytorch_compiled": "#CC79A7", "scikit_learn": "#56B4E9", "micrograd_loop": "#999999",
    }  # fmt: skip
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
    small = [name for name in results if name.startswith("231")]
    for peer, colour in colours.items():
        points = [
            (WORKS[name].samples, statistics.median(results[name][peer][1])) for name in small if peer in results[name]
        ]
        if points:
            style = "o--" if peer == "by_hand" else "o-"
            left.plot(*zip(*points, strict=True), style, color=colour, label=TITLES[peer])
    left.set(xscale="log", yscale="log", xlabel="samples", ylabel="seconds for a step", title="2-3-1, full batch")
    left.grid(alpha=0.3)
    left.legend(fontsize=8)
    others = [name for name in results if name not in small]
    shown_peers = [peer for peer in colours if any(peer in results[name] for name in others)]
    for place, name in enumerate(others):
        ours = results[name]["ours"][1]
        for k, peer in enumerate(shown_peers):
            if peer in results[name]:
                ratio = statistics.median(b / a for a, b in zip(ours, results[name][peer][1], strict=True))
                right.barh(
                    place + 0.8 * (k / len(shown_peers) - 0.45), ratio, 0.75 / len(shown_peers), color=colours[peer]
                )
    right.set_yticks(range(len(others)), [WORKS[name].title.replace(", ", "\n", 1) for name in others], fontsize=8)
    right.axvline(1, color="#0072B2", linewidth=0.8)
    right.invert_yaxis()
    right.set(xscale="log", xlabel="time as a multiple of chalkgrad's", title="mini-batches")
    figure.savefig(path, dpi=110)
