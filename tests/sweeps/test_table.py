"""A sweep on one screen."""

import io
from typing import Any

from fabricate_sweep import fabricate_sweep, variant
from rich.console import Console

from harness.sweeps.table import print_sweep

BEST = variant(0.2, "pass", 520.0, 0.01, best=True)
CUTTING = variant(0.05, "fail", 400.0, 0.3)


def printed(document: dict[str, Any], width: int, *, terminal: bool = True) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    print_sweep(document, console)
    return console.file.getvalue()


def test_a_narrow_terminal_gets_what_decides_and_a_wide_one_all():
    """Intervals and what is not traded need room; until there is enough, no figure is cut. A log has room for everything."""
    document = fabricate_sweep(CUTTING, BEST)
    pages = [printed(document, width) for width in (90, 130, 160, 180)]
    log = printed(document, 60, terminal=False)

    for text in ("final p95", "early cuts", "WER", "verdict", "best, front"):
        assert [True] * 5 == [text in page for page in (*pages, log)], text
    for text in ("first partial p50", "erasure", "failed", "520 ms (−20 to +60 ms)"):  # noqa: RUF001 - a minus
        assert [False, False, False, True, True] == [text in page for page in (*pages, log)], text
    assert [] == [page for page in (*pages, log) if "…" in page]


def test_the_answer_stands_first_and_what_is_out_with_its_reason():
    """Of emulators it is said; without a best there is none to praise, and rules that ruled nothing out are not named."""
    live = {**fabricate_sweep(CUTTING), "endpoint": "live"}
    live["ruled_out"] = [*live["ruled_out"], {"variant": "endpointing=3", "by": [], "reason": "Its run is invalid."}]
    lines, emulated = printed(live, 120).splitlines(), printed(fabricate_sweep(BEST), 120).splitlines()

    assert [
        "No variant keeps to the margins. (fail)",
        "Out: endpointing=0.05, by Early cuts.",
        "Out: endpointing=3. Its run is invalid.",
        "Next: Confirm it.",
    ] == lines[:4]
    assert "Best: endpointing=0.2. (pass)" == emulated[0]
    assert emulated[1].startswith("EMULATED. ")
    assert {"Finals p95 520 ms.", "Not distinguishable from another."} < set(emulated)
