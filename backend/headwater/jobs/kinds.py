"""What each kind of job does: a function from its request to an outcome. A new kind is one line in KINDS."""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.orm import Session

from headwater.graph.container import MEDIA_TYPE
from headwater.jobs import tasks
from headwater.jobs.circuit_work import evaluate, find
from headwater.jobs.outcome import Outcome, Running
from headwater.jobs.requests import CIRCUIT, EVALUATION, TRACE, TraceRequest
from headwater.jobs.tasks import WarmModels
from headwater.store import graphs
from headwater.store.store import Store
from headwater.store.tables import Artifact


def trace(models: WarmModels, store: Store, job: Running) -> Outcome:
    request = TraceRequest.model_validate(job.request)
    graph = tasks.trace_graph(models, request, job.report, job.cancelled.is_set)
    job.report("pruning", 0, 0)
    summary = tasks.summarise(request, graph)
    blobs = tasks.encode(summary, graph)
    job.report("storing", 0, 0)

    def enter(session: Session, artifacts: list[Artifact]) -> Sequence[str]:
        graphs.put_graph(session, summary, raw=artifacts[0], view=artifacts[1])
        return ()

    return Outcome(enter, blobs, MEDIA_TYPE)


KINDS: Final[dict[str, Callable[[WarmModels, Store, Running], Outcome]]] = {
    TRACE: trace,
    CIRCUIT: find,
    EVALUATION: evaluate,
}
