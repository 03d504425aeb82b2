# PYTHON_ARGCOMPLETE_OK
"""Command line of the tables: `python -m paper_tables --table ablation`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from paper_tables.arguments import check, parser
from paper_tables.usage import UsageError
from supertickets.command_line import run_command
from supertickets.launch import launched, quiet_unless_first

AFTER_STOP = "the same command goes on from the last finished epochs"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute tables and write them to `<out>/<profile>/`.

    Returns:
        0 when every cell was measured (with `--check`: and equals the stored CSV); 1 when runs failed, a table could
        not be written or the CSV differs; 2 for arguments, data or folders that cannot be used.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    launch = launched()
    with quiet_unless_first(launch):
        options = parser().parse_args(given)
        try:
            check(options)
        except UsageError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    if launch is not None:
        from paper_tables.together import carry_out_together

        return carry_out_together(options, given, launch)
    from paper_tables.command import carry_out

    return carry_out(options, given)


if __name__ == "__main__":
    run_command(main, AFTER_STOP)
