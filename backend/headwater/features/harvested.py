"""What a harvest found, in memory, before it is written (numpy only).

Axis names used throughout `features/`:

* `feature`   index within one dictionary
* `group`     how an example was chosen: 0 is "top", then bands of the activation range, highest first
* `example`   one chosen token with its surroundings, sorted by feature, group, falling activation
* `window`    `before + 1 + after` tokens around the example's peak
* `bin`       equal bins of the non-zero activations, from 0 to the feature's maximum
* `row`       one row of the token stream, start token first
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class HarvestSettings:
    """How much to keep. The same for every dictionary unless `overrides` says otherwise.

    `top`: strongest examples per feature, one per row. `bands`: equal bands of (0, maximum], each with at
    most `per_band` examples drawn without preference, one per row. `logits`: tokens kept at each end of the
    direct logit effects. `bins`: histogram bins. `seed`: of the draw; the draw does not depend on batch size
    or device.
    """

    before: int = 24
    after: int = 8
    top: int = 8
    bands: int = 5
    per_band: int = 2
    bins: int = 32
    logits: int = 10
    seed: int = 0

    @property
    def group_names(self) -> tuple[str, ...]:
        edges = [round(100 * (self.bands - i) / self.bands) for i in range(self.bands + 1)]
        return ("top", *(f"{low}-{high} %" for high, low in pairwise(edges)))


@dataclass(frozen=True)
class Harvested:
    """One dictionary. Activations are in the dictionary's own units.

    `count`: tokens on which the feature fired; `mean`: over those tokens only. `histogram` sums to `count`.
    `group_sizes[feature, group]` examples lie in `row`, `peak` (position in the row) and `windows`, which is
    0 where the window leaves the row or meets a start token. Logit effects are per unit of activation, see
    `harvest.logit_effects`; `effect_std` is their standard deviation over the vocabulary.
    """

    dictionary: str
    layer: int
    settings: HarvestSettings
    count: NDArray[np.int64]
    maximum: NDArray[np.float32]
    mean: NDArray[np.float32]
    decoder_norm: NDArray[np.float32]
    histogram: NDArray[np.int64]
    group_sizes: NDArray[np.int64]
    row: NDArray[np.int64]
    peak: NDArray[np.int64]
    windows: NDArray[np.float32]
    top_ids: NDArray[np.int64]
    top_effects: NDArray[np.float32]
    bottom_ids: NDArray[np.int64]
    bottom_effects: NDArray[np.float32]
    effect_std: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.count)


@dataclass(frozen=True)
class Harvest:
    """A model's whole harvest. `tokens_seen` leaves start tokens out. `provenance` is plain JSON."""

    rows: NDArray[np.int64]
    tokens_seen: int
    vocab_size: int
    dictionaries: Sequence[Harvested]
    provenance: dict[str, Any] = field(default_factory=dict)
