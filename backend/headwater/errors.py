"""Every failure a user can cause: a class with a status, a stable type and a next step.

The message says what happened, why, and what to do next, with both values where two
disagree. The API turns these into `application/problem+json` (RFC 9457), the command
line into one sentence and exit status 1. What only a bug can cause is not here.
"""

from typing import Any, ClassVar


class HeadwaterError(Exception):
    """Base of every user-facing failure. `extra` travels in the problem document."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be served"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class InvalidPrompt(HeadwaterError):
    status, type, title = 422, "invalid-prompt", "This prompt cannot be traced"


class PromptTooLong(HeadwaterError):
    status, type, title = 422, "prompt-too-long", "The prompt is longer than the model can read"


class InvalidTarget(HeadwaterError):
    status, type, title = 422, "invalid-target", "This target cannot be explained"


class InvalidSetting(HeadwaterError):
    status, type, title = 422, "invalid-setting", "A setting is outside its range"


class InvalidTask(HeadwaterError):
    status, type, title = 422, "invalid-task", "This task cannot be used"


class TaskChanged(HeadwaterError):
    status, type, title = 412, "task-changed", "The task was changed by somebody else"


class VersionNeeded(HeadwaterError):
    status, type, title = 428, "version-needed", "The change does not say which version it is of"


class BundledTask(HeadwaterError):
    status, type, title = 409, "bundled-task", "A bundled task cannot be removed"


class UnstableNumbers(HeadwaterError):
    status, type, title = 422, "unstable-numbers", "The computation gave numbers that are not finite"


class InvalidIntervention(HeadwaterError):
    status, type, title = 422, "invalid-intervention", "This intervention cannot be run"


class UnknownModel(HeadwaterError):
    status, type, title = 404, "unknown-model", "No such model"


class UnknownDictionary(HeadwaterError):
    status, type, title = 404, "unknown-dictionary", "No such dictionary"


class UnknownFeature(HeadwaterError):
    status, type, title = 404, "unknown-feature", "No such feature"


class UnknownGraph(HeadwaterError):
    status, type, title = 404, "unknown-graph", "No such graph"


class UnknownTask(HeadwaterError):
    status, type, title = 404, "unknown-task", "No such task"


class UnknownCircuit(HeadwaterError):
    status, type, title = 404, "unknown-circuit", "No such circuit"


class UnknownEvaluation(HeadwaterError):
    status, type, title = 404, "unknown-evaluation", "No such evaluation"


class UnknownNode(HeadwaterError):
    status, type, title = 404, "unknown-node", "No such node"


class UnknownIntervention(HeadwaterError):
    status, type, title = 404, "unknown-intervention", "No such intervention"


class UnknownJob(HeadwaterError):
    status, type, title = 404, "unknown-job", "No such job"


class UnsupportedModel(HeadwaterError):
    status, type, title = 422, "unsupported-model", "This model's architecture is not supported"


class InvalidModelFiles(HeadwaterError):
    status, type, title = 422, "invalid-model-files", "The model's files cannot be read"


class NoTokenizer(InvalidModelFiles):
    status, type, title = 422, "no-tokenizer", "This model reads token ids only"


class InvalidDictionaryFiles(HeadwaterError):
    status, type, title = 422, "invalid-dictionary-files", "The dictionary's files cannot be read"


class DictionaryMismatch(HeadwaterError):
    status, type, title = 422, "dictionary-mismatch", "The dictionary belongs to another model"


class InvalidGraphFile(HeadwaterError):
    status, type, title = 422, "invalid-graph-file", "This graph file cannot be read"


class UnsafeFile(HeadwaterError):
    status, type, title = 422, "unsafe-file", "This file format can run code and is never opened"


class TooLarge(HeadwaterError):
    status, type, title = 413, "too-large", "The request is larger than this server accepts"


class NotEnoughMemory(HeadwaterError):
    status, type, title = 507, "not-enough-memory", "This would not fit in memory"


class StorageFull(HeadwaterError):
    status, type, title = 507, "storage-full", "The data folder is full"


class StorageUnavailable(HeadwaterError):
    status, type, title = 503, "storage-unavailable", "The data folder cannot be used"


class DataFolderInUse(HeadwaterError):
    status, type, title = 409, "data-folder-in-use", "Another server uses this data folder"


class PortInUse(HeadwaterError):
    status, type, title = 409, "port-in-use", "The port is taken"


class WorkerUnavailable(HeadwaterError):
    status, type, title = 503, "worker-unavailable", "The model worker is not running"


class QueueFull(HeadwaterError):
    status, type, title = 503, "queue-full", "Too many jobs are waiting"


class JobCancelled(HeadwaterError):
    status, type, title = 409, "job-cancelled", "The job was cancelled"


class JobFailed(HeadwaterError):
    status, type, title = 500, "job-failed", "The job failed"
