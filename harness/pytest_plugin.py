"""Assertions on a run in pytest: the option `--harness-run`, the fixture `harness_run`, and failures that say what to listen to.

pytest loads this file wherever the package is installed. It imports nothing else before a run is asked for, and is off with
`-p no:harness`.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.results.run import Run

_LATEST = "latest"
_ALL_THE_SAME = "To assert on its figures all the same: --harness-allow-invalid, or harness_allow_invalid = true."
_NONE_GIVEN = (
    "no run to assert on: record one with `harness compare --run-id NAME`, then `pytest --harness-run reports/NAME` "
    "(or `--harness-run latest`)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--harness-run` and `--harness-allow-invalid`, and the same in the configuration file."""
    group = parser.getgroup("harness")
    group.addoption(
        "--harness-run",
        metavar="DIR",
        help="run directory for the fixture harness_run, or a reports folder, of which the newest run is taken; "
        "'latest' is short for 'reports'",
    )
    group.addoption(
        "--harness-allow-invalid",
        action="store_true",
        help="let harness_run be a run whose verdict is invalid; otherwise that is an error",
    )
    parser.addini("harness_run", "as --harness-run; relative to this file", default="")
    parser.addini("harness_allow_invalid", "as --harness-allow-invalid", type="bool", default=False)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Which run was meant, if one was asked for, what the gate said of it, and whether services answered at all."""
    path = _asked_for(config)
    if path is None:
        return []
    run, told = _opened(path)
    if run is None:
        return [f"harness: {told}"]
    judged = _is_judged(run)
    lines = [f"harness: {run}, {f'verdict {run.verdict.word}' if judged else 'not judged'}, {run.path}"]
    if run.endpoint == "emulated":
        from harness.report.verdict_text import EMULATED_NOTE  # noqa: PLC0415 - for those who ask

        lines.append(f"harness: EMULATED. {EMULATED_NOTE}")
    return lines


@pytest.fixture(scope="session")
def harness_run(pytestconfig: pytest.Config) -> "Run":
    """The run named by `--harness-run` or `harness_run`; skips if none is.

    Fails if there is no such run, if it was not scored, or if its verdict is invalid and `--harness-allow-invalid` was not given.
    """
    path = _asked_for(pytestconfig)
    if path is None:
        pytest.skip(_NONE_GIVEN)
    run, told = _opened(path)
    if run is None:
        pytest.fail(told, pytrace=False)
    allowed = pytestconfig.getoption("harness_allow_invalid") or pytestconfig.getini("harness_allow_invalid")
    if not allowed and _is_judged(run) and run.verdict.word == "invalid":
        pytest.fail(f"{run}: {run.verdict.explanation} {run.verdict.next_step} {_ALL_THE_SAME}", pytrace=False)
    return run


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """A comparison of a figure: both sides of it, the interval, and which clips to listen to."""
    numbers = sys.modules.get("harness.results.numbers")
    if numbers is None:
        return None  # whoever holds a figure has imported it
    figure = next((value for value in (left, right) if isinstance(value, numbers.Number)), None)
    return None if figure is None else [f"{left!r} {op} {right!r}", *figure.of.details()]


def _asked_for(config: pytest.Config) -> Path | None:
    """The folder named; None if none is."""
    given, base = config.getoption("harness_run"), config.invocation_params.dir
    if given is None:
        given, base = config.getini("harness_run") or None, (config.inipath or config.rootpath / "any").parent
    return None if given is None else base / ("reports" if given == _LATEST else given)


def _opened(path: Path) -> "tuple[Run | None, str]":
    """The run, scored; or None, and why not."""
    from harness.errors import HarnessError  # noqa: PLC0415 - for those who ask
    from harness.results.run import load_run, newest_run  # noqa: PLC0415 - half a second

    try:
        run = newest_run(path) if path.is_dir() and not (path / "run.json").is_file() else load_run(path)
        _ = run.summary
        _ = run.verdict if _is_judged(run) else None
    except HarnessError as error:
        return None, str(error)
    return run, ""


def _is_judged(run: "Run") -> bool:
    """Whether a gate has run; without one, a verdict would be judged in memory."""
    return (run.path / "verdict.json").is_file()
