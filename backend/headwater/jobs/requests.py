"""What a job is asked, as data: written by the server, read by the worker (no torch)."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from headwater.attribution.circuit_methods import FEATURE_METHODS, CircuitMethod
from headwater.attribution.methods import LinearTracing
from headwater.evaluation.settings import EvaluationSettings
from headwater.lm.registry import ModelEntry
from headwater.store.circuits import Level, TaskOfCircuit
from headwater.store.graphs import content_address, graph_id

TRACE: Final = "trace"
CIRCUIT: Final = "circuit"
EVALUATION: Final = "evaluation"
ENGINE: Final = "1"
"""Version of the numbers. Raise it by hand when equal settings give other numbers: it is in
every graph's id, so graphs of the old engine keep their address and new ones get another."""

CIRCUIT_ENGINE: Final = "1"
"""The same for circuits and their evaluations."""


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


class Examples(BaseModel):
    """Examples as tokens, in a blob (`token_tasks.py`): a request stays small however many there are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    size: int
    fingerprint: str
    n: int
    longest: int
    """Tokens in the longest example."""


class CircuitRequest(BaseModel):
    """Everything a circuit depends on. Its id names the circuit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    task: TaskOfCircuit
    train: Examples
    evaluation: Examples | None
    """Set aside; None evaluates on `train`."""
    method: CircuitMethod
    dictionaries: dict[str, str]
    model_fingerprint: str
    dictionary_fingerprints: dict[str, str]
    drawn: dict[str, Any]
    """How the examples were drawn and split: for the methods paragraph."""
    engine: str = CIRCUIT_ENGINE

    @property
    def circuit_id(self) -> str:
        """What the task is called does not matter, only its examples."""
        return content_address(
            {
                "schema": 1,
                "kind": CIRCUIT,
                "model": self.model_fingerprint,
                "dictionaries": self.dictionary_fingerprints,
                "train": self.train.fingerprint,
                "evaluation": self.evaluation.fingerprint if self.evaluation else None,
                "method": self.method_json,
                "engine": self.engine,
            }
        )

    @property
    def method_json(self) -> dict[str, Any]:
        return self.method.model_dump(mode="json")

    @property
    def level(self) -> Level:
        return "features" if self.method.method in FEATURE_METHODS else "components"

    @property
    def held_out(self) -> Examples:
        """What it is evaluated on."""
        return self.evaluation or self.train


class EvaluationRequest(BaseModel):
    """How faithful `circuit` is, on its own task or on that of `against`. Its id names the evaluation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    circuit: str
    against: str | None
    settings: EvaluationSettings
    engine: str = CIRCUIT_ENGINE

    @property
    def evaluation_id(self) -> str:
        return content_address({"schema": 1, "kind": EVALUATION, **self.model_dump(mode="json")})


def fingerprints(entry: ModelEntry, dictionaries: str) -> tuple[str, str]:
    """Of the model and of one of its sets, as their files are now."""
    return entry.fingerprint(), entry.set_fingerprint(dictionaries)
