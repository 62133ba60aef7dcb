"""Finished parts of long work. They belong to what is computed (its key), not to one job that computes it,
so whoever asks again goes on from them. The caller owns the transaction."""

from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from headwater.store.tables import Artifact, JobShard

MEDIA_TYPE: Final = "application/vnd.headwater.shard"
"""Marks blobs that nothing but `job_shard` refers to, and that go with it."""


def find_shard(session: Session, cache_key: str, phase: str, number: int) -> Artifact | None:
    shard = session.get(JobShard, (cache_key, phase, number))
    return session.get_one(Artifact, shard.sha256) if shard else None


def put_shard(session: Session, cache_key: str, phase: str, number: int, artifact: Artifact) -> None:
    session.merge(artifact)
    session.flush()
    session.merge(JobShard(cache_key=cache_key, phase=phase, number=number, sha256=artifact.sha256))


def forget_shard(session: Session, cache_key: str, phase: str, number: int) -> None:
    """A damaged one, to be computed again."""
    shard = session.get(JobShard, (cache_key, phase, number))
    if shard:
        session.delete(shard)


def count_shards(session: Session, cache_key: str) -> int:
    return session.scalar(select(func.count()).where(JobShard.cache_key == cache_key)) or 0


def remove_shards(session: Session, cache_key: str) -> list[str]:
    """Once the result is stored. The blobs that nothing needs any more, to be deleted after the commit."""
    mine = set(session.scalars(select(JobShard.sha256).where(JobShard.cache_key == cache_key)))
    session.execute(delete(JobShard).where(JobShard.cache_key == cache_key))
    free: list[str] = []
    for start in range(0, len(mine), 500):
        some = sorted(mine)[start : start + 500]
        shared = set(session.scalars(select(JobShard.sha256).where(JobShard.sha256.in_(some))))
        own = Artifact.sha256.in_(set(some) - shared), Artifact.media_type == MEDIA_TYPE
        free += session.scalars(select(Artifact.sha256).where(*own)).all()
        session.execute(delete(Artifact).where(*own))
    return free
