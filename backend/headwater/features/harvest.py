"""What does every feature of every dictionary respond to? One text, three streaming passes.

Pass 1: counts, sums, maxima, strongest example per row. Pass 2: histogram and a fair draw of examples from
each band of the activation range (both need the maximum). Pass 3: the activations around the chosen tokens.
The passes work on the non-zero activations only (about 0.5-2 % of all), whole dictionaries at a time; no
loop runs over features. Memory does not grow with the text.

Needs torch, numpy, pyarrow and safetensors; not TransformerLens. With any model of one's own:

    from headwater.features.codec import write_harvest
    from headwater.features.harvest import HarvestSettings, Readout, Source, harvest

    sources = [Source("brook.transcoders.0", decoder=W_dec),            # [feature, d_model], as it writes to
               Source("brook.sae-attn.0", decoder=W_dec @ W_O,          # the residual stream
                      settings=HarvestSettings(top=6, bands=2)), ...]
    readout = Readout(gain=final_norm_weight, W_U=lm_head.weight.T)      # [d_model], [d_model, vocab]

    def activations(tokens):                                             # [batch, pos] int64, on `device`
        for id, feature_acts in my_model_and_dictionaries(tokens):       # dict, or pairs one at a time
            yield id, feature_acts                                       # [batch, pos, feature], >= 0

    found = harvest(rows, activations, sources, readout, start_token=1, device="cuda", batch_rows=64)
    n_bytes = write_harvest(Path("features"), found)                     # a folder; read by FeatureTable

`rows` is [n_rows, row_length] of token ids, every row beginning with the start token. `activations` must give
the same numbers when asked twice, so run it without dropout and with fixed settings.

From the command line: `python -m headwater.features.harvest --help`.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from headwater.errors import HeadwaterError, InvalidPrompt
from headwater.features.codec import write_harvest
from headwater.features.harvested import Harvest, Harvested, HarvestSettings

# jaxtyping is not on the machine that trains brook, so shapes stand in the docstrings here.
Activations = Callable[[Tensor], Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]]
Progress = Callable[[str, int, int], None]

LOCATION_BITS = 32  # row * row_length + position; the other 31 bits of a key are its priority
LOCATION_MASK = (1 << LOCATION_BITS) - 1
NONE = -1  # a key that no token has


@dataclass(frozen=True)
class Source:
    """A dictionary to harvest. `decoder[feature, d_model]`: what one unit of each feature writes to the
    residual stream (for attention-output SAEs the decoder through W_O); `norm[feature]`: the length of the
    decoder row as shown, by default that of `decoder`."""

    id: str
    decoder: Tensor
    norm: Tensor | None = None
    settings: HarvestSettings = field(default_factory=HarvestSettings)

    @property
    def layer(self) -> int:
        return int(self.id.rsplit(".", 1)[1])


@dataclass(frozen=True)
class Readout:
    """Final norm and unembedding: gain [d_model], W_U [d_model, vocab]; `centers` for LayerNorm."""

    gain: Tensor
    W_U: Tensor
    centers: bool = False


def harvest(
    rows: NDArray[Any] | Tensor,
    activations: Activations,
    sources: Sequence[Source],
    readout: Readout,
    *,
    start_token: int,
    device: str = "cpu",
    batch_rows: int = 16,
    provenance: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Harvest:
    """Everything `FeatureTable` shows, for every feature of `sources`.

    Cost: three forward passes over `rows` with all dictionaries encoded. Memory: one batch of activations
    (batch_rows x row_length x the features given at once) and per feature a few hundred bytes. Start tokens
    are left out of every number, wherever in a row they stand.
    """
    began = time.monotonic()
    text = torch.as_tensor(np.asarray(rows).astype(np.int64))
    tallies = {s.id: Tally(s, text.shape[1], readout.W_U.shape[1], device) for s in sources}
    phases: tuple[tuple[str, Callable[[Tally, Batch], None]], ...] = (
        ("strongest", Tally.see_strongest),
        ("bands", Tally.see_bands),
        ("surroundings", Tally.see_surroundings),
    )
    n_batches = -(-len(text) // batch_rows)
    for phase, see in phases:
        for i in range(n_batches):
            tokens = text[i * batch_rows : (i + 1) * batch_rows].to(device)
            kept = tokens != start_token
            with torch.no_grad():
                found = activations(tokens)
                for name, acts in found.items() if isinstance(found, Mapping) else found:
                    if name in tallies:
                        see(tallies[name], Batch(acts, kept, i * batch_rows))
                del found
            if progress:
                progress(phase, i + 1, n_batches)
        for tally in tallies.values():
            tally.finish(phase)
    with torch.no_grad():
        dictionaries = [tallies[s.id].result(readout) for s in sources]
    seconds = time.monotonic() - began
    return Harvest(
        rows=text.numpy(),
        tokens_seen=int((text != start_token).sum()),
        vocab_size=readout.W_U.shape[1],
        dictionaries=dictionaries,
        provenance={**(provenance or {}), "seconds": round(seconds, 1)},
    )


@dataclass(frozen=True)
class Batch:
    """acts [batch, pos, feature], dense or sparse COO; kept [batch, pos] is False on start tokens."""

    acts: Tensor
    kept: Tensor
    first_row: int

    def nonzeros(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(row in the batch, position, feature, activation) of every positive activation that counts."""
        if self.acts.is_sparse:
            acts = self.acts.coalesce()
            batch, pos, feature = acts.indices()
            value = acts.values().float()
        else:
            n_pos, n_features = self.acts.shape[1:]
            flat = self.acts.reshape(-1)
            at = (flat > 0).nonzero().squeeze(1)
            value, token = flat[at].float(), at // n_features
            feature, batch, pos = at - token * n_features, token // n_pos, token % n_pos
        chosen = self.kept[batch, pos] & (value > 0) & value.isfinite()
        return batch[chosen], pos[chosen], feature[chosen], value[chosen]


