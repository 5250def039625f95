"""A translation on a screen: each parameter, what becomes of it, the risk, and what to measure."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.one_line import no_command, one_line
from harness.plain_text import page_width, plain_text
from harness.translation.endpointing import Variant
from harness.translation.names import is_secret
from harness.translation.result import Result
from harness.translation.rules import NO_COUNTERPART, SECRETS, Fidelity
from harness.translation.translate import Translation

_STYLES: dict[Fidelity, str] = {"exact": "green", "approximate": "yellow", "none": "red"}
_LONGEST_VALUE = 60
_DROPPED = (
    "In Python code such names had no effect so far: AssemblyAI's SDK drops them silently. Below, and in the configuration, they "
    "count as corrected."
)


def print_translation(result: Result, variant: Variant, console: Console) -> None:
    """Print one variant; plain text where the console is no terminal."""
    if console.is_terminal:
        _print(result, variant, console)
        return
    console.out(plain_text(lambda page: _print(result, variant, page), page_width(console)), end="", highlight=False)


def _dropped(result: Result) -> Iterator[str]:
    """What follows of wrong names, if there is one that is no credential."""
    if any(not is_secret(correction.given) for correction in result.corrections):
        yield _DROPPED


def _print(result: Result, variant: Variant, console: Console) -> None:
    translation = result.variants[variant]
    console.print(Text.assemble((one_line(result.name), "bold"), f": {result.source.kind}"))
    if result.corrections:
        _section("Names and values that are not AssemblyAI's", [*_corrections(result), *_dropped(result)], console)
    _section("Not known, set it yourself", _unset(result), console)
    for row in translation.rows:
        value = "(a secret)" if row.field in SECRETS else _value(row.value)
        title = Text.assemble((row.field, "bold"), f" = {value}  ", (row.fidelity, _STYLES[row.fidelity]))
        console.print(title)
        sends = _sends(row.sends) or ["nothing" if row.target == NO_COUNTERPART else f"{row.target}, not set by it"]
        _facts([("->", ", ".join(sends)), ("how", row.conversion), *_about(row.risk, row.measure)], console)
    for addition in translation.additions:
        console.print(Text.assemble(("set besides", "bold"), "  ", *", ".join(_sends(addition.sends))))
        _facts(_about(addition.why, addition.measure, "why"), console)
    for note in result.source.notes:
        console.print(Text.assemble(("Note: ", "bold yellow"), one_line(note)))
    console.print(Text(_conclusion(result, variant), "bold"))


def _section(title: str, lines: Sequence[str], console: Console) -> None:
    if lines:
        console.print(Text(title, "bold yellow"))
        for line in lines:
            console.print(Padding(Text(no_command(line)), (0, 0, 0, 2)))


def _corrections(result: Result) -> list[str]:
    return [f"{one.given}{f' -> {one.meant}' if one.meant else ', left out'}: {one.said}" for one in result.corrections]


def _unset(result: Result) -> list[str]:
    return [f"{one.name} = {one.code} (line {one.line})" for one in result.source.unset]


def _about(text: str, measure: Sequence[str], name: str = "risk") -> Iterator[tuple[str, str]]:
    yield name, text
    if measure:
        yield "measure", ", ".join(measure)


def _facts(facts: Any, console: Console) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column()
    for name, text in facts:
        grid.add_row(name, Text(one_line(text)))
    console.print(Padding(grid, (0, 0, 0, 2)))


def _sends(config: Mapping[str, Any], prefix: str = "") -> list[str]:
    lines: list[str] = []
    for name, value in config.items():
        if isinstance(value, Mapping):
            lines += _sends(value, f"{prefix}{name}.")
        else:
            lines.append(f"{prefix}{name} = {_value(value)}")
    return lines


def _value(value: Any) -> str:
    text = one_line(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _conclusion(result: Result, variant: Variant) -> str:
    translation = result.variants[variant]
    counts = Counter(row.fidelity for row in translation.rows)
    lost = ", ".join(row.field for row in translation.lost) or "nothing"
    others = [
        f"{_endpointing(other)} in the {name} variant" for name, other in result.variants.items() if name != variant
    ]
    return (
        f"{counts['exact']} exact, {counts['approximate']} approximate, {counts['none']} without counterpart. "
        f"Asked for and lost: {lost}.\nendpointing is {_endpointing(translation)} here, {', '.join(others)}."
    )


def _endpointing(translation: Translation) -> str:
    return f"{translation.config['endpointing']:g} s"
