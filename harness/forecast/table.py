"""The forecast on one screen: what, where to, how long, how much, how large, and what it can prove."""

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.forecast.cost import SideCost
from harness.forecast.early_stop import EarlyStop
from harness.forecast.evidence import Prospects, explain
from harness.forecast.forecast import Forecast
from harness.plain_text import page_width, plain_text
from harness.planning import PlannedSide
from harness.verdict.power import RulePower
from harness.verdict.wording import amount

_LOG_WIDTH = 160  # where nobody says how wide the page is
_HOUR_S = 3600.0
_CENT = 0.01
_ORDER = "clip by clip, all candidates in turn; who is first moves on from clip to clip"

_BLOCKING = {"few_clusters", "few_samples", "underpowered", "unreachable", "missing_values", "unknown"}

Row = tuple[str, str | Text]


def print_forecast(foreseen: Forecast, console: Console) -> None:
    """Print a forecast; plain text where the console is no terminal.

    Args:
        foreseen: What to print.
        console: Where to; its width and colour settings are obeyed.
    """
    if console.is_terminal:
        _print(foreseen, console)
        return
    console.out(
        plain_text(lambda page: _print(foreseen, page), page_width(console, _LOG_WIDTH)), end="", highlight=False
    )


def _print(foreseen: Forecast, console: Console) -> None:
    for title, rows in _groups(foreseen):
        console.print(Text(title, "bold"))
        console.print(_grid(rows))
    print_prospects(foreseen.prospects, console)
    for warning in foreseen.warnings:
        console.print(Text.assemble(("Note: ", "bold yellow"), warning))


def print_prospects(found: Prospects, console: Console) -> None:
    """Print what every rule can tell, and what that comes to."""
    pilot = found.pilot
    basis = "SUPPOSED, on planning values" if pilot is None else f"by the spread of {pilot.path}"
    console.print(Text.assemble(("What it can prove", "bold"), (f" ({basis})", "bold yellow" if pilot is None else "")))
    console.print(_rules(found.rules))
    for line in _conclusion(found):
        console.print(Padding(line, (0, 0, 0, 2)))


def _groups(foreseen: Forecast) -> Iterator[tuple[str, list[Row]]]:
    plan, found = foreseen.plan, foreseen.prospects
    trials = {metric: f"{found.trials[metric].total:,}" for metric in ("wer", "final_ms", "first_partial_ms")}
    yield (
        "What",
        [
            ("corpus", f"{plan.corpus.path}: {_count(len(plan.clips), 'clip')} of {_count(found.calls, 'call')}"),
            (
                "reference",
                f"{trials['wer']} words, {trials['first_partial_ms']} utterances, {trials['final_ms']} turns"
                + _passes(plan.config.replay.passes),
            ),
            ("sessions", _sessions(foreseen)),
            ("audio", f"{_duration(plan.audio_s)} a side, with trailing silence"),
        ],
    )
    if foreseen.variants:
        yield "Sweep", [("variants", "\n".join(foreseen.variants)), ("order", _ORDER)]
    yield "Where to", [(name, _destination(side)) for name, side in plan.sides.items()]
    yield "Time", list(_time(foreseen))
    yield "Money", list(_money(foreseen))
    disk = foreseen.disk
    parts = f"timelines {_size(disk.timelines)}, audio {_size(disk.audio)}, report {_size(disk.report)}"
    yield "Disk", [("writes", f"about {_size(disk.total)} ({parts}); {_size(disk.free)} free in {foreseen.reports}")]


def _sessions(foreseen: Forecast) -> str:
    pairs = foreseen.plan.pairs
    if foreseen.variants:
        own = f"{pairs} of the baseline, " if "baseline" in foreseen.plan.record_sides else ""
        return f"{own}{pairs} of each of {len(foreseen.variants)} candidates, {foreseen.sessions} in all"
    return f"{pairs} a side, {pairs * len(foreseen.plan.sides)} in all"


def _destination(side: PlannedSide) -> Text:
    own = side.provider.default_host or "an address of its own"
    where = side.host or (own if side.live else "an emulator on this machine")
    params = ", ".join(f"{name}={value}" for name, value in _flat(dict(side.params)))
    return Text.assemble(f"{side.provider.name} at {where}\n", (params, "dim"))


