"""Coverage-guided fuzzing of every reader by atheris: `nox -s fuzz -- [TARGET ...] [--seconds N]`.

Each target runs in a process of its own. What breaks it is kept in `found/TARGET/`, once for each place that it breaks, and the
run goes on; a hang, a crash of the interpreter or too much memory ends it. What reached new code is kept in `build/fuzz/`, from
which the next run goes on.
"""

import argparse
import hashlib
import io
import os
import random
import re
import sys
import tempfile
import traceback
from contextlib import redirect_stderr
from pathlib import Path
from types import TracebackType
from typing import Any

import atheris

HERE = Path(__file__).parent
FOUND = HERE / "found"
GROWN = HERE.parents[1] / "build" / "fuzz"
TIMEOUT_S = 60
MEMORY_MB = 2048
LONGEST = 1 << 16
OWN_SHARE = 0.4  # of changes that are ours; the rest are the fuzzer's own
_PROGRESS = re.compile(r"cov: (\d+) ft: (\d+)")
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_TOLD = ("broken", "ERROR", "SUMMARY", "==")


def main() -> int:
    """Run the targets one after the other; 1 if any of them was broken."""
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["harness"]):  # it names each module
        from targets import TARGETS  # noqa: PLC0415 - nothing of the harness may be imported before
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    options = parser.parse_args()
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target is called {unknown[0]}; there are {', '.join(TARGETS)}")
    broken = [_run(name, TARGETS[name], options.seconds) for name in options.targets or TARGETS]
    return int(any(broken))


def _run(name: str, target: Any, seconds: int) -> bool:
    """One target in a process of its own; whether it was broken."""
    before = set((FOUND / name).glob("*"))
    with tempfile.TemporaryFile() as log:
        child = os.fork()
        if not child:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            _fuzz(name, target, seconds)
        _, status = os.waitpid(child, 0)
        log.seek(0)
        output = log.read().decode("utf-8", "replace")
    new = sorted(set((FOUND / name).glob("*")) - before)
    [(coverage, features)] = _PROGRESS.findall(output)[-1:] or [("?", "?")]
    [count] = _EXECUTED.findall(output)[-1:] or ["?"]
    print(
        f"{name:20} {count:>9} executions {coverage:>6} branches {features:>6} features {len(new):>3} new findings",
        flush=True,
    )
    if new or status:
        print("\n".join(line for line in output.splitlines() if line.startswith(_TOLD)) or output[-2000:], flush=True)
    return bool(new or status)


def _fuzz(name: str, target: Any, seconds: int) -> None:
    """Never returns: the fuzzer ends its process."""
    from mutations import mutated  # noqa: PLC0415 - found by the path that `main` sets

    grown, found = GROWN / name, FOUND / name
    for folder in (grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (grown / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    known: set[str] = set()

    def read(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:  # noqa: BLE001 - which is what is looked for
            place = f"{type(error).__name__} at {_place(error.__traceback__)}"
            if place not in known:
                known.add(place)
                case = found / hashlib.sha256(data).hexdigest()[:16]
                case.write_bytes(data)
                print(f"broken: {case.name}: {place}: {str(error)[:200]!r}", flush=True)

    def change(data: bytes, most: int, seed: int) -> bytes:
        dice = random.Random(seed)
        return mutated(data, dice, most) if dice.random() < OWN_SHARE else atheris.Mutate(data, most)

    limits = [
        f"-max_total_time={seconds}",
        f"-timeout={TIMEOUT_S}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-max_len={LONGEST}",
    ]
    arguments = [sys.argv[0], *limits, "-print_final_stats=1", f"-artifact_prefix={found}/", str(grown)]
    atheris.Setup(arguments, read, custom_mutator=change)
    atheris.Fuzz()


def _place(trace: TracebackType | None) -> str:
    """The function of ours in which it broke, or the last one if none is."""
    frames = traceback.extract_tb(trace)
    ours = [each for each in frames if "/harness/" in each.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].name}"


if __name__ == "__main__":
    sys.exit(main())
