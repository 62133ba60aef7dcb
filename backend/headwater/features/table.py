"""Reading a harvest: dashboards, search and browsing, without torch.

    table = FeatureTable.open(folder)                       # a few ms; dictionaries load when first asked for
    table.dashboard("brook.transcoders.3", 17, tokenizer)   # FeatureDashboard
    table.search("Mary", tokenizer, limit=20)               # FeaturePage
    table.browse("brook.transcoders.3", tokenizer, sort="density")

The table stores token ids only; their text comes from the model's tokenizer when read. Dictionaries are found
by `{set}.{layer}`: the model's name in front may differ, since a registered model may be renamed.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from safetensors import SafetensorError, safe_open

from headwater.errors import InvalidDictionaryFiles, InvalidSetting, UnknownDictionary, UnknownFeature
from headwater.features.codec import ROWS, Columns, Entry, Manifest, read_columns, read_manifest, read_rows
from headwater.features.dashboard import Example, ExampleGroup, FeatureDashboard, Histogram, TokenEffect
from headwater.features.summary import Evidence, summarise

Sort = Literal["index", "density", "max_activation", "mean_activation", "decoder_norm"]
KEPT = 8  # unpacked dictionaries, about 3 MB each for brook
EARLY = 4  # positions, the start token included, that count as the start of a text


class Tokens(Protocol):
    """The part of `lm.tokenizer.Tokenizer` that is needed here."""

    def tokens(self, ids: list[int], /) -> list[str]: ...


class FeatureRow(BaseModel):
    """One line of a list of features. `top_tokens`: where it fired most strongly, strongest first."""

    dictionary: str
    layer: int
    index: int
    density: float
    max_activation: float
    is_dead: bool
    top_tokens: list[str]
    promoted_tokens: list[str]
    summary: str


class FeaturePage(BaseModel):
    """`total`: features in the whole answer. `next`: cursor of the next page, None on the last."""

    items: list[FeatureRow]
    total: int
    next: str | None


@dataclass(frozen=True)
class TopTokens:
    """What search looks through: token ids [feature, place], -1 where there are fewer."""

    peak: NDArray[np.int64]
    before: NDArray[np.int64]
    promoted: NDArray[np.int64]
    count: NDArray[np.int64]


def blank_dashboard(dictionary: str, layer: int, index: int) -> FeatureDashboard:
    """For a dictionary without a harvest: nothing is known, and nothing is claimed."""
    return FeatureDashboard(
        dictionary=dictionary, layer=layer, index=index, density=None, tokens_seen=0, is_dead=False,
        has_examples=False, max_activation=None, mean_activation=None, decoder_norm=None, groups=[],
        histogram=None, top_logits=[], bottom_logits=[], summary="",
    )  # fmt: skip


class FeatureTable:
    """One folder written by a harvest. Safe to share between threads."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self._entries = {(e.set, e.layer): e for e in manifest.dictionaries}
        self._columns: OrderedDict[tuple[str, int], Columns] = OrderedDict()
        self._top_tokens: dict[tuple[str, int], TopTokens] = {}
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path | str) -> "FeatureTable":
        """Checks the manifest and that every file is there; contents are checked when they are read."""
        folder = Path(path)
        manifest = read_manifest(folder)
        for name in {ROWS, *(e.set for e in manifest.dictionaries)}:
            file = folder / f"{name}.safetensors"
            try:
                with safe_open(file, framework="numpy"):
                    pass
            except (OSError, SafetensorError) as error:
                raise InvalidDictionaryFiles(f"{file} cannot be read: {error}. Harvest again.") from error
        return cls(folder, manifest)

    @property
    def sets(self) -> tuple[str, ...]:
        """Set ids, e.g. ("brook.transcoders", "brook.sae-attn")."""
        return tuple(dict.fromkeys(e.id.rsplit(".", 1)[0] for e in self.manifest.dictionaries))

    @property
    def dictionaries(self) -> tuple[str, ...]:
        return tuple(e.id for e in self.manifest.dictionaries)

    def has(self, dictionary: str) -> bool:
        return self._place(dictionary) in self._entries

    def n_features(self, dictionary: str) -> int:
        return self._entry(dictionary).n_features

    # ---- one feature --------------------------------------------------------------------------------

    def dashboard(
        self, dictionary: str, index: int, tokenizer: Tokens, context: tuple[int, int] | None = None
    ) -> FeatureDashboard:
        """All that is known of one feature. `context`: tokens shown before and after each peak, at most the
        harvested window (24 and 8 unless set otherwise), beyond which activations are not known."""
        entry = self._entry(dictionary)
        if not 0 <= index < entry.n_features:
            raise UnknownFeature(
                f"{dictionary} has features 0 to {entry.n_features - 1}; {index} is not one of them."
            )
        c, s = self._read(entry), entry.settings
        before, after = context or (s.before, s.after)
        view = _View(c, self._rows, s.before, min(max(before, 0), s.before), min(max(after, 0), s.after))
        groups, first, maximum = [], int(c.first_example[index]), float(c.maximum[index])
        for name, size in zip(s.group_names, c.group_sizes[index].tolist(), strict=True):
            examples = [view.example(e, maximum, tokenizer) for e in range(first, first + size)]
            if examples:
                peaks = [x.activations[x.peak] for x in examples]
                groups.append(ExampleGroup(name=name, low=min(peaks), high=max(peaks), examples=examples))
            first += size
        count, seen = int(c.count[index]), self.manifest.tokens_seen
        return FeatureDashboard(
            dictionary=dictionary,
            layer=entry.layer,
            index=index,
            density=count / seen if seen else 0.0,
            tokens_seen=seen,
            is_dead=count == 0,
            has_examples=True,
            max_activation=maximum,
            mean_activation=float(c.mean[index]),
            decoder_norm=float(c.decoder_norm[index]),
            groups=groups,
            histogram=Histogram(maximum=maximum, counts=c.histogram[index].tolist()) if count else None,
            top_logits=_effects(tokenizer, c.top_ids[index], c.top_effects[index]),
            bottom_logits=_effects(tokenizer, c.bottom_ids[index], c.bottom_effects[index]),
            summary=self._summary(entry, index, tokenizer),
        )

    def row(self, dictionary: str, index: int, tokenizer: Tokens) -> FeatureRow:
        """The feature as a line in a list, for labelling the nodes of a graph."""
        entry = self._entry(dictionary)
        if not 0 <= index < entry.n_features:
            raise UnknownFeature(f"{dictionary} has {entry.n_features} features; {index} is not one of them.")
        return self._row(entry, index, tokenizer)

    def _row(self, entry: Entry, index: int, tokenizer: Tokens) -> FeatureRow:
        c, top = self._read(entry), self._top(entry)
        peaks = [i for i in dict.fromkeys(top.peak[index].tolist()) if i >= 0]
        return FeatureRow(
            dictionary=entry.id,
            layer=entry.layer,
            index=index,
            density=int(c.count[index]) / max(self.manifest.tokens_seen, 1),
            max_activation=float(c.maximum[index]),
            is_dead=int(c.count[index]) == 0,
            top_tokens=tokenizer.tokens(peaks),
            promoted_tokens=tokenizer.tokens(c.top_ids[index].tolist()),
            summary=self._summary(entry, index, tokenizer),
        )

    def _summary(self, entry: Entry, index: int, tokenizer: Tokens) -> str:
        c, rows = self._read(entry), self._rows
        first, last = (int(i) for i in c.first_example[index : index + 2])
        row, peak = c.row[first:last].astype(np.int64), c.peak[first:last].astype(np.int64)
        n_top = int(c.group_sizes[index, 0])
        window = [
            rows[r, max(p - entry.settings.before, 0) : p + 1].tolist()
            for r, p in zip(row[:n_top], peak[:n_top], strict=True)
        ]
        std = max(float(c.effect_std[index]), 1e-30)

        def deviations(ids: NDArray[Any], effects: NDArray[Any]) -> list[tuple[str, float]]:
            texts = tokenizer.tokens(ids[:3].tolist())
            return list(zip(texts, (effects[:3] / std).tolist(), strict=True))

        return summarise(
            Evidence(
                count=int(c.count[index]),
                tokens_seen=self.manifest.tokens_seen,
                top=tokenizer.tokens(rows[row[:n_top], peak[:n_top]].tolist()),
                all_tokens=tokenizer.tokens(rows[row, peak].tolist()),
                before=_texts(tokenizer, rows, row[:n_top], peak[:n_top] - 1),
                after=_texts(tokenizer, rows, row[:n_top], peak[:n_top] + 1),
                repeats=sum(_ends_in_a_repeat(w) for w in window),
                early=int((peak[:n_top] < EARLY).sum()),
                promoted=deviations(c.top_ids[index], c.top_effects[index]),
                suppressed=deviations(c.bottom_ids[index], c.bottom_effects[index]),
            )
        )

    # ---- many features ------------------------------------------------------------------------------

    def browse(
        self,
        dictionary: str,
        tokenizer: Tokens,
        *,
        sort: Sort = "index",
        descending: bool = False,
        limit: int = 50,
        cursor: str | None = None,
        dead: bool = True,
    ) -> FeaturePage:
        """A dictionary's features in order; ties by index. `dead`: also those that never fired."""
        entry = self._entry(dictionary)
        c = self._read(entry)
        if sort not in get_args(Sort):
            raise InvalidSetting(f"Features cannot be sorted by {sort!r}. Choose one of {get_args(Sort)}.")
        keys: dict[str, NDArray[Any]] = {
            "index": np.arange(entry.n_features),
            "density": c.count.astype(np.int64),
            "max_activation": c.maximum,
            "mean_activation": c.mean,
            "decoder_norm": c.decoder_norm,
        }
        order = np.argsort(-keys[sort] if descending else keys[sort], kind="stable")
        order = order if dead else order[c.count[order] > 0]
        return self._page([(entry, i) for i in order.tolist()], tokenizer, limit, cursor)

    def search(
        self,
        query: str,
        tokenizer: Tokens,
        *,
        dictionary: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> FeaturePage:
        """Features whose strongest tokens, the tokens just before those, or promoted tokens contain the words
        of the query (case ignored; a token equal to the word counts three times). Best first. With several
        words, all must match. `dictionary` may be a dictionary or a set."""
        entries = self._searched(dictionary)
        words = query.casefold().split()
        if not words:
            return FeaturePage(items=[], total=0, next=None)
        vocabulary = [t.casefold() for t in tokenizer.tokens(list(range(self.manifest.vocab_size)))]
        matches = [_match(word, vocabulary) for word in words]
        found: list[tuple[float, int, int]] = []
        for place, entry in enumerate(entries):
            scores = [_score(self._top(entry), match) for match in matches]
            score = np.where(np.min(scores, axis=0) > 0, np.sum(scores, axis=0), 0.0)
            hits = score.nonzero()[0]
            found += zip((-score[hits]).tolist(), [place] * len(hits), hits.tolist(), strict=True)
        ranked = [(entries[place], index) for _, place, index in sorted(found)]
        return self._page(ranked, tokenizer, limit, cursor)

    def _searched(self, name: str | None) -> list[Entry]:
        if name is None:
            return list(self.manifest.dictionaries)
        if name in self.sets:
            return [e for e in self.manifest.dictionaries if e.id.rsplit(".", 1)[0] == name]
        return [self._entry(name)]

    def _page(
        self, ranked: list[tuple[Entry, int]], tokenizer: Tokens, limit: int, cursor: str | None
    ) -> FeaturePage:
        if not 1 <= limit <= 1000:
            raise InvalidSetting(f"limit is {limit}; it must lie between 1 and 1000.")
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 12):
            raise InvalidSetting(
                f"{cursor[:40]!r} is not a cursor. Leave it out to start from the first page."
            )
        start = int(cursor or 0)
        items = [self._row(entry, index, tokenizer) for entry, index in ranked[start : start + limit]]
        more = start + limit < len(ranked)
        return FeaturePage(items=items, total=len(ranked), next=str(start + limit) if more else None)

    # ---- reading ------------------------------------------------------------------------------------

    def _place(self, dictionary: str) -> tuple[str, int]:
        _, _, rest = dictionary.partition(".")
        set_name, _, layer = rest.rpartition(".")
        return (set_name, int(layer)) if layer.isascii() and layer.isdigit() and len(layer) < 5 else ("", -1)

    def _entry(self, dictionary: str) -> Entry:
        entry = self._entries.get(self._place(dictionary))
        if entry is None:
            known = ", ".join(self.dictionaries)
            raise UnknownDictionary(f"No harvest for {dictionary!r}. There is one for: {known or 'none'}.")
        return entry

    @cached_property
    def _rows(self) -> NDArray[Any]:
        return read_rows(self.folder, self.manifest)

    def _read(self, entry: Entry) -> Columns:
        key = (entry.set, entry.layer)
        with self._lock:
            if key not in self._columns:
                self._columns[key] = read_columns(self.folder, self.manifest, entry)
            self._columns.move_to_end(key)
            while len(self._columns) > KEPT:
                self._columns.popitem(last=False)
            return self._columns[key]

    def _top(self, entry: Entry) -> TopTokens:
        key = (entry.set, entry.layer)
        if key not in self._top_tokens:
            self._top_tokens[key] = self._gather_top(entry)
        return self._top_tokens[key]

    def _gather_top(self, entry: Entry) -> TopTokens:
        c, rows, size = self._read(entry), self._rows, entry.settings.top
        place = np.arange(size)
        has = place < c.group_sizes[:, :1].astype(np.int64)
        example = np.where(has, c.first_example[:-1, None] + place, 0)
        if not len(c.row):
            nothing = np.full((entry.n_features, size), -1)
            return TopTokens(nothing, nothing, c.top_ids.astype(np.int64), c.count.astype(np.int64))
        row, peak = c.row[example], c.peak[example].astype(np.int64)
        return TopTokens(
            peak=np.where(has, rows[row, peak].astype(np.int64), -1),
            before=np.where(has & (peak > 0), rows[row, np.maximum(peak - 1, 0)].astype(np.int64), -1),
            promoted=c.top_ids.astype(np.int64),
            count=c.count.astype(np.int64),
        )


