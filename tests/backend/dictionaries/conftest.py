import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.append(str(Path(__file__).parents[1] / "lm"))

from lm_toys import gpt2, stories, traced  # noqa: F401 (fixtures)
