"""The command line: `headwater` and `python -m headwater`. One file per group of commands.

Nothing heavy is imported until a command needs it: `--help` answers at once and `serve`
never loads torch.
"""


def main() -> None:
    from headwater.cli.app import run

    run()
