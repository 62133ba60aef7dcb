"""Which dictionary sets a feature circuit reads: one for each site of a layer (no torch)."""

from collections.abc import Mapping
from typing import Final, Literal

from headwater.errors import UnknownDictionary
from headwater.lm.registry import DictionarySetEntry, ModelEntry
from headwater.lm.sites import ATTN_OUT, ATTN_Z, MLP_OUT, RESID_POST, parse_site

CircuitSite = Literal["attn", "mlp", "resid"]

CIRCUIT_SITES: Final[tuple[CircuitSite, ...]] = ("attn", "mlp", "resid")
"""In the order of computation inside a block."""

_SITE_OF: Final[dict[str, CircuitSite]] = {
    ATTN_Z: "attn",
    ATTN_OUT: "attn",
    MLP_OUT: "mlp",
    RESID_POST: "resid",
}


def circuit_site(entry: DictionarySetEntry) -> CircuitSite | None:
    """Where this set's features write: `attn`, `mlp` or `resid`; None for places no circuit reads."""
    parsed = parse_site(entry.files[0].hook_out)
    return None if parsed is None else _SITE_OF.get(parsed[1])


def site_sets(entry: ModelEntry, wanted: Mapping[str, str] | None = None) -> dict[str, DictionarySetEntry]:
    """The sets to use, by site. `wanted` names them ({"mlp": "transcoders"}; {} and None: the model's own:
    an SAE where there is one, else a transcoder). A site left out of a non-empty `wanted` is not read.

    Raises UnknownDictionary when there is none, a name is unknown, or a set lies at another site.
    """
    if wanted:
        return {site: _named(entry, site, wanted[site]) for site in CIRCUIT_SITES if site in _known(wanted)}
    found: dict[str, DictionarySetEntry] = {}
    for one in sorted(entry.dictionary_sets, key=lambda one: one.kind != "sae"):
        site = circuit_site(one)
        if site is not None:
            found.setdefault(site, one)
    if not found:
        raise UnknownDictionary(
            f"{entry.name} has no dictionaries for attention output, MLP output or the residual stream, so "
            "it has no features to make a circuit of. Add some with `headwater models add`, or use a "
            "method on heads and MLPs, such as eap-ig-inputs."
        )
    return {site: found[site] for site in CIRCUIT_SITES if site in found}


def _known(wanted: Mapping[str, str]) -> Mapping[str, str]:
    unknown = sorted(set(wanted) - set(CIRCUIT_SITES))
    if unknown:
        raise UnknownDictionary(
            f"{unknown[0][:40]!r} is no site of a circuit. Name sets for {', '.join(CIRCUIT_SITES)}."
        )
    return wanted


def _named(entry: ModelEntry, site: str, name: str) -> DictionarySetEntry:
    found = entry.dictionary_set(name)
    lies = circuit_site(found)
    if lies != site:
        raise UnknownDictionary(
            f"{found.id} writes at {lies or found.files[0].hook_out}, not at {site}. Name it for its own "
            f"site, or choose another for {site}."
        )
    return found
