"""`python -m harness` and the `harness` command."""

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    from harness.cli import run  # noqa: PLC0415 - keeps `import harness.__main__` free of side effects

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
