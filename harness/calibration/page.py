"""Calibrations as one HTML page that opens from disk: tables, distributions, and what each number means."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.atomic import write_text_atomically
from harness.calibration import curves
from harness.calibration.glossary import MEANINGS
from harness.calibration.rows import (
    TIMINGS,
    bias_rows,
    cost_lines,
    milliseconds,
    outcome,
    timing_rows,
    title,
    worst_bias_ms,
)
from harness.errors import ConfigError
from harness.report.assets import Asset

if TYPE_CHECKING:
    from harness.calibration.measure import Calibration

_SHARED_STYLES = ("tokens.css", "page.css", "overview.css", "print.css")
_CHARTS = {**TIMINGS, "sdk_overhead_ms": "SDK overhead"}


def check_writable(path: Path) -> None:
    """Make the folder of a page.

    Raises:
        ConfigError: It can't be had.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--html {path}: can't be written ({error.strerror}). Choose another file.") from None


def write_page(calibrations: Sequence["Calibration"], path: Path) -> None:
    """Write the page of one or several calibrations.

    Raises:
        ConfigError: `path` can't be written.
    """
    try:
        write_text_atomically(path, render(calibrations))
    except OSError as error:
        raise ConfigError(f"--html {path}: can't be written ({error.strerror}). Choose another file.") from None


def render(calibrations: Sequence["Calibration"]) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("harness.calibration", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(curves=curves, milliseconds=milliseconds, worst_bias_ms=worst_bias_ms)
    documents = [each.document for each in calibrations]
    return environment.get_template("calibration.html.jinja").render(
        style=_style(),
        documents=documents,
        runs=[_run(each) for each in calibrations],
        host=documents[0]["host"],
        version=documents[0]["harness"],
        broken=sum(bool(document["broken_limits"]) for document in documents),
        meanings=MEANINGS,
    )


def _run(calibration: "Calibration") -> dict[str, Any]:
    """One calibration as the page shows it."""
    document = calibration.document
    return {
        "title": title(document),
        "broken": document["broken_limits"],
        "outcome": outcome(document),
        "costs": cost_lines(document),
        "timings": timing_rows(document),
        "bias": list(zip(*[bias_rows(document)] * 2, strict=True)),  # both sides of a metric beside each other
        "charts": [
            {
                "label": label,
                "limit_ms": document["limits_ms"].get(name),
                "curves": [
                    curves.curve(provider, getattr(samples, name.removesuffix("_ms")))
                    for provider, samples in sorted(calibration.samples.items())
                ],
            }
            for name, label in _CHARTS.items()
        ],
    }


def _style() -> Asset:
    shared = [files("harness.report").joinpath("static", name) for name in _SHARED_STYLES]
    own = files("harness.calibration").joinpath("static", "calibration.css")
    return Asset("\n".join(sheet.read_text(encoding="utf-8") for sheet in (*shared, own)))
