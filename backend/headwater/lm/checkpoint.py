"""A Hugging Face checkpoint as its own library loads it: from local safetensors only, no remote code."""

import os
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("WANDB_MODE", "disabled")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch

from headwater.errors import InvalidModelFiles
from headwater.lm.registry import ModelEntry


def load_checkpoint(entry: ModelEntry, device: str = "cpu") -> Any:
    """The Hugging Face class of this architecture in single precision, never one from the folder.

    InvalidModelFiles when config and weights disagree. Call `registry.check_supported` first.
    """
    import transformers

    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # not typed there
    try:
        model, report = getattr(transformers, entry.architecture).from_pretrained(
            entry.lm_path,
            use_safetensors=True,
            local_files_only=True,
            dtype=torch.float32,
            attn_implementation="eager",
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InvalidModelFiles(f"{entry.lm_path} cannot be loaded: {reason}") from error
    if report["missing_keys"] or report["mismatched_keys"]:
        names = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
        raise InvalidModelFiles(
            f"{entry.lm_path}: {len(names)} tensors that config.json asks for are missing or have another "
            "shape, "
            f"first {names[0]}. The weights and config.json belong to different models."
        )
    return model.eval().requires_grad_(False).to(device)
