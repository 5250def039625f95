"""`python -m harness.emulators`: the emulators alone; `harness emulate` is the same with the project's other commands."""

import argparse
import sys
from pathlib import Path

from harness.emulators.options import EmulatorOptions
from harness.emulators.server import serve
from harness.errors import HarnessError


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and serve; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m harness.emulators", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="AssemblyAI's port, Gladia's is the next; 0 takes free ones"
    )
    parser.add_argument("--engine", choices=("recogniser", "script"), default="recogniser")
    parser.add_argument("--scenario", type=Path, help="what to say and which faults to have (TOML or JSON)")
    parser.add_argument("--set", action="append", default=[], metavar="SWITCH=VALUE", help="as gladia.ack_every=3")
    parser.add_argument("--tls", action="store_true", help="offer both by TLS too, on two more ports")
    parser.add_argument("--workers", type=int, default=2, help="processes that decode speech")
    parser.add_argument("--reject-key", action="append", default=[], help="an API key to refuse; may be repeated")
    parser.add_argument("--stamp", action="store_true", help="add _sent_ns to every message")
    parser.add_argument("--compress", action="store_true", help="negotiate permessage-deflate if it is offered")
    parser.add_argument("--keep", type=int, default=512, help="sessions that the ledger remembers")
    parser.add_argument("--exit-with-stdin", action="store_true", help="stop when standard input ends")
    given = parser.parse_args(arguments)
    options = EmulatorOptions(
        port=given.port,
        engine=given.engine,
        scenario=given.scenario,
        settings=tuple(given.set),
        tls=given.tls,
        workers=given.workers,
        reject_keys=frozenset(given.reject_key),
        stamp=given.stamp,
        compress=given.compress,
        keep_sessions=given.keep,
        exit_with_stdin=given.exit_with_stdin,
    )
    try:
        return serve(options)
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
