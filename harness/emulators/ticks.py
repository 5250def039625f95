"""How asyncio waits on Linux: in whole milliseconds, rounded up, so half a millisecond too long on average."""

HALF_A_TICK_NS = 500_000
"""Who waits until so much earlier, and counts what is due within it as due, is right on average."""
