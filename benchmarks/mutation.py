"""How many changes of the code do the tests notice? Makes a random sample of them, one at a time, with mutmut.

    python benchmarks/mutation.py [MODULES ...] [--sample N] [--seed S]

MODULES are modules or packages below `harness` that `[tool.mutmut]` in pyproject.toml lists (`metrics`, `timeline.fold_gladia`), or
whole names of mutants; all of them by default. Of their mutants, SAMPLE (200 by default) are drawn by SEED, each is run against the
tests that call the function it changes, and a table says by module how many were killed, with Wilson's interval of 95 % for the share. A
change that makes the tests run forever counts as killed. Then comes each survivor as a diff. The copies lie in `mutants/`; if
something other than Python changed, delete it. mutmut changes no constants, no defaults of dataclasses and no decorated functions.
The engine (`replay.engine`), whose tests play in real time, is changed only when it is named.
"""

import argparse
import importlib
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

from scipy.stats import binomtest

KILLED, TIMEOUT = "killed", "timeout"
ENGINE, ITS_TESTS = "harness.replay.engine.", "--ignore=tests/replay/test_engine.py"


class Cold:
    """A pytest plugin: no test is answered from a cache that was filled before the code was mutated, or by another test."""

    def pytest_collection(self) -> None:
        """Begin with empty caches, and let hypothesis be content with any counterexample: to make it small takes long."""
        from hypothesis import Phase, settings  # noqa: PLC0415 - after `run` said how it shall behave

        settings.register_profile("mutation", settings.default, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutation")
        _empty_caches()

    def pytest_runtest_setup(self) -> None:
        """Where it is noted which test calls what, each has to call it itself."""
        if os.environ["MUTANT_UNDER_TEST"] == "stats":
            _empty_caches()


def _empty_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("harness."):
            for value in list(vars(module).values()):
                getattr(value, "cache_clear", int)()


def run(patterns: list[str], sample: int, seed: int) -> dict[str, str]:
    """What became of each mutant of a sample, by name."""
    os.environ["CI"] = "true"  # hypothesis then draws the same examples each time, and remembers none
    rmtree("mutants/tests", ignore_errors=True)
    Path("mutants/mutmut-stats.json").unlink(missing_ok=True)  # which test calls what, as it was
    program = importlib.import_module("mutmut.__main__")
    runner = importlib.import_module("mutmut.runners.harness").PytestRunner
    selection = importlib.import_module("mutmut.configuration").config().pytest_add_cli_args_test_selection
    packages = {pattern.split(".")[1] for pattern in patterns}
    if "*" not in packages:  # others' own tests do not call what is mutated, and take time to say so
        selection[:] = [
            part for part in selection if part.startswith("-") or "." in part or part.split("/")[1] in packages
        ]
    with_engine = any(pattern.startswith(ENGINE) for pattern in patterns)
    if with_engine:
        selection.remove(ITS_TESTS)
    collect, execute = program.collect_source_file_mutation_data, runner.execute_pytest
    drawn: list[Any] = []

    def collect_sample(*, mutant_names: tuple[str, ...]) -> tuple[list[Any], Any]:
        found, files = collect(mutant_names=mutant_names)
        found = [each for each in found if with_engine or not each[1].startswith(ENGINE)]
        found.sort(key=lambda mutant: mutant[1])
        drawn.extend(Random(seed).sample(found, min(sample, len(found))))
        return drawn, files

    def execute_cold(self: Any, params: list[str], plugins: tuple[Any, ...] = ()) -> int:
        return int(execute(self, params, plugins=[*plugins, Cold()]))

    program.collect_source_file_mutation_data, runner.execute_pytest = collect_sample, execute_cold
    program._run(tuple(patterns), max_children=1)  # noqa: SLF001 - what `mutmut run` calls
    status = importlib.import_module("mutmut.stats").status_by_exit_code
    return {name: status[file.exit_code_by_key[name]] for file, name, _ in drawn}


def table(statuses: dict[str, str]) -> str:
    """One line a module, the sum last."""
    modules: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, status in sorted(statuses.items()):
        modules[name.partition(".x")[0].removeprefix("harness.")][status] += 1
    modules["all"] = sum(modules.values(), Counter())
    lines = [f"{'module':28} mutants  killed timeout survived other   share  95 %"]
    for module, count in modules.items():
        total, dead = count.total(), count[KILLED] + count[TIMEOUT]
        low, high = binomtest(dead, total).proportion_ci(method="wilson")
        other = total - dead - count["survived"]
        counts = f"{total:7} {count[KILLED]:7} {count[TIMEOUT]:7} {count['survived']:8} {other:5}"
        lines.append(f"{module:28} {counts} {dead / total:7.1%}  {low:.1%} to {high:.1%}")
    return "\n".join(lines)


def main() -> None:
    """Run a sample, print the table, and the survivors as diffs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=["*"])
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_intermixed_args()
    patterns = [name if "__mutmut_" in name else f"harness.{name}.*" for name in options.modules]
    statuses = run(patterns, options.sample, options.seed)
    diff = importlib.import_module("mutmut.mutation.diff_apply").get_diff_for_mutant
    for name, status in sorted(statuses.items()):
        if status not in {KILLED, TIMEOUT}:
            print(f"\n{name}: {status}\n{diff(name)}")
    print(f"\n{table(statuses)}")


if __name__ == "__main__":
    main()
