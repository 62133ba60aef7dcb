"""A circuit's methods paragraph: every setting in a sentence that can stand in a paper.

Written from the circuit's own record, so it says what was done and not what was asked for.
"""

from typing import Any, Final

from headwater.graph.accuracy import accuracy_warning
from headwater.graph.circuit import Circuit

_METRICS: Final = {
    "logit_difference": "the logit of the clean answer minus that of the patch answer",
    "logit": "the logit of the clean answer",
    "log_probability": "the log probability of the clean answer",
    "probability_difference": "the probability of the clean answers minus that of the patch answers",
    "kl": "minus the KL divergence of the answer distribution from the clean run's",
}
_POSITIONS: Final = {
    "separate": "at every token position by itself",
    "spans": "summed within the task's spans",
    "sum": "summed over positions",
}


def methods_text(circuit: Circuit) -> str:
    """Model, task, metric, method with every setting, dictionaries, versions: one plain paragraph."""
    method, told = circuit.method, circuit.provenance
    sentences = [
        _task(circuit),
        accuracy_warning(circuit),
        _metric(method),
        _METHODS[str(method.get("method"))](method, circuit),
        _dictionaries(circuit),
        "A positive effect means that going from the clean to the patch run lowers the metric.",
        _residual(told),
        _selection(told),
        _versions(circuit),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _task(circuit: Circuit) -> str:
    task, n = circuit.task, len(circuit.metric_clean)
    clean = f"{float(circuit.metric_clean.mean()):.3f}"
    patch = circuit.metric_patch[circuit.metric_patch == circuit.metric_patch]
    means = f"mean metric {clean} on clean prompts" + (
        f" and {float(patch.mean()):.3f} on patch prompts" if len(patch) else ""
    )
    mark = f" (fingerprint {str(task['fingerprint'])[:12]})" if task.get("fingerprint") else ""
    split = f" of its {task['split']} split" if task.get("split") else ""
    return (
        f"We computed a circuit of the model {circuit.model} on {n} example{'' if n == 1 else 's'}{split} "
        f"of the task “{task.get('title') or task.get('name', 'unnamed')}”{mark}; {means}.{_drawn(task)}"
    )


def _drawn(task: dict[str, Any]) -> str:
    """How it was decided which examples these are, where the task's facts say."""
    told = ""
    if task.get("drawn"):
        told += f" {task['drawn']:,} examples were drawn from the task (seed {task.get('draw_seed', 0)})."
    if task.get("evaluation_share"):
        told += (
            f" {task.get('n_evaluation', 0):,} examples were set aside for evaluation: those the task marks, "
            f"or else a share of {task['evaluation_share']:g} (seed {task.get('split_seed', 0)})."
        )
    if task.get("n_dropped"):
        told += f" {task['n_dropped']:,} examples of the task cannot be used with this model."
    return told


def _metric(method: dict[str, Any]) -> str:
    metric = method.get("metric", "logit_difference")
    if isinstance(metric, dict):
        return (
            f"The metric is the activation of feature {metric['index']} of the {metric['site']} dictionary "
            f"of layer {metric['layer']} at the last position."
        )
    return f"The metric is {_METRICS[metric]}, read at the answer's position."


def _sfc(method: dict[str, Any], circuit: Circuit) -> str:
    how = {
        "ig": f"integrated gradients, {method['steps']} steps ({method['rule']} rule), one site at a time",
        "attribution": "attribution patching (one gradient at the clean run)",
        "exact": "patching each node by itself",
    }[method["effects"]]
    to = "the pair's patch run" if method["patch"] == "pair" else "zero"
    return (
        "Nodes are dictionary features and the dictionaries' error terms (sparse feature circuits, Marks "
        f"et al. 2024). Their effect of going to {to} was estimated by {how}, "
        f"{_POSITIONS[method['positions']]}, averaged over examples; edges were computed into the "
        f"{method['max_nodes']:,} strongest nodes, with gradients stopped at the sites between, and the "
        f"{method['edges_per_node']:,} strongest inputs of each were kept."
    )


def _hierarchical(method: dict[str, Any], circuit: Circuit) -> str:
    threshold = circuit.provenance.get("threshold")
    at = f", found at a threshold of {threshold:.3g}" if isinstance(threshold, float) else ""
    return (
        "Nodes were found by hierarchical attribution (Ge et al. 2024): one backward pass with attention "
        "patterns and norms frozen and error terms detached, in which nodes below a threshold block what "
        f"flows through them, the threshold chosen for about {method['size']:,} nodes{at}; "
        f"{_POSITIONS[method['positions']]}."
    )


def _edges(how: str) -> Any:
    def told(method: dict[str, Any], circuit: Circuit) -> str:
        kind = method.get("aggregate", "mean")
        mean = "averaged over examples" if kind == "mean" else "averaged in absolute value over examples"
        steps = f" with {method['steps']} steps" if "steps" in method else ""
        return (
            "Nodes are attention heads and MLPs, with a head's query, key and value inputs apart. Edge "
            f"scores are {how}{steps}, summed over positions and {mean}."
        )

    return told


def _peap(method: dict[str, Any], circuit: Circuit) -> str:
    where = "token position" if method["positions"] == "separate" else "span"
    return (
        f"Nodes are attention heads and MLPs at each {where} (position-aware edge attribution patching, "
        "Haklay et al. 2025); edges between positions of one head were scored by recomputing its output "
        "with that position's query, key or value alone taken from the patch run."
    )


def _acdc(method: dict[str, Any], circuit: Circuit) -> str:
    what = {
        "kl": "KL divergence of the answers' distributions",
        "mse": "mean squared change of the logits",
        "metric": "change of the metric",
    }
    return (
        "Edges between attention heads and MLPs were removed in reverse order of computation, each "
        f"replaced by its value in the patch run, wherever that raised the {what[method['compare']]} by "
        f"less than {method['threshold']:g} (after ACDC, Conmy et al. 2023)."
    )


_METHODS: Final[dict[str, Any]] = {
    "sfc": _sfc,
    "hierarchical": _hierarchical,
    "eap": _edges("edge attribution patching (Syed et al. 2023), one gradient at the clean run"),
    "eap-ig-inputs": _edges(
        "edge attribution patching with integrated gradients over token embeddings (Hanna et al. 2024)"
    ),
    "eap-ig-activations": _edges(
        "edge attribution patching with integrated gradients over each layer's activations (Hanna et al. "
        "2024)"
    ),
    "exact": _edges("exact: each edge patched by itself"),
    "peap": _peap,
    "acdc": _acdc,
    "random": _edges("random, a baseline"),
    "activation": _edges("the size of the change of the source's activation, a baseline"),
    "gradient": _edges("the size of the gradient at the destination, a baseline"),
}


def _dictionaries(circuit: Circuit) -> str:
    if not circuit.dictionaries:
        return ""
    listed = ", ".join(f"{name} ({site})" for site, name in sorted(circuit.dictionaries.items()))
    return f"Dictionaries: {listed}."


def _residual(told: dict[str, Any]) -> str:
    residuals = told.get("residuals")
    if not isinstance(residuals, dict) or not residuals:
        return ""
    worst = max((abs(float(value)), site) for site, value in residuals.items())
    return (
        f"At each site the effects sum to the change of the metric within {worst[0]:.2g} (worst: {worst[1]})."
    )


_SELECTIONS: Final = {
    "strongest": "the strongest ones",
    "connected": "the strongest edges, less those on no way to the metric",
    "greedy": "the edges that a best-first search from the metric reaches",
}


_COUNTS: Final = ("nodes_total", "edges_total", "nodes_shown", "edges_shown")


def _selection(told: dict[str, Any]) -> str:
    cut = told.get("selection")
    if not isinstance(cut, dict) or str(cut.get("selection")) not in _SELECTIONS:
        return ""
    n = {name: f"{int(cut.get(name, 0)):,}" for name in _COUNTS}
    return (
        f"Of its {n['nodes_total']} nodes and {n['edges_total']} edges, {n['nodes_shown']} and "
        f"{n['edges_shown']} were selected: {_SELECTIONS[cut['selection']]}."
    )


def _versions(circuit: Circuit) -> str:
    told = circuit.provenance
    prints = told.get("model_fingerprint")
    mark = f", model fingerprint {str(prints)[:12]}" if prints else ""
    return f"Computed with Headwater {told.get('headwater', told.get('version', ''))}{mark}.".replace(
        " .", "."
    )
