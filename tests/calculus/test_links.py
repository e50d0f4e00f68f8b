"""The links of the chain rule are on the diagonal where the derivative is."""

from __future__ import annotations

import pytest

from chalkgrad.calculus import derive
from chalkgrad.networks import NetworkSpec, build


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_a_loss_of_several_terms_has_a_diagonal_link(loss: str) -> None:
    derivation = derive(build(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), loss)))
    link = derivation.factors["l", "yhat"]
    assert str(link.of) == "l[n]"
    assert str(link.wrt) == "yhat[n,k]"
    assert "delta" not in str(link.raw)
