"""The settings of a circuit over a task as data (no torch): what is asked, never how it is computed.

A circuit's id is made from these settings, so equal requests must be equal values: every default is
written out. Adding a method is one class here and in `CircuitMethod`, and its computation in
`attribution/components/` or `attribution/sparse/`.

Sign, everywhere: an effect is how far the metric *falls* when a node or edge goes from the clean run to
the patch run, `(patch - clean) . d(-metric)`. Positive: it carries the behaviour.
"""

from typing import Annotated, Any, Final, Literal, final

from pydantic import BaseModel, ConfigDict, Field, StrictInt, TypeAdapter

Steps = Annotated[StrictInt, Field(ge=1, le=500)]

MetricName = Literal["logit_difference", "logit", "log_probability", "probability_difference", "kl"]
"""What the answer is worth, at the example's readout:

* `logit_difference`        logit(clean answer) - logit(patch answer)
* `logit`                   logit(clean answer); for examples without a patch answer
* `log_probability`         log p(clean answer), in nats
* `probability_difference`  p(clean answers) - p(patch answers)
* `kl`                      -KL(clean run || this run) in nats, 0 when nothing changes
"""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@final
class FeatureMetric(_Settings):
    """The activation of one feature at the readout position: what makes this feature fire?"""

    kind: Literal["feature"] = "feature"
    site: Literal["attn", "mlp", "resid"]
    layer: Annotated[StrictInt, Field(ge=0)]
    index: Annotated[StrictInt, Field(ge=0)]


Metric = MetricName | FeatureMetric


class _Features(_Settings):
    """Methods on dictionary features. Their JSON schema says so, and forms follow it."""

    model_config = ConfigDict(json_schema_extra={"needs_dictionaries": True})


Positions = Literal["separate", "spans", "sum"]
"""The position axis: every token position by itself (all examples of one length), the task's spans, or
one sum over positions."""


@final
class SparseFeatures(_Features):
    """Sparse feature circuits: the effect of every dictionary feature and error term, and edges between
    the strongest. Marks et al. 2024 (arXiv 2403.19647)."""

    method: Literal["sfc"] = "sfc"
    effects: Literal["ig", "attribution", "exact"] = Field(
        "ig", description="Integrated gradients, one gradient (attribution patching), or patching each node."
    )
    steps: Steps = Field(10, description="Points on the path of integrated gradients.")
    rule: Literal["midpoint", "left"] = Field(
        "midpoint",
        description="Where the points lie: midpoints, or the paper's left ends (the clean run first).",
    )
    metric: Metric = "logit_difference"
    patch: Literal["pair", "zero"] = Field(
        "pair", description="Patch from the pair's other prompt, or to zero."
    )
    positions: Positions = "sum"
    max_nodes: Annotated[StrictInt, Field(ge=1, le=20_000)] = Field(
        300, description="Nodes whose inputs are computed, strongest first."
    )
    edges_per_node: Annotated[StrictInt, Field(ge=0, le=1_000)] = Field(
        50, description="Strongest inputs kept for each of them."
    )


@final
class Hierarchical(_Features):
    """One backward pass in which weak nodes block what flows through them, so a circuit of the size asked
    for comes out whole. Ge et al. 2024 (arXiv 2405.13868)."""

    method: Literal["hierarchical"] = "hierarchical"
    size: Annotated[StrictInt, Field(ge=1, le=20_000)] = Field(200, description="About this many nodes.")
    metric: Metric = "logit_difference"
    positions: Positions = "sum"
    edges_per_node: Annotated[StrictInt, Field(ge=0, le=1_000)] = 50


class _Components(_Settings):
    metric: MetricName = "logit_difference"
    aggregate: Literal["mean", "mean_abs"] = Field(
        "mean",
        description="Mean over examples, or mean of absolute values: nothing cancels between examples, "
        "and the sign is lost.",
    )


@final
class Eap(_Components):
    """Edge attribution patching: one gradient for all edges between heads and MLPs.
    Syed et al. 2023 (arXiv 2310.10348)."""

    method: Literal["eap"] = "eap"