class Remembered:
    """Activations computed once and replayed in the later passes, as long as they fit `limit_bytes`.

    Only non-zero values are kept: 8 bytes each, and brook has about 700 a token. On a CPU this saves nearly
    two thirds of the time.
    """

    def __init__(self, activations: Activations, limit_bytes: int) -> None:
        self.activations, self.left = activations, limit_bytes
        self.kept: dict[bytes, list[tuple[str, tuple[int, ...], Tensor, Tensor]]] = {}

    def __call__(self, tokens: Tensor) -> Iterator[tuple[str, Tensor]]:
        key = tokens.cpu().numpy().tobytes()
        if key in self.kept:
            for name, shape, at, value in self.kept[key]:
                indices = torch.stack(torch.unravel_index(at.long(), shape))
                yield (
                    name,
                    torch.sparse_coo_tensor(indices, value, shape, is_coalesced=True, check_invariants=False),
                )
            return
        found, batch = self.activations(tokens), []
        for name, acts in found.items() if isinstance(found, Mapping) else found:
            yield name, acts
            if self.left > 0 and not acts.is_sparse and acts.numel() < 1 << 31:
                flat = acts.reshape(-1)
                at = (flat > 0).nonzero().squeeze(1)
                batch.append((name, tuple(acts.shape), at.int(), flat[at].float()))
                self.left -= 8 * len(at)
            else:
                self.left = 0
        if self.left > 0:
            self.kept[key] = batch


