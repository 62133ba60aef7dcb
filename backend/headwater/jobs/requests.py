"""What a job is asked, as data: written by the server, read by the worker (no torch)."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from headwater.attribution.methods import LinearTracing
from headwater.lm.registry import ModelEntry
from headwater.store.graphs import graph_id

TRACE: Final = "trace"
ENGINE: Final = "1"
"""Version of the numbers. Raise it by hand when equal settings give other numbers: it is in
every graph's id, so graphs of the old engine keep their address and new ones get another."""


class TraceRequest(BaseModel):
    """Everything a trace depends on, tokens and positions resolved. Its id names the graph."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    dictionaries: str
    prompt: str
    tokens: tuple[str, ...]
    token_ids: tuple[int, ...]
    method: LinearTracing
    model_fingerprint: str
    dictionary_fingerprint: str
    engine: str = ENGINE

    @property
    def graph_id(self) -> str:
        return graph_id(
            model_fingerprint=self.model_fingerprint,
            dictionary_fingerprint=self.dictionary_fingerprint,
            token_ids=list(self.token_ids),
            method=self.method_json,
            engine=self.engine,
        )

    @property
    def method_json(self) -> dict[str, Any]:
        return self.method.model_dump(mode="json")


def fingerprints(entry: ModelEntry, dictionaries: str) -> tuple[str, str]:
    """Of the model and of one of its sets, as their files are now."""
    return entry.fingerprint(), entry.set_fingerprint(dictionaries)