@final
class EapIgInputs(_Components):
    """Edge attribution patching with gradients averaged over interpolated token embeddings.
    Hanna et al. 2024 (arXiv 2403.17806)."""

    method: Literal["eap-ig-inputs"] = "eap-ig-inputs"
    steps: Steps = 5


@final
class EapIgActivations(_Components):
    """Edge attribution patching with gradients averaged while one layer's sources move to the patch run."""

    method: Literal["eap-ig-activations"] = "eap-ig-activations"
    steps: Steps = 5


@final
class ExactEdges(_Components):
    """Every edge patched by itself: the reference, and slow."""

    method: Literal["exact"] = "exact"


@final
class PositionAware(_Settings):
    """Edges at each position or span, and edges between positions inside a head.
    Haklay et al. 2025 (arXiv 2502.04577)."""

    method: Literal["peap"] = "peap"
    metric: MetricName = "logit_difference"
    positions: Literal["separate", "spans"] = "separate"


@final
class EdgeSearch(_Settings):
    """Removes edges one by one, from the output down, while the model's answers stay as they are.
    After ACDC, Conmy et al. 2023 (arXiv 2304.14997)."""

    method: Literal["acdc"] = "acdc"
    threshold: Annotated[float, Field(ge=0)] = Field(
        0.01, description="An edge stays when removing it changes the outputs by more than this."
    )
    compare: Literal["kl", "mse", "metric"] = Field(
        "kl",
        description="KL of the answers' distributions, mean squared change of their logits, or the metric.",
    )
    metric: MetricName = "logit_difference"


@final
class RandomScores(_Settings):
    """A baseline: random scores for every edge."""

    method: Literal["random"] = "random"
    metric: MetricName = "logit_difference"
    seed: Annotated[StrictInt, Field(ge=0)] = 0


@final
class ActivationDifference(_Components):
    """A baseline: how far the source moves between the runs, whatever it does."""

    method: Literal["activation"] = "activation"


@final
class GradientOnly(_Components):
    """A baseline: how steep the metric is at the destination, whatever arrives there."""

    method: Literal["gradient"] = "gradient"


CircuitMethod = Annotated[
    SparseFeatures
    | Hierarchical
    | Eap
    | EapIgInputs
    | EapIgActivations
    | ExactEdges
    | PositionAware
    | EdgeSearch
    | RandomScores
    | ActivationDifference
    | GradientOnly,
    Field(discriminator="method"),
]

_ADAPTER: Final[TypeAdapter[CircuitMethod]] = TypeAdapter(CircuitMethod)

METHODS: Final[dict[str, type[BaseModel]]] = {
    kind.model_fields["method"].default: kind
    for kind in (
        SparseFeatures,
        Hierarchical,
        Eap,
        EapIgInputs,
        EapIgActivations,
        ExactEdges,
        PositionAware,
        EdgeSearch,
        RandomScores,
        ActivationDifference,
        GradientOnly,
    )
}


FEATURE_METHODS: Final = tuple(name for name, kind in METHODS.items() if issubclass(kind, _Features))
"""Methods that need dictionaries; all others work on heads and MLPs of any model."""

MANY: Final = 10_000


def shard_examples(method: CircuitMethod, n: int) -> int:
    """Of `n` examples, how many are computed between one look at the cancel button and the next: what a
    killed worker loses. Few where one takes long (brook on one core: exact edges 2 s, sfc 0.7 s,
    hierarchical 0.2 s, eap-ig-inputs 0.05 s), where smaller shards cost nothing.

    An edge search goes by places, not by examples, so it keeps large ones. Where examples are very many,
    storing every few would be the work. Kept shards carry their size in their name: a request gets the
    same answer always, or begins anew.
    """
    is_exact = method.method == "exact" or getattr(method, "effects", "") == "exact"
    few = 4 if is_exact else 8 if method.method in FEATURE_METHODS else 32
    return few if n <= MANY else 4 * few


def read_method(settings: Any) -> CircuitMethod:
    """The method that these settings describe (JSON with `method`); pydantic's ValidationError otherwise."""
    return _ADAPTER.validate_python(settings)
