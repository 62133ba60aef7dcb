"""`docs/openapi.json`, from which the page's TypeScript types are made.

python -m headwater.api.openapi > docs/openapi.json
"""

import json
import sys
from pathlib import Path

from headwater.api.app import create_app
from headwater.settings import Settings


def render() -> str:
    """The same on every machine: nothing in it depends on settings."""
    schema = create_app(Settings(data=Path("unused"))).openapi()
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
