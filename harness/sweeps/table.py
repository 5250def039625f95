"""A sweep on one screen: the answer, why, what to do, and the trade-off as a table."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.one_line import in_one_line
from harness.plain_text import plain_text
from harness.report.numbers import NBSP, Kind, show, show_difference, show_interval
from harness.report.verdict_text import EMULATED_NOTE

_STYLES = {"pass": "bold green", "fail": "bold red", "inconclusive": "bold yellow", "invalid": "bold magenta"}
_WORDS = {"pass": "pass", "fail": "FAIL", "inconclusive": "inconclusive", "invalid": "invalid"}
_LOG_WIDTH = 200


def print_sweep(document: Mapping[str, Any], console: Console) -> None:
    """Print the result of a sweep; plain text without colours where the console is no terminal.

    Args:
        document: `sweep.json`.
        console: Where to; its width and colour settings are obeyed.
    """
    document = in_one_line(document)
    log = not console.is_terminal
    for text in _introduction(document):
        console.print(text, soft_wrap=log)
    console.print()
    table = _table(document, wide=True)
    if log:
        console.out(plain_text(lambda page: page.print(table), _LOG_WIDTH), end="", highlight=False)
    else:
        room = console.options.update(max_width=_LOG_WIDTH)
        fits = console.measure(table, options=room).maximum <= console.width
        console.print(table if fits else _table(document, wide=False))
    for note in document["notes"]:
        console.print(Text.assemble(("Note: ", "bold yellow"), note), soft_wrap=log)


def _introduction(document: Mapping[str, Any]) -> Iterator[Text]:
    word = document["verdict"]
    yield Text.assemble((document["answer"], _STYLES[word]), f" ({word})")
    if document["endpoint"] == "emulated":
        yield Text(f"EMULATED. {EMULATED_NOTE}", "bold")
    if document["best"] is not None:
        yield Text(f"{document['figures'][0].upper()}{document['figures'][1:]}")
        yield Text(document["best"]["explanation"])
    for out in document["ruled_out"]:
        yield Text(
            f"Out: {out['variant']}, by {', '.join(out['by'])}."
            if out["by"]
            else f"Out: {out['variant']}. {out['reason']}"
        )
    yield Text.assemble(("Next: ", "bold"), document["next_step"])


def _table(document: Mapping[str, Any], *, wide: bool) -> Table:
    cutoffs = document["cutoff_metric"]
    table = Table(box=None, pad_edge=False, header_style="underline")
    table.add_column("variant", no_wrap=True)
    for name in ("final p50", "final p95", "early cuts", "WER"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("first partial p50", "erasure", "failed") if wide else ():
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("", no_wrap=True)
    measured = document["baseline"]["metrics"]
    table.add_row(
        Text(f"{document['baseline']['provider']} (baseline)", "dim"),
        *(Text(text, "dim") for text in _values(measured, cutoffs, wide=wide)),
    )
    best = (document["best"] or {}).get("variant")
    for variant in document["variants"]:
        cells = _cells(variant["metrics"], cutoffs, wide=wide)
        marks = [
            name
            for name, holds in (("best", variant["variant"] == best), ("front", variant["on_pareto_front"]))
            if holds
        ]
        style = "bold" if variant["variant"] == best else ""
        word = Text(_WORDS[variant["verdict"]], _STYLES[variant["verdict"]])
        table.add_row(Text(variant["variant"], style), *(Text(cell) for cell in cells), word, Text(", ".join(marks)))
    return table


def _values(metrics: Mapping[str, Any], cutoffs: str, *, wide: bool) -> Iterator[str]:
    yield _plain(show(metrics["final_ms"]["p50"], "ms"))
    yield _plain(show(metrics["final_ms"]["p95"], "ms"))
    yield _plain(show(metrics[cutoffs], "percent"))
    yield _plain(show(metrics["wer"], "percent"))
    if wide:
        yield _plain(show(metrics["first_partial_ms"]["p50"], "ms"))
        yield _plain(show(metrics["normalized_erasure"], "ratio"))
        yield _plain(show(metrics["session_failure_rate"], "percent"))


def _cells(metrics: Mapping[str, Any], cutoffs: str, *, wide: bool) -> Iterator[str]:
    """Each figure of the candidate; what is traded with the interval of its difference to the baseline, where there is room."""

    def traded(value: Any, gap: Mapping[str, Any], kind: Kind) -> str:
        known = gap.get("low") is not None
        difference = show_interval(gap["low"], gap["high"], kind) if known else show_difference(gap.get("value"), kind)
        return _plain(f"{show(value, kind)} ({difference})" if wide else show(value, kind))

    finals, erasure = metrics["final_ms"], metrics["normalized_erasure"]
    yield _plain(show(finals["candidate"]["p50"], "ms"))
    yield traded(finals["candidate"]["p95"], finals["difference"]["p95"], "ms")
    for name in (cutoffs, "wer"):
        yield traded(metrics[name]["candidate"]["value"], metrics[name]["difference"], "percent")
    if wide:
        yield _plain(show(metrics["first_partial_ms"]["candidate"]["p50"], "ms"))
        yield _plain(show(erasure["candidate"]["value"], "ratio"))
        yield _plain(show(metrics["session_failure_rate"]["candidate"]["value"], "percent"))


def _plain(text: str) -> str:
    return text.replace(NBSP, " ")
