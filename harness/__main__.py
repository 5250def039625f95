"""`python -m harness` and the `harness` command."""

import os
import sys
import traceback
from pathlib import Path


def main() -> int:
    """Run the command line; returns the exit code, which 1 is only of a regression."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # whoever started us closed it, as daemons do
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the program
    try:
        from harness.cli import run  # noqa: PLC0415 - keeps `import harness.__main__` free of side effects
    except Exception:  # noqa: BLE001 - whatever is missing or broken; Python would leave with 1
        traceback.print_exc()
        sys.stderr.write("harness: its installation is incomplete or broken; install it again.\n")
        return 3
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
