"""`python -m harness` and the `harness` command."""

import io
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path


class _Heedless(io.TextIOWrapper):
    """Standard error that may lose its reader, its terminal or its disk: what can't be told is dropped, and the work goes on.

    At the level of text: below it, Ctrl-C in the midst of a line could not tell that it was heard.
    """

    def write(self, text: str, /) -> int:
        """Write, or pretend to."""
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be."""
        with suppress(OSError):
            super().flush()


def main() -> int:
    """Run the command line; returns the exit code, which is 1 only for a regression."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # whoever started us closed it, as daemons do
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the program
    sys.stderr = _Heedless(sys.stderr.buffer, sys.stderr.encoding, "backslashreplace", line_buffering=True)
    try:
        from harness.cli import run  # noqa: PLC0415 - keeps `import harness.__main__` free of side effects
    except Exception:  # noqa: BLE001 - whatever is missing or broken; Python would leave with 1
        traceback.print_exc()
        sys.stderr.write("harness: its installation is incomplete or broken; install it again.\n")
        return 3
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
