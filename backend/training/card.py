"""Writes brook's model card from its metrics, so that no figure is copied by hand.

Run: python -m training.card --brook BROOK_FOLDER
"""

import argparse
import json
from pathlib import Path
from typing import Any

FLOORS = {"overall": 3.24, "01": 2.63, "03": 3.38, "04": 3.28, "05": 3.27}
COLUMNS = (
    ("FVU", "fvu"), ("L0", "l0"), ("dead", "dead"), ("> 1 %", "density_over_1_percent"),
    ("> 10 %", "density_over_10_percent"), ("norm ratio", "norm_ratio"), ("loss spliced", "loss_spliced"),
    ("score, zero", "score_vs_zero"), ("score, mean", "score_vs_mean"), ("FVU of PCA", "fvu_pca_of_rank_l0"),
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