class Tally:
    """What has been seen of one dictionary so far."""

    def __init__(self, source: Source, row_length: int, d_vocab: int, device: str) -> None:
        s, n = replace(source.settings, logits=min(source.settings.logits, d_vocab)), len(source.decoder)
        self.source, self.settings, self.n, self.row_length = source, s, n, row_length
        self.count = torch.zeros(n, dtype=torch.int64, device=device)
        self.total = torch.zeros(n, dtype=torch.float64, device=device)
        self.maximum = torch.zeros(n, device=device)
        self.histogram = torch.zeros(n * s.bins, dtype=torch.int64, device=device)
        self.best = torch.full((n, 1, s.top), NONE, dtype=torch.int64, device=device)
        # Drawn twice over, because some of the drawn tokens will already be shown at the top.
        drawn = 2 * s.per_band
        self.drawn = torch.full((n, s.bands, drawn), NONE, dtype=torch.int64, device=device)

    def see_strongest(self, batch: Batch) -> None:
        row, pos, feature, value = batch.nonzeros()
        self.count += torch.bincount(feature, minlength=self.n)
        self.total += torch.bincount(feature, weights=value.double(), minlength=self.n)
        self.maximum.scatter_reduce_(0, feature, value, "amax")
        # The bits of a positive float order as the float does.
        self.best = self._merge(self.best, batch, row, pos, feature, value.view(torch.int32).long())

    def see_bands(self, batch: Batch) -> None:
        row, pos, feature, value = batch.nonzeros()
        share = value / self.maximum[feature]
        bins, bands = self.settings.bins, self.settings.bands
        at = feature * bins + (share * bins).long().clamp(max=bins - 1)
        self.histogram += torch.bincount(at, minlength=self.n * bins)
        if bands:
            band = bands - 1 - (share * bands).long().clamp(max=bands - 1)
            where = (batch.first_row + row) * self.row_length + pos
            luck = mixed(where * self.n + feature + (self.settings.seed << 40))
            self.drawn = self._merge(self.drawn, batch, row, pos, feature * bands + band, luck)

    def _merge(
        self, kept: Tensor, batch: Batch, row: Tensor, pos: Tensor, slot: Tensor, priority: Tensor
    ) -> Tensor:
        """Keep the keys of highest priority per (feature, group) slot, one per row; ties to the earliest."""
        n_rows, (n, groups, size) = len(batch.kept), kept.shape
        where = (batch.first_row + row) * self.row_length + pos
        key = (priority << LOCATION_BITS) | (LOCATION_MASK - where)
        per_row = torch.full((n_rows * n * groups,), NONE, dtype=torch.int64, device=kept.device)
        per_row.scatter_reduce_(0, row * (n * groups) + slot, key, "amax")
        both = torch.cat([kept, per_row.view(n_rows, n, groups).permute(1, 2, 0)], dim=2)
        return both.topk(size, dim=2).values

    def finish(self, phase: str) -> None:
        if phase == "bands":
            self._choose()

    def _choose(self) -> None:
        """Fix the examples: the top ones, then per band those drawn that are not among them."""
        s = self.settings
        top, drawn = self.best, self.drawn
        seen = ((drawn & LOCATION_MASK)[..., None] == (top & LOCATION_MASK)[:, :, None, :]).any(-1)
        drawn = torch.where(seen, NONE, drawn)
        if s.bands and s.per_band:
            drawn = drawn.topk(s.per_band, dim=2).values
        shown = torch.cat([top.reshape(self.n, -1), drawn.reshape(self.n, -1)], dim=1)
        group = torch.tensor([0] * s.top + [1 + b for b in range(s.bands) for _ in range(s.per_band)])
        group = group.to(shown.device).expand(self.n, -1)
        feature = torch.arange(self.n, device=shown.device)[:, None].expand_as(shown)
        has = shown != NONE
        where = LOCATION_MASK - (shown[has] & LOCATION_MASK)
        self.feature, self.group = feature[has], group[has]
        self.row, self.peak = where // self.row_length, where % self.row_length
        self.by_row = torch.argsort(self.row, stable=True)
        self.sorted_rows = self.row[self.by_row].contiguous()
        window = s.before + 1 + s.after
        self.windows = torch.zeros((len(where), window), device=shown.device)

    def see_surroundings(self, batch: Batch) -> None:
        ends = torch.tensor([batch.first_row, batch.first_row + len(batch.kept)], device=self.row.device)
        first, last = torch.searchsorted(self.sorted_rows, ends).tolist()
        example = self.by_row[first:last]
        s, n_pos = self.settings, batch.kept.shape[1]
        acts = batch.acts.to_dense() if batch.acts.is_sparse else batch.acts
        row = (self.row[example] - batch.first_row)[:, None]
        pos = self.peak[example][:, None] + torch.arange(-s.before, s.after + 1, device=row.device)
        inside = (pos >= 0) & (pos < n_pos)
        pos = pos.clamp(0, n_pos - 1)
        found = acts[row, pos, self.feature[example][:, None]].float().clamp(min=0)
        self.windows[example] = torch.where(inside & batch.kept[row, pos], found, 0.0)

    def result(self, readout: Readout) -> Harvested:
        s = self.settings
        strength = self.windows[:, s.before]
        order = _lexsort(self.feature, self.group, -strength)
        slot = self.feature * (1 + s.bands) + self.group
        sizes = torch.bincount(slot, minlength=self.n * (1 + s.bands)).view(self.n, 1 + s.bands)
        top_ids, top, bottom_ids, bottom, std = logit_effects(self.source.decoder, readout, s.logits)
        norm = self.source.decoder.norm(dim=1) if self.source.norm is None else self.source.norm
        return Harvested(
            dictionary=self.source.id,
            layer=self.source.layer,
            settings=s,
            count=_numpy(self.count),
            maximum=_numpy(self.maximum),
            mean=_numpy((self.total / self.count.clamp(min=1)).float()),
            decoder_norm=_numpy(norm.float()),
            histogram=_numpy(self.histogram.view(self.n, s.bins)),
            group_sizes=_numpy(sizes),
            row=_numpy(self.row[order]),
            peak=_numpy(self.peak[order]),
            windows=_numpy(self.windows[order]),
            top_ids=_numpy(top_ids),
            top_effects=_numpy(top),
            bottom_ids=_numpy(bottom_ids),
            bottom_effects=_numpy(bottom),
            effect_std=_numpy(std),
        )


