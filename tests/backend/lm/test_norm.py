"""A norm's closed-form gradient is autograd's."""

import pytest
import torch
from lm_toys import biggest

from headwater.lm.norm import Norm


def norm_of(centers: bool, width: int = 7) -> Norm:
    g = torch.Generator().manual_seed(3)
    gain = torch.randn(width, generator=g, dtype=torch.float64)
    bias = torch.randn(width, generator=g, dtype=torch.float64) * centers
    return Norm(gain, bias, eps=1e-3, centers=centers)


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64) + 0.3


def test_a_layer_norm_solved_by_hand() -> None:
    """(1, 5): mean 3, deviations (-2, 2), mean square 4, with eps 5 the denominator is 3."""
    norm = Norm(torch.tensor([3.0, 6.0]), torch.tensor([1.0, 0.0]), eps=5.0, centers=True)

    assert norm.apply(torch.tensor([[[1.0, 5.0]]])).tolist() == [[[-1.0, 4.0]]]


def test_an_rms_norm_solved_by_hand() -> None:
    """(1, 5): mean square 13, with eps 3 the denominator is 4."""
    norm = Norm(torch.tensor([4.0, 8.0]), torch.zeros(2), eps=3.0, centers=False)

    assert norm.apply(torch.tensor([[[1.0, 5.0]]])).tolist() == [[[1.0, 10.0]]]


@pytest.mark.parametrize("centers", [True, False], ids=["LayerNorm", "RMSNorm"])
@pytest.mark.parametrize("axes", [(), (4,), (2, 3)], ids=["one", "heads", "heads and steps"])
def test_the_gradient_is_autograds(centers: bool, axes: tuple[int, ...]) -> None:
    norm, x, g = norm_of(centers), draw(2, 3, 7).requires_grad_(), draw(2, 3, *axes, 7)
    wide = x.reshape(2, 3, *(1,) * len(axes), 7).expand_as(g)

    (expected,) = torch.autograd.grad((norm.apply(wide) * g).sum(), wide)

    assert biggest(norm.vjp(x, g) - expected) < 1e-13


@pytest.mark.parametrize("centers", [True, False], ids=["LayerNorm", "RMSNorm"])
def test_the_gradient_of_one_input_per_head(centers: bool) -> None:
    norm, x, g = norm_of(centers), draw(2, 3, 4, 7).requires_grad_(), draw(2, 3, 4, 7).flip(0)

    (expected,) = torch.autograd.grad((norm.apply(x) * g).sum(), x)

    assert biggest(norm.vjp(x, g) - expected) < 1e-13


def test_freezing_holds_the_denominator() -> None:
    norm, x = norm_of(True), draw(3, 7)
    frozen = norm.freeze(x)

    assert biggest((x - x.mean(-1, keepdim=True)) / frozen.scale[:, None] * norm.gain + norm.bias
                   - norm.apply(x)) < 1e-13  # fmt: skip
