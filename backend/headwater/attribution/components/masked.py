"""Runs many circuits of heads and MLPs at once: edges outside a circuit carry an ablated value.

A slot's input is the residual stream of this very run, and for every edge outside the circuit the difference
between what its source should carry instead (`reference`) and what the source writes in this run:

    input(v) = residual + sum over u not in C(v) of (reference_u - current_u)

recomputed upwards, so that a node inside the circuit sees ablated inputs as far as they are outside
(Hanna et al. 2024, arXiv 2403.17806). Everything inside: the clean run. Nothing inside: the patch run,
when the reference is the patch run. Circuits and examples are rows of one batch; heads are never looped over.

Axis names: `circuit` masks run together; `source`, `slot` as in `graph.EdgeUniverse`; `bin` position axis of
the masks, of size 1 when they hold at all positions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

from headwater.attribution.circuit_methods import MetricName
from headwater.attribution.components.graph import EdgeUniverse
from headwater.attribution.components.pair import universe_of
from headwater.attribution.metrics import Places, metric_at, places_of
from headwater.errors import InvalidSetting, InvalidTask, JobCancelled
from headwater.lm.batch import Batch, Positions, Readouts, batches
from headwater.lm.network import Network, normed
from headwater.tasks.task import TokenTask

Ablation = Literal["counterfactual", "resample", "mean", "mean_position", "zero"]

BUDGET_FLOATS: Final = 48_000_000
"""Numbers held at once for the rows of one pass (192 MB); more circuits than fit are run in turns."""


@dataclass(frozen=True)
class MaskedRuns:
    """What every circuit does on every example. `hard`: share of the example's readout places where the top
    token is the model's own; `kl`: KL(model || circuit), nats, mean over its places; `mse`: squared change of
    the logits, mean over places and tokens. `hard` and `kl` are NaN for models with a single output.
    `clean`: the metric of the model itself. `largest`: the model's largest |logit| at these places."""

    metric: Float[np.ndarray, "circuit example"]
    hard: Float[np.ndarray, "circuit example"]
    kl: Float[np.ndarray, "circuit example"]
    mse: Float[np.ndarray, "circuit example"]
    clean: Float[np.ndarray, " example"]
    largest: float


