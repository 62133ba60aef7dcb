"""Which weights are these? A SHA-256 over file names and file contents.

A result's address contains it, so nothing cached outlives the weights it came from. Hashing
reads every byte, so hashes are remembered by (path, size, modification time): in memory, and
in `<data>/cache/fingerprints.json` for the next process.
"""

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path

_MEMORY: dict[tuple[str, int, int], str] = {}
_LOCK = threading.Lock()


def fingerprint(files: Mapping[str, Path], cache: Path | None = None) -> str:
    """SHA-256 (hex) over `name hash` lines sorted by name. A copy elsewhere has the same."""
    hashes = file_hashes(files, cache)
    lines = "".join(f"{name} {hashes[name]}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def file_hashes(files: Mapping[str, Path], cache: Path | None = None) -> dict[str, str]:
    with _LOCK:
        known = _read(cache) if any(_key(path) not in _MEMORY for path in files.values()) else {}
        fresh = False
        for path in files.values():
            key = _key(path)
            if key not in _MEMORY:
                stored = known.get("|".join(map(str, key)))
                fresh = fresh or stored is None
                _MEMORY[key] = stored or _hash(path)
        if fresh and cache is not None:
            _write(cache, known | {"|".join(map(str, key)): value for key, value in _MEMORY.items()})
        return {name: _MEMORY[_key(path)] for name, path in files.items()}


def _key(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(cache: Path | None) -> dict[str, str]:
    """A cache that is missing or damaged is an empty one: it only saves time."""
    try:
        stored = json.loads(cache.read_text()) if cache else {}
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _write(cache: Path, hashes: dict[str, str]) -> None:
    draft = cache.with_suffix(f".{os.getpid()}.tmp")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(hashes, indent=1))
        draft.replace(cache)
    except OSError:  # a read-only or full data folder: hash again next time
        draft.unlink(missing_ok=True)
