"""Writes brook's model card from its metrics, so that no figure is copied by hand.

Run: python -m training.card --brook BROOK_FOLDER
"""

import argparse
import json
from pathlib import Path
from typing import Any

FLOORS = {"overall": 3.24, "01": 2.63, "03": 3.38, "04": 3.28, "05": 3.27}
# The transcoders of the trial run, layers 0 to 5; L0 and dead features as the largest it had.
FLOOR_FVU, FLOOR_L0, FLOOR_DEAD, FLOOR_ALL_SPLICED = (
    (0.027, 0.121, 0.141, 0.168, 0.169, 0.131),
    23,
    0.02,
    0.22,
)
COLUMNS = (
    ("FVU", "fvu"), ("L0", "l0"), ("dead", "dead"), ("> 1 %", "density_over_1_percent"),
    ("> 10 %", "density_over_10_percent"), ("norm ratio", "norm_ratio"), ("loss spliced", "loss_spliced"),
    ("score, zero", "score_vs_zero"), ("score, mean", "score_vs_mean"), ("FVU of PCA", "fvu_pca_of_rank_l0"),
    ("FVU of random", "fvu_random"),
)  # fmt: skip


def loss_table(losses: dict[str, float]) -> str:
    lines = [f"| {name} | {loss:.3f} | {FLOORS.get(name, '')} |" for name, loss in losses.items()]
    return "\n".join(["| text | nats per token | trial run |", "|---|---|---|", *lines])


def task_table(tasks: dict[str, dict[str, dict[str, float]]]) -> str:
    groups = ("in_distribution", "held_out_known_template", "held_out_new_template")
    lines = []
    for name, found in tasks.items():
        cells = [f"{found[g]['prefers']:.3f} / {found[g]['top1']:.3f}" for g in groups]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    head = "| family | in distribution | held-out words, known template | held-out words, new template |"
    return "\n".join([head, "|---|---|---|---|", *lines])


def dictionary_table(found: dict[str, Any]) -> str:
    lines = [
        f"| {layer} | " + " | ".join(f"{figures[key]:.3f}" for _, key in COLUMNS) + " |"
        for layer, figures in enumerate(found["layers"])
    ]
    head = "| layer | " + " | ".join(title for title, _ in COLUMNS) + " |"
    return "\n".join([head, "|---" * (len(COLUMNS) + 1) + "|", *lines])


def floor_table(metrics: dict[str, Any]) -> str:
    """Every figure the trial run set, the misses in bold; lower is better in all but the tasks."""
    lm, found = metrics["lm"], metrics["dictionaries"]
    transcoders = found["sets"]["transcoders"]
    layers = transcoders["layers"]
    cost = transcoders["loss_all_spliced"] - found["clean_loss"]
    lower = [
        (f"held-out loss, {name}", lm["held_out_loss"][name], floor, ".3f") for name, floor in FLOORS.items()
    ]
    lower += [
        (f"transcoder FVU, layer {i}", layers[i]["fvu"], floor, ".3f") for i, floor in enumerate(FLOOR_FVU)
    ]
    lower += [
        ("transcoder L0, largest of the layers", max(layer["l0"] for layer in layers), FLOOR_L0, ".1f"),
        ("loss added by all six transcoders", cost, FLOOR_ALL_SPLICED, ".2f"),
        *((f"dead features, layer {i}", layer["dead"], FLOOR_DEAD, ".3f") for i, layer in enumerate(layers)),
    ]
    lines = [_floor_row(name, value, floor, form, value <= floor) for name, value, floor, form in lower]
    for task in ("indirect_object", "agreement_across_clause", "colours"):
        groups = lm["tasks"][task]
        known, new = groups["in_distribution"]["prefers"], groups["held_out"]["prefers"]
        lines.append(_floor_row(f"{task}, in distribution", known, 1, ".3f", known >= 1))
        note = "" if new > 0.9 else "**does not carry over**"
        lines.append(f"| {task}, held-out words and templates | {new:.3f} | not measured | {note} |")
    return "\n".join(["| figure | brook | trial run | |", "|---|---|---|---|", *lines])


def _floor_row(name: str, value: float, floor: float, form: str, reached: bool) -> str:
    return f"| {name} | {value:{form}} | {floor:g} | {'' if reached else '**missed**'} |"


def card(metrics: dict[str, Any], template: str) -> str:
    found = metrics["dictionaries"]
    tables = "\n\n".join(
        f"### {name}\n\nAll six at once: loss {s['loss_all_spliced']:.3f} (clean {found['clean_loss']:.3f}).\n\n{dictionary_table(s)}"
        for name, s in found["sets"].items()
    )
    parts = {
        "LOSSES": loss_table(metrics["lm"]["held_out_loss"]),
        "TASKS": task_table(metrics["lm"]["tasks"]),
        "DICTIONARIES": tables,
        "EVALUATION_TOKENS": f"{found['evaluation_tokens']:,}",
        "CLEAN_LOSS": f"{found['clean_loss']:.2f}",
        "FLOOR": floor_table(metrics),
        "LAYER_0_COST": f"{found['sets']['transcoders']['layers'][0]['loss_spliced'] - found['clean_loss']:.3f}",
        "RANDOM_ROWS": str(found["random"]["test_rows"]),
        "DICTIONARY_TOKENS": f"{found['tokens'] / 1e6:.0f} M",
    }
    for name, text in parts.items():
        template = template.replace("{{" + name + "}}", text)
    return template


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brook", type=Path, required=True)
    folder = parser.parse_args().brook
    metrics = json.loads((folder / "metrics.json").read_text())
    template = (Path(__file__).parent / "card.md").read_text()
    (folder / "README.md").write_text(card(metrics, template))
