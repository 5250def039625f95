"""Replays recorded speech to two live transcription services and judges what changes."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.results import Run, load_run

__all__ = ["Run", "load_run"]


def __getattr__(name: str) -> Any:
    """Public names on first use: every process of the program imports this package, and few need what stands behind them."""
    if name in __all__:
        from harness import results  # noqa: PLC0415 - see above

        return getattr(results, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
