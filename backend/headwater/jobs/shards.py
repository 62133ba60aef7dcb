"""A running job's finished parts: written as they come, read when the work is asked for again.

What is stored is fenced like everything a worker writes: after its lease is lost, nothing is.
"""

import logging

import numpy as np
import zstandard
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from headwater.errors import StorageUnavailable
from headwater.jobs import ledger
from headwater.jobs.ledger import Lease
from headwater.store import shards
from headwater.store.folder import storage_errors
from headwater.store.store import Store
from headwater.store.tables import Artifact

log = logging.getLogger(__name__)

Arrays = dict[str, NDArray[np.generic]]
MAX_BYTES = 4 * 2**30


class Shards:
    """`load` and `save` of one job, as `find_circuit` takes them. `size`: examples a shard, part of a shard's
    name, so that parts cut differently are never mixed."""

    def __init__(self, store: Store, lease: Lease, cache_key: str, size: int) -> None:
        self.store, self.lease, self.key, self.size = store, lease, cache_key, size

    def load(self, phase: str, number: int) -> Arrays | None:
        """None when it has to be computed, also when its file was damaged."""
        with self.store.database.reading() as session:
            artifact = shards.find_shard(session, self.key, self._name(phase), number)
        if artifact is None:
            return None
        try:
            data = self.store.blobs.get(artifact.sha256, artifact.size)
            return load(zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_BYTES))
        except (StorageUnavailable, zstandard.ZstdError, SafetensorError) as error:
            log.warning("part %d of %s is computed again: %s", number, phase, error)
            with self.store.database.writing() as session:
                shards.forget_shard(session, self.key, self._name(phase), number)
            return None

    def save(self, phase: str, number: int, arrays: Arrays) -> None:
        """Raises LeaseLost when the job is no longer ours."""
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        data = zstandard.ZstdCompressor(level=1).compress(save(contiguous))
        with storage_errors(self.store.database.folder):
            sha256 = self.store.blobs.put_if_absent(data)
        artifact = Artifact(sha256=sha256, size=len(data), media_type=shards.MEDIA_TYPE)
        with self.store.database.writing() as session:
            ledger.count_shard(session, self.lease)
            shards.put_shard(session, self.key, self._name(phase), number, artifact)

    def _name(self, phase: str) -> str:
        return f"{phase}/{self.size}"
