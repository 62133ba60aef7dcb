"""The command line: `headwater` and `python -m headwater`. One file per group of commands.

Nothing heavy is imported until a command needs it: `--help` answers at once and `serve`
never loads torch.
"""

import os


def main() -> None:
    from headwater.cli.app import run

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see lm/model.py; read when torch is loaded
    run()
