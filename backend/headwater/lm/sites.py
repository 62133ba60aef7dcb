"""Places in the model where an activation is read or written, by name.

`{block}` stands for `blocks.3` and so on. Under each name lies a TransformerLens hook; names
that other tools write for the same place (or for the same place of older versions) map here.
"""

import re
from typing import Final

RESID_PRE: Final = "resid.pre"
RESID_MID: Final = "resid.mid"
RESID_POST: Final = "resid.post"
ATTN_Z: Final = "attn.z"
ATTN_OUT: Final = "attn.out"
MLP_NORMALIZED: Final = "mlp.normalized"
MLP_IN: Final = "mlp.in"
MLP_OUT: Final = "mlp.out"

HOOKS: Final[dict[str, str]] = {
    RESID_PRE: "hook_in",
    RESID_MID: "ln2.hook_in",
    RESID_POST: "hook_out",
    ATTN_Z: "attn.o.hook_in",
    ATTN_OUT: "attn.hook_out",
    MLP_NORMALIZED: "ln2.hook_normalized",
    MLP_IN: "mlp.hook_in",
    MLP_OUT: "mlp.hook_out",
}
"""Site -> TransformerLens 4 hook inside its block. `attn.z` is the heads' outputs side by side
(`head * d_head` wide); `mlp.normalized` is the RMS-normalised value before the norm's gain."""

_OTHER_NAMES: Final[dict[str, str]] = {
    "hook_resid_pre": RESID_PRE,
    "hook_resid_mid": RESID_MID,
    "hook_resid_post": RESID_POST,
    "attn.hook_z": ATTN_Z,
    "hook_attn_out": ATTN_OUT,
    "ln2.hook_out": MLP_IN,
    "hook_mlp_out": MLP_OUT,
    # With `use_hook_mlp_in`, older TransformerLens puts this copy in front of the norm.
    "hook_mlp_in": RESID_MID,
}

_IN_BLOCK = re.compile(r"^(?:blocks\.(\d+)\.)?(.+)$")


def parse_site(name: str, *, layer_norm: bool = False) -> tuple[int | None, str] | None:
    """(layer, site) of a hook name like `blocks.3.hook_mlp_out` or `mlp.hook_in`; None when it is not known.

    `layer_norm`: up to TransformerLens 3, a LayerNorm's `hook_normalized` came after its gain and bias
    and an RMSNorm's before its gain; dictionaries carry the name from that time.
    """
    match = _IN_BLOCK.match(name)
    if match is None:
        return None
    block, rest = match.groups()
    site = _OTHER_NAMES.get(rest) or next((s for s, hook in HOOKS.items() if rest in (s, hook)), None)
    if site == MLP_NORMALIZED and layer_norm:
        site = MLP_IN
    return (int(block) if block else None, site) if site else None


def hook_name(layer: int, site: str) -> str:
    return f"blocks.{layer}.{HOOKS[site]}"


def known_names() -> list[str]:
    return sorted({*HOOKS.values(), *_OTHER_NAMES})