def run_masked(
    network: Network,
    task: TokenTask,
    kept: NDArray[np.bool_],
    *,
    ablation: Ablation = "counterfactual",
    metric: MetricName = "logit_difference",
    positions: Positions = "sum",
    seed: int = 0,
    batch_size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> MaskedRuns:
    """Run every circuit of `kept` [circuit source slot], or with a last axis `bin`, on every example.

    Exact; one forward pass a circuit and example, whatever the batches. `seed` draws the other examples of
    `resample`, `positions` says what a bin is. Raises InvalidSetting where the task does not allow it.
    """
    runner = MaskedRunner(
        network,
        task,
        ablation=ablation,
        metric=metric,
        positions=positions,
        seed=seed,
        batch_size=batch_size,
    )
    return runner.run(kept, progress=progress, cancelled=cancelled)


class MaskedRunner:
    """A task's batches with what stands in for removed edges, kept for a search's many questions."""

    def __init__(
        self,
        network: Network,
        task: TokenTask,
        *,
        ablation: Ablation = "counterfactual",
        metric: MetricName = "logit_difference",
        positions: Positions = "sum",
        seed: int = 0,
        batch_size: int | None = None,
    ) -> None:
        if not task.examples:
            raise InvalidTask(f"The task {task.name!r} has no examples to run a circuit on. Add some.")
        self.network, self.metric, self.n_examples = network, metric, len(task.examples)
        self.universe = universe_of(network)
        size = batch_size or max(1, BUDGET_FLOATS // (_floats_per_token(network) * max(task.lengths)))
        self.batches = batches(task, size, network.device, positions=positions, pad=network.causal)
        self._reference = _Reference(network, task, self.batches, ablation, seed)

    @torch.no_grad()
    def run(
        self,
        kept: NDArray[np.bool_],
        *,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> MaskedRuns:
        masks = torch.from_numpy(kept).to(self.network.device)
        masks = masks if masks.ndim == 4 else masks.unsqueeze(-1)
        shape = (len(masks), self.n_examples)
        found = {name: np.zeros(shape) for name in ("metric", "hard", "kl", "mse")}
        clean_metric, largest = np.zeros(self.n_examples), 0.0
        for done, batch in enumerate(self.batches):
            if progress:
                progress(done, len(self.batches))
            reference = self._reference.of(batch)
            clean = _Clean.of(self.network, batch, self.metric)
            examples = batch.examples.cpu().numpy()
            clean_metric[examples] = clean.metric.cpu().numpy()
            largest = float(np.maximum(largest, clean.logits.abs().max().item()))  # keeps NaN
            size = max(1, BUDGET_FLOATS // (_floats_per_token(self.network) * batch.clean.numel()))
            for first in range(0, len(masks), size):
                if cancelled and cancelled():
                    raise JobCancelled("The evaluation was cancelled.")
                part = masks[first : first + size]
                logits = masked_logits(self.network, batch, part, reference, clean.run, clean.places)
                for name, values in clean.compare(logits, self.metric).items():
                    found[name][first : first + len(part), examples] = values.cpu().numpy()
        if progress:
            progress(len(self.batches), len(self.batches))
        return MaskedRuns(clean=clean_metric, largest=largest, **found)


def masked_logits(
    network: Network,
    batch: Batch,
    kept: Bool[Tensor, "circuit source slot bin"],
    reference: Float[Tensor, "batch source pos d_model"],
    clean: "PlainRun",
    places: Places,
) -> Float[Tensor, "circuit place vocab"]:
    """Logits at the places where answers are read, of every circuit.

    Below the first layer that any of the circuits lacks an edge of, all of them are the clean run: the pass
    begins there. A search that works downwards saves half its work by this.
    """
    universe, n_circuits = universe_of(network), len(kept)
    start = _first_touched(universe, kept)
    run = _MaskedRun(kept, batch, reference)
    run.write_clean(clean.outputs[:, : universe.sources_of_heads(start)])
    lengths = batch.lengths.repeat(n_circuits)
    resid = clean.streams[start].repeat(n_circuits, 1, 1)
    for layer in range(start, network.n_layers):
        block, n_read = network.blocks[layer], universe.sources_of_heads(layer)
        q, k, v = (
            project(layer, normed(block.attn_norm, run.read(resid, universe.slots(layer, kind), n_read)))
            for kind, project in (("q", network.queries), ("k", network.keys), ("v", network.values))
        )
        z = network.mix(network.pattern(layer, q, k, lengths), v)
        run.write(universe.heads(layer).start, network.head_results(layer, z))
        after = resid + network.attn_out(layer, z)
        slot = universe.mlp_slot(layer)
        stream = resid if network.parallel else after
        mlp_in = run.read(stream, slice(slot, slot + 1), universe.sources_of_mlp(layer)).squeeze(2)
        mlp_out = network.mlp(layer, normed(block.mlp_norm, mlp_in))
        run.write(universe.mlp(layer), mlp_out.unsqueeze(2))
        resid = after + mlp_out
    last = slice(universe.logits_slot, universe.n_slots)
    final = torch.unflatten(run.read(resid, last, universe.n_sources).squeeze(2), 0, (n_circuits, -1))
    return network.unembed(final[:, places.row, places.position])


def _first_touched(universe: EdgeUniverse, kept: Bool[Tensor, "circuit source slot bin"]) -> int:
    """The first layer that some circuit lacks an edge into; n_layers when it is the logits, or none."""
    lacking = torch.from_numpy(universe.exists).to(kept.device) & ~kept.flatten(3).all(3).all(0)
    slots = lacking.any(0).nonzero().flatten()
    return int(slots[0]) // (3 * universe.n_heads + 1) if len(slots) else universe.n_layers


class _MaskedRun:
    """The differences (reference - current) of all sources so far, and what the slots read of them."""

    def __init__(
        self,
        kept: Bool[Tensor, "circuit source slot bin"],
        batch: Batch,
        reference: Float[Tensor, "batch source pos d_model"],
    ) -> None:
        self.reference = reference
        missing = (~kept).to(reference.dtype)
        if missing.shape[-1] == 1:
            self.missing: Tensor = missing[..., 0]
        else:  # positions that are in no bin stay as they are
            by_position = missing[..., batch.bins.clamp(min=0)] * (batch.bins >= 0)
            self.missing = by_position.permute(0, 3, 4, 1, 2)  # circuit row pos source slot
        n_rows, n_sources, n_pos, width = reference.shape
        self.gap = reference.new_zeros(len(kept), n_rows, n_sources, n_pos, width)

    def write_clean(self, outputs: Float[Tensor, "batch source pos d_model"]) -> None:
        """The first sources write what they do in the clean run, in every circuit."""
        n_sources = outputs.shape[1]
        self.gap[:, :, :n_sources] = self.reference[:, :n_sources] - outputs

    def write(self, first: int, values: Float[Tensor, "row pos source d_model"]) -> None:
        n_circuits, n_rows = self.gap.shape[:2]
        current = torch.unflatten(values, 0, (n_circuits, n_rows)).transpose(2, 3)
        sources = slice(first, first + values.shape[2])
        torch.sub(self.reference[:, sources], current, out=self.gap[:, :, sources])

    def read(
        self, resid: Float[Tensor, "row pos d_model"], slots: slice, n_sources: int
    ) -> Float[Tensor, "row pos slot d_model"]:
        """Each slot's input, before the norm."""
        gap = self.gap[:, :, :n_sources]
        if self.missing.ndim == 3:
            weights = self.missing[:, None, :n_sources, slots].transpose(2, 3)
            moved = torch.unflatten(weights @ gap.flatten(3), 3, gap.shape[3:]).transpose(2, 3)
        else:
            weights = self.missing[:, :, :, :n_sources, slots].transpose(3, 4)
            moved = weights @ gap.transpose(2, 3)
        read: Tensor = resid.unsqueeze(2) + moved.flatten(0, 1)
        return read


@dataclass(frozen=True)
class PlainRun:
    """What every source writes, and the residual stream in front of every layer and (last) of the logits."""

    outputs: Float[Tensor, "batch source pos d_model"]
    streams: tuple[Float[Tensor, "batch pos d_model"], ...]


@torch.no_grad()
def plain_run(network: Network, ids: Int[Tensor, "batch pos"], lengths: Int[Tensor, " batch"]) -> PlainRun:
    universe = universe_of(network)
    out = network.W_E.new_zeros(len(ids), universe.n_sources, ids.shape[1], network.d_model)
    streams = []

    def keep(site: str, layer: int, value: Tensor) -> Tensor:
        if site == "embed":
            out[:, 0] = value
        elif site == "attn.z":
            out[:, universe.heads(layer)] = network.head_results(layer, value).transpose(1, 2)
        elif site == "mlp.out":
            out[:, universe.mlp(layer)] = value
        elif site == "resid.pre":
            streams.append(value)
        return value

    streams.append(network.forward(ids, lengths, keep, stop=network.n_layers))
    return PlainRun(out, tuple(streams))


def source_outputs(
    network: Network, ids: Int[Tensor, "batch pos"], lengths: Int[Tensor, " batch"]
) -> Float[Tensor, "batch source pos d_model"]:
    """What every source writes in a plain run."""
    return plain_run(network, ids, lengths).outputs


class _Reference:
    """What edges outside the circuit carry: [batch source pos d_model] for any batch."""

    def __init__(
        self, network: Network, task: TokenTask, all_batches: list[Batch], ablation: Ablation, seed: int
    ) -> None:
        self.network, self.task, self.ablation = network, task, ablation
        if ablation == "counterfactual" and not task.is_paired:
            raise InvalidSetting(
                f"Some examples of {task.name!r} have no patch prompt, so there is no counterfactual run to "
                "ablate with. Choose resample, mean or zero."
            )
        self.donor = _donors(task, seed) if ablation == "resample" else []
        self.mean: Tensor | None = None
        if ablation in ("mean", "mean_position"):
            self.mean = _mean_outputs(network, all_batches, by_position=ablation == "mean_position")

    def of(self, batch: Batch) -> Tensor:
        if self.ablation == "counterfactual":
            assert batch.patch is not None
            return source_outputs(self.network, batch.patch, batch.lengths)
        if self.ablation == "resample":
            return source_outputs(self.network, self._donors_of(batch), batch.lengths)
        n_rows, n_pos = batch.clean.shape
        shape = (n_rows, universe_of(self.network).n_sources, n_pos, self.network.d_model)
        if self.mean is None:
            return self.network.W_E.new_zeros(shape)
        return self.mean[:, :n_pos].expand(shape)

    def _donors_of(self, batch: Batch) -> Tensor:
        ids = batch.clean.clone()
        for row, example in enumerate(batch.examples.tolist()):
            donor = self.task.examples[self.donor[example]].clean
            ids[row, : len(donor)] = torch.tensor(donor, device=ids.device)
        return ids


def _donors(task: TokenTask, seed: int) -> list[int]:
    """For every example another one of its length: a random cycle through all of one length."""
    generator = np.random.default_rng(seed)
    lengths = np.array(task.lengths)
    donor = np.zeros(len(lengths), np.int64)
    for length in np.unique(lengths):
        group = generator.permutation(np.flatnonzero(lengths == length))
        if len(group) < 2:
            raise InvalidSetting(
                f"Only one example of {task.name!r} is {length} tokens long, so there is none to resample "
                "from. Add examples of that length, or ablate with mean, zero or counterfactual."
            )
        donor[group] = np.roll(group, 1)
    return [int(number) for number in donor]


def _mean_outputs(
    network: Network, all_batches: list[Batch], *, by_position: bool
) -> Float[Tensor, "source pos d_model"]:
    """Mean over patch prompts (clean where there are none); padding counts nowhere. [source 1 d_model] when
    positions are averaged too."""
    universe, longest = universe_of(network), max(batch.clean.shape[1] for batch in all_batches)
    total = torch.zeros(
        universe.n_sources, longest, network.d_model, dtype=torch.float64, device=network.device
    )
    count = torch.zeros(longest, dtype=torch.float64, device=network.device)
    for batch in all_batches:
        n_pos = batch.clean.shape[1]
        real = torch.arange(n_pos, device=network.device) < batch.lengths[:, None]
        out = source_outputs(network, batch.clean if batch.patch is None else batch.patch, batch.lengths)
        total[:, :n_pos] += torch.einsum("bupd,bp->upd", out.double(), real.double())
        count[:n_pos] += real.sum(0)
    if by_position:
        return (total / count[:, None]).to(network.W_E.dtype)
    return (total.sum(1, keepdim=True) / count.sum()).to(network.W_E.dtype).expand(-1, longest, -1)


@dataclass(frozen=True)
class _Clean:
    """The model's own answers on a batch, to compare circuits with."""

    run: PlainRun
    readouts: Readouts
    places: Places
    logits: Float[Tensor, "place vocab"]
    metric: Float[Tensor, " batch"]
    n_rows: int

    @classmethod
    def of(cls, network: Network, batch: Batch, metric: MetricName) -> "_Clean":
        places = places_of(batch.readout)
        run = plain_run(network, batch.clean, batch.lengths)
        logits = network.unembed(places.read(run.streams[-1]))
        n_rows = len(batch.clean)
        value = metric_at(metric, logits, batch.readout, places, n_rows, logits)
        return cls(run, batch.readout, places, logits, value, n_rows)

    def compare(
        self, logits: Float[Tensor, "circuit place vocab"], metric: MetricName
    ) -> dict[str, Float[Tensor, "circuit batch"]]:
        agrees = (logits.argmax(-1) == self.logits.argmax(-1)).to(logits.dtype)
        log_clean = self.logits.log_softmax(-1)
        kl = (log_clean.exp() * (log_clean - logits.log_softmax(-1))).sum(-1)
        if logits.shape[-1] == 1:  # one output has no distribution and no top token
            agrees, kl = torch.full_like(agrees, torch.nan), torch.full_like(kl, torch.nan)
        mse = (logits - self.logits).square().mean(-1)
        means = {"hard": agrees, "kl": kl, "mse": mse}
        return {
            "metric": self._metric(logits, metric),
            **{name: self._by_example(value) for name, value in means.items()},
        }

    def _metric(self, logits: Tensor, metric: MetricName) -> Float[Tensor, "circuit batch"]:
        """All circuits at once: circuit c has those of the batch, shifted by c times their number."""
        n, device = len(logits), logits.device
        n_places, n_readouts = logits.shape[1], len(self.readouts.row)
        by_readout = torch.arange(n, device=device).repeat_interleave(n_readouts)
        by_place = torch.arange(n, device=device).repeat_interleave(n_places)
        readouts = replace(
            self.readouts,
            row=self.readouts.row.repeat(n) + by_readout * self.n_rows,
            position=self.readouts.position.repeat(n),
            correct=self.readouts.correct.repeat(n),
            wrong=self.readouts.wrong.repeat(n),
            weight=self.readouts.weight.repeat(n),
        )
        places = Places(
            self.places.row.repeat(n) + by_place * self.n_rows,
            self.places.position.repeat(n),
            self.places.of_readout.repeat(n) + by_readout * n_places,
        )
        clean = self.logits.repeat(n, 1)
        value = metric_at(metric, logits.flatten(0, 1), readouts, places, n * self.n_rows, clean)
        return value.view(n, self.n_rows)

    def _by_example(self, values: Float[Tensor, "circuit place"]) -> Float[Tensor, "circuit batch"]:
        total = values.new_zeros(len(values), self.n_rows).index_add(1, self.places.row, values)
        count = values.new_zeros(self.n_rows).index_add(
            0, self.places.row, torch.ones_like(self.places.row, dtype=values.dtype)
        )
        return total / count


def _floats_per_token(network: Network) -> int:
    """Differences of all sources, and the inputs of one layer's slots (read, normed), of one token."""
    return network.d_model * (universe_of(network).n_sources + 7 * network.n_heads)