def mixed(x: Tensor) -> Tensor:
    """31 well-mixed bits of an integer (the finaliser of splitmix64), equal on every device."""
    for shift, factor in ((30, -4658895280553007687), (27, -7723592293110705685)):
        x = (x ^ ((x >> shift) & ((1 << (64 - shift)) - 1))) * factor
    return (x ^ (x >> 31)) & 0x7FFFFFFF


def _lexsort(*keys: Tensor) -> Tensor:
    """Order by the first key, then the second, ..."""
    order = torch.argsort(keys[-1], stable=True)
    for key in reversed(keys[:-1]):
        order = order[torch.argsort(key[order], stable=True)]
    return order


def _numpy(x: Tensor) -> NDArray[Any]:
    array: NDArray[Any] = x.detach().cpu().numpy()
    return array


def logit_effects(decoder: Tensor, readout: Readout, k: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Direct logit effects of one unit of each feature: (top ids, effects, bottom ids, effects, std).

    The decoder row through the final norm's gain and the unembedding, minus its mean over the vocabulary
    (logits are defined up to a shift). The norm's denominator is left out: it depends on the prompt and
    scales all effects of a position alike, so ranks are exact and sizes relative. Unit: logits at a final
    residual of unit root-mean-square. Positive raises the token. Refs: nostalgebraist 2020 "logit lens".
    """
    W_U = readout.W_U.float()
    gain, parts = readout.gain.float().to(W_U.device), []
    for start in range(0, len(decoder), 2048):
        rows = decoder[start : start + 2048].float().to(W_U.device)
        centred = rows - rows.mean(dim=1, keepdim=True) if readout.centers else rows
        effects = (centred * gain) @ W_U
        effects -= effects.mean(dim=1, keepdim=True)
        top, bottom, std = effects.topk(k), effects.topk(k, largest=False), effects.std(dim=1, correction=0)
        parts.append((top.indices, top.values, bottom.indices, bottom.values, std))
    top_ids, tops, bottom_ids, bottoms, stds = (torch.cat(column) for column in zip(*parts, strict=True))
    return top_ids, tops, bottom_ids, bottoms, stds


# ---- with Headwater's own model and dictionaries ----------------------------------------------------

TEXT_CHUNK = 20_000  # characters tokenised at a time, below the tokenizer's own limit


def harvest_model(
    model: Any,
    corpus_files: Sequence[Path],
    out: Path,
    progress: Progress | None = None,
    *,
    sets: Sequence[str] | None = None,
    max_tokens: int = 1_500_000,
    settings: HarvestSettings | None = None,
    device: str = "cpu",
) -> int:
    """Harvest a model (entry, name or folder) over text files; write the folder `out`; return its bytes.

    Files ending in .npy hold token rows [n, length] that begin with the start token, the rest UTF-8 text.
    `sets`: names of the dictionary sets, by default all. Text is cut into rows of the model's context (at
    most 256 tokens), each beginning with the start token; rows are taken evenly from all of it.
    """
    import psutil

    from headwater.dictionaries.load import load_set
    from headwater.lm.model import load_model
    from headwater.lm.registry import ModelEntry, find_model

    entry = model if isinstance(model, ModelEntry) else find_model(None, model)
    chosen = [entry.dictionary_set(name) for name in sets] if sets else list(entry.dictionary_sets)
    lm = load_model(entry, device)
    rows = token_rows(corpus_files, lm.tokenizer, min(lm.n_ctx, 256))
    rows = evenly(rows, max_tokens // max(rows.shape[1], 1))
    dictionaries = [d for s in chosen for d in load_set(entry, s, device).layers]
    settings = settings or HarvestSettings()
    sources = [Source(d.id, to_residual(lm, d), d.W_dec.norm(dim=1), settings) for d in dictionaries]
    final = lm.weights.final_norm
    spare = psutil.virtual_memory().available // 3
    found = harvest(
        rows,
        Remembered(lambda tokens: encoded(lm, dictionaries, tokens), spare),
        sources,
        Readout(final.gain, lm.weights.W_U, final.centers),
        start_token=lm.tokenizer.bos_id,
        device=device,
        batch_rows=8 if device == "cpu" else 64,
        provenance={
            "model": entry.name,
            "model_fingerprint": entry.fingerprint(),
            "sets": {s.id: entry.set_fingerprint(s) for s in chosen},
            "text": [Path(file).name for file in corpus_files],
        },
        progress=progress,
    )
    return write_harvest(out, found)


def token_rows(files: Sequence[Path], tokenizer: Any, length: int) -> NDArray[np.int64]:
    """The files as rows of `length` tokens (less when a .npy file's rows are shorter), each with the start
    token first. The tail of a text is dropped."""
    streams = [_read_tokens(Path(file), tokenizer, length) for file in files]
    width = min((stream.shape[1] for stream in streams), default=length)
    rows = np.concatenate([np.zeros((0, width), np.int64), *(stream[:, :width] for stream in streams)])
    if not len(rows):
        raise InvalidPrompt(f"The text is shorter than one row of {length} tokens. Give more of it.")
    if int(rows.min()) < 0 or int(rows.max()) >= tokenizer.vocab_size:
        raise InvalidPrompt(
            f"The rows hold tokens that the model lacks (it has 0 to {tokenizer.vocab_size - 1})."
        )
    return rows


def _read_tokens(file: Path, tokenizer: Any, length: int) -> NDArray[np.int64]:
    try:
        if file.suffix == ".npy":
            rows: NDArray[np.int64] = np.load(file, allow_pickle=False).astype(np.int64)[:, :length]
            return rows
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError, IndexError) as error:
        raise InvalidPrompt(
            f"{file} cannot be read as text: {error}. Give UTF-8 text or .npy rows."
        ) from error
    text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    ids: list[int] = []
    for start in range(0, len(text), TEXT_CHUNK):
        piece = text[start : start + TEXT_CHUNK]
        if piece.strip():
            ids += tokenizer.encode(piece, any_length=True)[1:]
    body = length - 1
    cut = np.array(ids[: len(ids) // body * body], dtype=np.int64).reshape(-1, body)
    return np.concatenate([np.full((len(cut), 1), tokenizer.bos_id), cut], axis=1)


def evenly(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most `most` rows, spread over all of them."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, max(most, 1)).astype(np.int64)]


def to_residual(lm: Any, dictionary: Any) -> Tensor:
    """What one unit of each feature writes to the residual stream [feature, d_model]."""
    decoder: Tensor = dictionary.W_dec
    if dictionary.site_out != "attn.z":
        return decoder
    W_O: Tensor = lm.weights.blocks[dictionary.layer].W_O
    return decoder @ W_O.flatten(0, 1)


def encoded(lm: Any, dictionaries: Sequence[Any], tokens: Tensor) -> Iterator[tuple[str, Tensor]]:
    """(id, activations [batch, pos, feature]) of each dictionary, one at a time, from one forward pass."""
    from headwater.lm.sites import hook_name

    at = {d.id: hook_name(d.layer, d.site_in) for d in dictionaries}
    seen: dict[str, Tensor] = {}

    def keep(value: Tensor, hook: Any) -> None:
        seen[hook.name] = value

    lm.bridge.run_with_hooks(tokens, return_type=None, fwd_hooks=[(name, keep) for name in set(at.values())])
    for dictionary in dictionaries:
        yield dictionary.id, dictionary.encode(seen[at[dictionary.id]].flatten(2))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m headwater.features.harvest",
        description="Find what every feature of a model responds to in a text, for its dashboards.",
    )
    parser.add_argument("model", help="a model's name or folder")
    parser.add_argument("files", nargs="+", type=Path, help="UTF-8 text files, or .npy files of token rows")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument(
        "--set", action="append", dest="sets", help="dictionary set (repeat for several; default all)"
    )
    parser.add_argument("--max-tokens", type=int, default=1_500_000, help="tokens read (default 1,500,000)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    given = parser.parse_args(arguments)

    def show(phase: str, done: int, total: int) -> None:
        sys.stderr.write(f"\r{phase:<12} {done}/{total} ")
        sys.stderr.flush()

    try:
        size = harvest_model(
            given.model,
            given.files,
            given.out,
            show,
            sets=given.sets,
            max_tokens=given.max_tokens,
            device=given.device,
        )
    except HeadwaterError as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    sys.stderr.write(f"\n{given.out}: {size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
