"""Gladia configurations written by hand: values in AssemblyAI's units and words, which Gladia refuses or misunderstands."""

from collections.abc import Iterator
from typing import Any

from harness.code_scan.syntax import Place
from harness.code_scan.uses import Entries

_SECONDS = {"endpointing": (0.01, 10), "maximum_duration_without_endpointing": (5, 60)}
_ALLOWED: dict[str, tuple[Any, ...]] = {
    "encoding": ("wav/pcm", "wav/alaw", "wav/ulaw"),
    "sample_rate": (8000, 16000, 32000, 44100, 48000),
    "bit_depth": (8, 16, 24, 32),
}


def judge_gladia_configuration(entries: Entries) -> Iterator[tuple[str, Place, str]]:
    """(rule, place, what is wrong) of each value that can't be meant."""
    for name, (least, most) in _SECONDS.items():
        entry = entries.get(name)
        if entry is not None and _is_number(entry.value) and entry.value > most:
            meant = f"{entry.value / 1000:g} s" if entry.value / 1000 >= least else f"{least:g} s"
            yield "gladia-config-units", entry.place, f"`{name}` is {entry.value}; {meant} may be meant."
    for name, allowed in _ALLOWED.items():
        entry = entries.get(name)
        if (
            entry is not None
            and (_is_number(entry.value) or isinstance(entry.value, str))
            and entry.value not in allowed
        ):
            shown = ", ".join(str(each) for each in allowed)
            yield "gladia-config-value", entry.place, f"`{name}` is {entry.value}; allowed: {shown}."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
