"""What an evaluation was asked for, and what it found (no torch). The result carries every setting, because
no number of an evaluation means anything without them (Miller et al. 2024, arXiv 2407.08734)."""

from typing import Annotated, Any, Literal, final

from pydantic import BaseModel, ConfigDict, Field, StrictInt

Ablation = Literal["counterfactual", "resample", "mean", "mean_position", "zero"]
"""What a node outside the circuit carries:

* `counterfactual`  its value in the pair's patch run
* `resample`        its value in the clean run of another example of the same length, drawn with the seed
* `mean`            its mean over patch prompts (clean ones where a task has no pairs) and over positions
* `mean_position`   the same mean, position by position (examples of one length)
* `zero`            zero
"""

Errors = Literal["circuit", "keep", "remove"]
"""Error terms of a feature circuit: in it like any node, always kept, or never kept."""

Baseline = Literal["random", "activation", "gradient"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@final
class EvaluationSettings(_Model):
    ablation: Ablation = Field(
        default="counterfactual", description="What stands in for everything outside the circuit."
    )
    sizes: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] | None = Field(
        default=None,
        max_length=100,
        description="Circuit sizes: shares of all edges (heads and MLPs), or numbers of nodes (features). "
        "By default the ten shares of the MIB benchmark, or a sweep over node counts.",
    )
    selection: Literal["top", "greedy"] = Field(
        default="top",
        description="The highest scores, or best first from the logits so that every edge leads there.",
    )
    errors: Errors = Field(default="circuit", description="What becomes of error terms (feature circuits).")
    start_layer: Annotated[StrictInt, Field(ge=0)] = Field(
        default=0,
        description="Layers below this one are left as they are (feature circuits); free layers flatter.",
    )
    baselines: tuple[Baseline, ...] = Field(
        default=("random", "activation", "gradient"), description="Rankings to stand in the same plot."
    )
    n_resamples: Annotated[StrictInt, Field(ge=0, le=10_000)] = Field(
        default=0, description="Draws of examples for the stability of nodes and edges; 0: none."
    )
    stability_size: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = Field(
        default=0.05,
        description="Size of the circuit whose stability is measured, as a share of edges or nodes.",
    )
    seed: Annotated[StrictInt, Field(ge=0)] = 0


@final
class Quantiles(_Model):
    """Over examples, each with its own ratio; `worst5` is the 5 % quantile."""

    median: float
    q1: float
    q3: float
    worst5: float


@final
class CurvePoint(_Model):
    """One circuit size. None where a number does not exist (a ratio over zero, no such comparison).

    `faithfulness`, `completeness` and `soft` are ratios of means over examples; `quantiles` is over each
    example's own faithfulness.
    """

    size: int = Field(description="Edges (heads and MLPs) or nodes (features) in the circuit.")
    asked: int = Field(description="Before nodes without inputs or outputs were removed.")
    fraction: float
    metric: float
    faithfulness: float | None
    completeness: float | None = Field(
        description="Faithfulness of everything outside the circuit; near 0 is good."
    )
    soft: float | None = Field(description="m(circuit) / m(model).")
    hard: float | None = Field(description="Share of examples whose top token is the model's.")
    kl: float | None = Field(description="KL(model || circuit) at the readout, nats, mean.")
    quantiles: Quantiles | None


@final
class Curve(_Model):
    """Faithfulness over size for one ranking. `name`: "circuit" or a baseline. `ranking`: by |score| or by
    the signed score. CPR belongs to the signed ranking, CMD to the absolute one; both are given for both."""

    name: str
    ranking: Literal["absolute", "signed"]
    points: tuple[CurvePoint, ...]
    cpr: float | None
    cmd: float | None


@final
class Inclusion(_Model):
    name: str
    score: float
    frequency: float = Field(description="Share of draws of examples in which it is in the circuit.")


@final
class Stability(_Model):
    """How a circuit of this size changes when examples are drawn again (with replacement)."""

    of: Literal["edges", "nodes"]
    n_resamples: int
    size: int
    n_examples: int
    total: int
    mean_jaccard: float = Field(description="Between the circuit and a redrawn one.")
    chance: float = Field(description="The same between random sets of this size.")
    items: tuple[Inclusion, ...] = Field(description="The strongest first; at most 2,000.")


@final
class EvaluationResult(_Model):
    settings: EvaluationSettings
    level: Literal["components", "features"]
    model: str
    task: dict[str, Any]
    method: dict[str, Any]
    n_examples: int
    n_items: int = Field(description="Edges (components) or nodes (features) there are to choose from.")
    clean: float = Field(description="Mean metric of the model.")
    empty: float = Field(description="Mean metric with everything ablated.")
    curves: tuple[Curve, ...]
    stability: tuple[Stability, ...] = ()
    notes: tuple[str, ...] = ()
    against: str | None = Field(
        default=None, description="The task it was run on, where that is not its own."
    )
