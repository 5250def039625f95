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
_NONE_GIVEN = (
    "no run to assert on: record one with `harness compare --run-id NAME`, then `pytest --harness-run reports/NAME` "
    "(or `--harness-run latest`)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--harness-run`, and `harness_run` in the configuration file."""
    parser.getgroup("harness").addoption(
        "--harness-run",
        metavar="DIR",
        help="run directory for the fixture harness_run, or a reports folder, of which the newest run is taken; "
        "'latest' is short for 'reports'",
    )
    parser.addini("harness_run", "as --harness-run; relative to this file", default="")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which run was meant, if one was asked for."""
    path = _asked_for(config)
    return None if path is None else f"harness: {_opened(path)[1]}"


@pytest.fixture(scope="session")
def harness_run(pytestconfig: pytest.Config) -> "Run":
    """The run named by `--harness-run` or `harness_run`; skips if none is, fails if there is no such run or it was not scored."""
    path = _asked_for(pytestconfig)
    if path is None:
        pytest.skip(_NONE_GIVEN)
    run, told = _opened(path)
    if run is None:
        pytest.fail(told, pytrace=False)
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
    """The run, scored, and a line that names it; or None, and why not."""
    from harness.errors import HarnessError  # noqa: PLC0415 - for those who ask
    from harness.results.run import load_run, newest_run  # noqa: PLC0415 - half a second

    try:
        run = newest_run(path) if path.is_dir() and not (path / "run.json").is_file() else load_run(path)
        _ = run.summary
    except HarnessError as error:
        return None, str(error)
    return run, f"{run}, {run.path}"
