"""What to change, and what changed: plans and results as data (no torch).

A plan names features at positions and the value each is given. The result puts the
model's measured answer beside what the linear graph predicted, so a reader can see how
far to trust the graph.

`scale` means the activation of the clean pass, so every mode names a value. "all" positions are
those after the start token. In mode "direct" only one-edge paths are open, so `predicted_change`
equals `direct_change` there. `predicted_after` is linear: below 0 it foretells silence, and a
feature that was silent is always foretold to stay so.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FeatureIntervention(_Frozen):
    """One feature, at some positions, given a new activation.

    `ablate` sets it to 0, `scale` multiplies its activation by `value`, `set` gives it
    `value` outright (also where it was silent).
    """

    layer: int = Field(ge=0)
    index: int = Field(ge=0)
    positions: list[Annotated[int, Field(ge=0)]] | Literal["all"]
    mode: Literal["ablate", "scale", "set"] = "ablate"
    value: float | None = None


class InterventionPlan(_Frozen):
    """`mode="full"`: the rest of the model reacts (attention too, unless
    `freeze_attention`). `mode="direct"`: attention, norms and all MLPs keep their values,
    so only direct effects move: the graph's own linear model, exact against it."""

    interventions: list[FeatureIntervention] = Field(min_length=1, max_length=500)
    mode: Literal["full", "direct"] = "full"
    freeze_attention: bool = False


class TokenChange(BaseModel):
    """One next-token candidate before and after. Logits in nats.

    `predicted_change` is what the linear graph foretells for this token's logit: the
    effect of the changed features along every path through active features, attention
    and norms frozen; `direct_change` counts one-edge paths only. Both and
    `measured_change` are differences of logits from the mean logit over the vocabulary,
    since the softmax sees nothing else.
    """

    id: int
    text: str
    logit_before: float
    logit_after: float
    probability_before: float
    probability_after: float
    measured_change: float
    predicted_change: float
    direct_change: float


class ActivationChange(BaseModel):
    """One feature whose activation moved. `intervened` marks those the plan itself set."""

    layer: int
    index: int
    position: int
    before: float
    after: float
    predicted_after: float
    intervened: bool


class InterventionResult(BaseModel):
    """Measured next-token logits at the last position and the activations that moved.

    `tokens`: the union of the ten likeliest before and after and the graph's targets,
    by descending probability before. `activations`: by descending |after - before|, at
    most 200, of `n_changed` in all. `kl` is KL(before || after) in nats.
    `correlation`: Pearson correlation of predicted and measured change over all tokens
    of the vocabulary (None when nothing moved).
    """

    plan: InterventionPlan
    tokens: list[TokenChange]
    activations: list[ActivationChange]
    n_changed: int
    kl: float
    correlation: float | None
