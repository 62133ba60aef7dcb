"""LayerNorm and RMSNorm, with their exact gradients in closed form."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from headwater.lm.frozen import FrozenNorm


@dataclass(frozen=True)
class Norm:
    """y = center?(x) / sqrt(mean(center?(x)^2) + eps) * gain + bias, over the last axis.

    `centers` is True for LayerNorm and False for RMSNorm, which has no bias: zeros stand there.
    `gain` is the weight exactly as applied.
    """

    gain: Float[Tensor, " width"]
    bias: Float[Tensor, " width"]
    eps: float
    centers: bool

    def apply(self, x: Float[Tensor, "*any width"]) -> Float[Tensor, "*any width"]:
        if self.centers:
            return F.layer_norm(x, self.gain.shape, self.gain, self.bias, self.eps)
        return F.rms_norm(x, self.gain.shape, self.gain, self.eps)

    @torch.no_grad()
    def vjp(
        self, x: Float[Tensor, "batch pos *any width"], g: Float[Tensor, "batch pos *more width"]
    ) -> Float[Tensor, "batch pos *more width"]:
        """Exact gradient of <apply(x), g> with respect to x, in closed form; the result has no graph.

        `g` may have further axes after pos (one per head, say) that `x` lacks.
        """
        centred = x - x.mean(-1, keepdim=True) if self.centers else x
        rate = torch.rsqrt(centred.square().mean(-1, keepdim=True) + self.eps)
        unit = _beside(centred * rate, g)
        # In place from here on: fresh memory took six times as long (4.3 against 0.7 ms for 1.2 M numbers).
        pulled = g * _beside(self.gain * rate, g)
        pulled.addcmul_(unit, (pulled * unit).mean(-1, keepdim=True), value=-1)
        if self.centers:
            pulled.sub_(pulled.mean(-1, keepdim=True))
        return pulled

    def freeze(self, x: Float[Tensor, "pos d_model"]) -> FrozenNorm:
        """This norm with the denominator it has on `x`."""
        centred = x - x.mean(-1, keepdim=True) if self.centers else x
        scale = (centred.square().mean(-1) + self.eps).sqrt()
        return FrozenNorm(scale=scale, gain=self.gain, bias=self.bias, centers=self.centers)


def _beside(x: Tensor, g: Tensor) -> Tensor:
    """`x` with axes of size one where `g` has more of them."""
    return x.reshape(*x.shape[:-1], *(1,) * (g.ndim - x.ndim), x.shape[-1])
