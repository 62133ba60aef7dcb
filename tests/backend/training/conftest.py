"""Puts `training`, which is not part of the installed package, on the path."""

import sys
from pathlib import Path

BACKEND = Path(__file__).parents[3] / "backend"
sys.path.insert(0, str(BACKEND))