@dataclass(frozen=True)
class _View:
    """How examples are cut out of rows: the harvested window, trimmed to `before` and `after`."""

    columns: Columns
    rows: NDArray[Any]
    harvested_before: int
    before: int
    after: int

    def example(self, e: int, maximum: float, tokenizer: Tokens) -> Example:
        c = self.columns
        row, peak = int(c.row[e]), int(c.peak[e])
        start, stop = max(peak - self.before, 0), min(peak + self.after + 1, self.rows.shape[1])
        ids = self.rows[row, start:stop].tolist()
        activations = np.zeros(stop - start)
        others = slice(int(c.first_other[e]), int(c.first_other[e + 1]))
        at = c.other_offset[others].astype(np.int64) + peak - self.harvested_before - start
        inside = (at >= 0) & (at < len(activations))
        activations[at[inside]] = c.other_strength[others][inside]
        activations[peak - start] = c.strength[e]
        return Example(
            tokens=tokenizer.tokens(ids),
            token_ids=ids,
            activations=(activations / 255 * maximum).tolist(),
            peak=peak - start,
        )


def _effects(tokenizer: Tokens, ids: NDArray[Any], effects: NDArray[Any]) -> list[TokenEffect]:
    texts = tokenizer.tokens(ids.tolist())
    return [
        TokenEffect(id=i, text=t, effect=x)
        for i, t, x in zip(ids.tolist(), texts, effects.tolist(), strict=True)
    ]


