"""Headwater: which features made the model say what it said?

`load`, `trace`, `intervene`, `find_circuit` and `evaluate` (see `headwater.notebook`) are the notebook's way
in; the server starts at `headwater.api.app`, the command line at `headwater.cli`.
Importing this package imports no torch: the names below load on first use.
"""

import os
from importlib import import_module
from typing import Any

# Before torch is imported. Threads that wait for each other sleep instead of spinning: beside another busy
# program 15 tokens took 3.3 s to trace with two spinning threads, 0.5 s with sleeping ones, 0.17 s with one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

_NOTEBOOK = ("load", "trace", "intervene", "find_circuit", "evaluate", "Ablate", "Scale", "Set")
__all__ = ["__version__", *_NOTEBOOK]


def __getattr__(name: str) -> Any:
    if name in _NOTEBOOK:
        return getattr(import_module("headwater.notebook"), name)
    raise AttributeError(f"module 'headwater' has no attribute {name!r}")
