"""The stranger's model with small random transcoders, as a registered model folder."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

STORIES = Path(__file__).parents[2] / "models" / "stories260K"
N_LAYERS, D_MODEL = 5, 64


def write_transcoders(folder: Path, width: int, seed: int) -> None:
    """A circuit-tracer set: ReLU transcoders on every MLP, about a third of the features active."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for layer in range(N_LAYERS):
        encoder = random.standard_normal((width, D_MODEL)).astype(np.float32)
        decoder = random.standard_normal((width, D_MODEL)).astype(np.float32)
        save_file(
            {
                "W_enc": encoder / np.sqrt(D_MODEL),
                "W_dec": 0.15 * decoder,
                "b_enc": np.full(width, -0.5, np.float32),
                "b_dec": np.zeros(D_MODEL, np.float32),
            },
            folder / f"layer_{layer}.safetensors",
        )
    config = {
        "model_name": "stories260K",
        "model_kind": "transcoder_set",
        "feature_input_hook": "mlp.hook_in",
        "feature_output_hook": "mlp.hook_out",
        "scan": "stories",
        "transcoders": [f"layer_{layer}.safetensors" for layer in range(N_LAYERS)],
    }
    (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML


def register(data: Path, name: str = "stories") -> None:
    """`transcoders` traces in no time; `wide` takes long enough to be watched, cancelled and killed."""
    folder = data / "models" / name
    write_transcoders(folder / "transcoders", 48, 1)
    write_transcoders(folder / "wide", 1024, 2)
    sets = [{"set": one, "kind": "transcoder", "format": "circuit-tracer", "path": one} for one in ("transcoders", "wide")]
    described = {
        "name": name,
        "lm": str(STORIES),
        "dictionaries": sets,
        "default_dictionaries": "transcoders",
        "features": None,
    }
    (folder / "headwater.json").write_text(json.dumps(described))
    examples = [{"title": "A story", "prompt": "Once upon a time", "why": "It begins like every story."}]
    (folder / "examples.json").write_text(json.dumps(examples))