def _texts(tokenizer: Tokens, rows: NDArray[Any], row: NDArray[Any], position: NDArray[Any]) -> list[str]:
    """Token texts, "" outside the row."""
    inside = (position >= 0) & (position < rows.shape[1])
    texts = tokenizer.tokens(rows[row, np.where(inside, position, 0)].tolist())
    return [t if ok else "" for t, ok in zip(texts, inside.tolist(), strict=True)]


def _ends_in_a_repeat(ids: list[int]) -> bool:
    pairs = list(pairwise(ids))
    return bool(pairs) and pairs[-1] in pairs[:-1]


def _match(word: str, vocabulary: list[str]) -> NDArray[np.float64]:
    """Per token id 3 when it is the word, 1 when it contains it, else 0; a last 0 answers for id -1."""
    return np.array([3.0 if t.strip() == word else float(word in t) for t in vocabulary] + [0.0])


def _score(top: TopTokens, match: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the strongest examples with the token, half that for the token before, and promoted tokens by
    rank (the first counts as much as half of the examples)."""
    alive = (top.peak >= 0).sum(axis=1).clip(min=1)
    rank = 1 / (2.0 + np.arange(top.promoted.shape[1]))
    score = match[top.peak].sum(axis=1) / alive + 0.5 * match[top.before].sum(axis=1) / alive
    promoted = (match[top.promoted] * rank).max(axis=1, initial=0)
    total: NDArray[np.float64] = score + np.where(top.count > 0, promoted, 0.0)
    return total
