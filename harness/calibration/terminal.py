"""A calibration on the terminal: one in full, several as a line each."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.calibration.rows import (
    bias_rows,
    cost_lines,
    milliseconds,
    outcome,
    timing_rows,
    title,
    worst_bias_ms,
)

_LOG_WIDTH = 140


def print_calibrations(documents: Sequence[dict[str, Any]], console: Console) -> None:
    """Print one calibration in full, or a table of several."""
    if not console.is_terminal:  # a log file has no width to keep to
        console.width = _LOG_WIDTH
    console.print(Text("Scripted services on loopback: this is about the harness, and about neither company.", "dim"))
    if len(documents) == 1:
        _print_one(documents[0], console)
    else:
        console.print(_table_of(documents))
        for document in documents:
            if document["broken_limits"]:
                console.print(Text(f"{title(document)}: {'; '.join(document['broken_limits'])}", "yellow"))


def _print_one(document: dict[str, Any], console: Console) -> None:
    console.print(Text(title(document), "bold"))
    console.print()
    timings = _table("milliseconds", "p50", "p90", "p99", "max", "n", "limit of p99")
    for row in timing_rows(document):
        cells = [row.name, row.p50, row.p90, row.p99, row.most, row.n, row.limit]
        timings.add_row(*cells, style="red" if row.is_broken else None)
    console.print(timings)
    console.print()
    bias = _table("metric", "side", "injected", "measured", "difference", "of the harness", "mean ± sd")
    for each in bias_rows(document):
        cells = [each.metric, each.side, each.injected, each.measured, each.difference, each.own, each.error]
        bias.add_row(*cells, style="red" if each.is_exact is False else None)
    console.print(bias)
    console.print()
    for line in (*cost_lines(document), outcome(document)):
        console.print(Text(line))


def _table_of(documents: Sequence[dict[str, Any]]) -> Table:
    table = _table(
        "pairs", "chunk", "words", "lateness p99", "wire p99", "handler p99", "SDK p50 A / B", "first partial", "final",
        "CPU s", "engine", "invalid", "limits",
    )  # fmt: skip
    for document in documents:
        share = document["engine_cpu_share"]
        table.add_row(
            str(document["pairs"]),
            f"{document['chunk_ms']:g}",
            str(document["message_words"]),
            *(milliseconds(document[name]["p99"]) for name in ("lateness_ms", "wire_error_ms", "handler_error_ms")),
            " / ".join(milliseconds(document["sdk_overhead_ms"][name]["p50"]) for name in ("assemblyai", "gladia")),
            *(_bias(worst_bias_ms(document, name)) for name in ("first_partial_ms", "final_ms")),
            f"{document['cpu_s_per_session']:.2f}",
            "" if share is None else f"{100 * share:.0f} %",
            str(document["invalid_sessions"]),
            "beyond" if document["broken_limits"] else "kept",
        )
    table.caption = "ms; first partial and final: measured minus injected, the quantile and side that is furthest off"
    table.caption_justify = "left"
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="underline")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="left" if name == "side" else "right", no_wrap=True)
    return table


def _bias(value: float | None) -> str:
    return "none" if value is None else f"{value:+.1f}"