def _flat(params: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def _time(foreseen: Forecast) -> Iterator[Row]:
    wall, pairs = foreseen.wall, foreseen.plan.config.replay.pairs
    yield "recording", f"about {_duration(wall.seconds)}, {_count(pairs, 'pair')} at once"
    yield "bound by", " and ".join(wall.bound_by)
    if wall.pairs_allowed is not None:
        yield "quotas", f"would let {_count(wall.pairs_allowed, 'pair')} run at once"
    if foreseen.early_stop is not None:
        yield "early stop", _early_stop(foreseen.early_stop)


def _early_stop(found: EarlyStop) -> str:
    *earlier, last = found.at_calls
    if found.chances is None or found.rule is None:
        return f"looks after {', '.join(str(calls) for calls in earlier)} of {last} calls; no rule's spread is known"
    chances = ", ".join(f"{calls} ({100 * chance:.0f} %)" for calls, chance in zip(earlier, found.chances, strict=True))
    return (
        f"if the sides are equal, after {chances} of {_count(last, 'call')}, {found.expected_calls:.0f} on average, by "
        f"{found.rule.rule.label.lower()}; rules that need more values may hold it up"
    )


def _money(foreseen: Forecast) -> Iterator[Row]:
    for name, cost in foreseen.costs.items():
        yield name, _cost(cost)
    total = "unknown: a price is missing" if foreseen.usd is None else _usd(foreseen.usd)
    charged = [name for name, cost in foreseen.costs.items() if cost.charged]
    if len(charged) == len(foreseen.costs):
        yield "in all", f"{total}; pairs that have to be run again come on top"
    elif charged:
        yield "in all", f"{total} if all were live; charged is the {charged[0]} alone, the rest is emulated"
    else:
        yield "in all", f"{total} with --live; as it is nothing is charged, all of it is emulated"


def _cost(cost: SideCost) -> str:
    rule = "the time sockets are open" if cost.billed_by == "session" else "the audio sent"
    billed = f"{_duration(cost.billed_minutes * 60)} billed, by {rule}"
    if cost.price is None or cost.usd is None:
        return f"{billed}; no list price is known: give one under [prices]"
    without = f"; without {', '.join(cost.price.excludes)}" if cost.price.excludes else ""
    price = f"${cost.price.usd_per_hour:g} an hour as of {cost.price.as_of} ({cost.price.source})"
    return f"{_usd(cost.usd)}: {billed}, at {price}{without}"


def _rules(rules: tuple[RulePower, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="underline")
    table.add_column("  rule", no_wrap=True)
    for name in ("margin", "detects", "calls", "needs"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what to expect")
    for power in rules:
        unit = power.rule.unit
        table.add_row(
            f"  {power.rule.label}",
            amount(power.margin, unit),
            "" if power.mde is None else amount(power.mde, unit),
            f"{power.trials.calls:,}",
            "" if power.needed is None else f"{power.needed:,}",
            Text(explain(power) + (" (warns only)" if power.level == "warn" else ""), _style(power)),
        )
    return table


def _style(power: RulePower) -> str:
    if power.reason is None:
        return "green"
    return "dim" if power.level != "error" or power.reason == "off" else "yellow"


def _conclusion(found: Prospects) -> Iterator[str]:
    """What the columns mean, and what the table comes to."""
    yield "detects: the distance from the margin that this run can tell, with 80 % power"
    yield "needs: calls in all that decide this rule with 80 % power if the sides are equal; for all rules at once it takes more"
    undecided = [rule for rule in found.rules if rule.level == "error" and rule.reason in _BLOCKING]
    if not undecided:
        yield "Every rule that can block is likely to be decided."
        return
    names = ", ".join(rule.rule.label for rule in undecided)
    calls = "" if found.needed_calls is None else f" It takes about {_count(found.needed_calls, 'independent call')}."
    yield f"Expect the run to end inconclusive, unless it fails, on: {names}.{calls}"


def _grid(rows: list[Row]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, width=11)
    grid.add_column()
    for name, value in rows:
        grid.add_row(f"  {name}", Text(value) if isinstance(value, str) else value)
    return grid


def _passes(passes: int) -> str:
    return f", over {passes} passes" if passes > 1 else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < _HOUR_S:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / _HOUR_S:.1f} h"


def _usd(amount_usd: float) -> str:
    return "less than $0.01" if 0 < amount_usd < _CENT else f"${amount_usd:,.2f}"


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"  # noqa: PLR2004 - a giga
