"""What one feature responds to, as shown on its dashboard (no torch)."""

from pydantic import BaseModel


class Example(BaseModel):
    """One stretch of text around the token where the feature fired.

    `activations[i]` belongs to `tokens[i]`; `peak` is the index of the token chosen.
    `next_token` is what followed the window, for logit-side reading ("" at a document's end).
    """

    tokens: list[str]
    token_ids: list[int]
    activations: list[float]
    peak: int


class ExampleGroup(BaseModel):
    """Examples whose peak activation lies in [low, high], e.g. "top" or "40-60 %"."""

    name: str
    low: float
    high: float
    examples: list[Example]


class Histogram(BaseModel):
    """Counts of non-zero activations in equal bins from 0 to `maximum`."""

    maximum: float
    counts: list[int]


class TokenEffect(BaseModel):
    """How one unit of the feature moves a token's logit through the direct path only."""

    id: int
    text: str
    effect: float


class FeatureDashboard(BaseModel):
    """`density`: share of tokens (start-of-text left out) on which the feature fired, over
    `tokens_seen` tokens. `is_dead`: it never fired. `has_examples` is False for
    dictionaries without a harvest; then only weights-based parts are filled.
    """

    dictionary: str
    layer: int
    index: int
    density: float | None
    tokens_seen: int
    is_dead: bool
    has_examples: bool
    max_activation: float | None
    mean_activation: float | None
    decoder_norm: float | None
    groups: list[ExampleGroup]
    histogram: Histogram | None
    top_logits: list[TokenEffect]
    bottom_logits: list[TokenEffect]
    summary: str
    """A few words built from the strongest tokens, marked as automatic wherever shown."""
