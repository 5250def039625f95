import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from scripted import DEMO

from harness.config import load_config, override
from harness.forecast.forecast import Forecast, forecast
from harness.forecast.table import print_forecast
from harness.planning import plan_run
from harness.verdict.rules import RULES


def foreseen(*, live: bool = False, **changes) -> Forecast:
    loaded = override(load_config(folder=DEMO), {"corpus.path": str(DEMO), **changes})
    return forecast(plan_run(loaded, live=live, with_keys=False), Path("reports"))


def printed(found: Forecast, *, width: int | None = None) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=width is not None, color_system=None)
    print_forecast(found, console)
    return console.file.getvalue()


def test_it_answers_in_the_order_in_which_one_asks():
    """What, where to, how long, how much, how large, and what for."""
    titles = [line for line in printed(foreseen()).splitlines() if line and not line.startswith((" ", "Note"))]

    assert [title.split(" (")[0] for title in titles[:6]] == [
        "What",
        "Where to",
        "Time",
        "Money",
        "Disk",
        "What it can prove",
    ]


def test_every_rule_has_a_line():
    """With its margin, and what to expect."""
    text = printed(foreseen())

    assert all(rule.label in text for rule in RULES)
    assert "suppositions" in text
    assert "SUPPOSED" in text


def test_a_plan_without_live_says_that_nothing_is_charged():
    """And what it would cost."""
    assert "$0.11 with --live; as it is nothing is charged" in printed(foreseen())


def test_a_live_plan_says_where_to_and_for_how_much():
    """By whose rule, at what price, how old that is, and who says so."""
    text = printed(foreseen(live=True))

    assert "assemblyai at streaming.assemblyai.com" in text
    assert "gladia at https://api.gladia.io" in text
    assert "by the time sockets are open, at $0.15 an hour as of 2026-03" in text
    assert "unverified" in text
    assert "in all     $0.11; pairs that have to be run again come on top" in text


def test_a_plan_with_one_live_side_says_which_is_charged():
    """The other side is an emulator on this machine."""
    assert "charged is the candidate alone" in printed(foreseen(live=True, **{"baseline.host": "ws://127.0.0.1:9"}))


def test_an_unknown_price_is_no_amount():
    """Not a dollar sign is shown for it."""
    found = foreseen()
    text = printed(replace(found, costs={side: replace(cost, price=None) for side, cost in found.costs.items()}))

    assert "$" not in text
    assert "no list price is known" in text


def test_a_corpus_that_is_large_enough_says_so():
    """Rules that are all likely to be decided leave one line."""
    found = foreseen()
    rules = tuple(replace(rule, reason=None) for rule in found.prospects.rules)

    assert "Every rule that can block is likely to be decided." in printed(
        replace(found, prospects=replace(found.prospects, rules=rules))
    )


@pytest.mark.parametrize("width", [70, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int):
    """It wraps inside its columns."""
    assert max(len(line) for line in printed(foreseen(), width=width).splitlines()) <= width
