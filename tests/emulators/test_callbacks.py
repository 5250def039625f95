import asyncio

from loopback import receiver

from harness.emulators import callbacks
from harness.emulators.callbacks import Callbacks


def test_failures_are_noted_so_often_and_no_more(monkeypatch):
    """A receiver that is gone for hours fills no ledger; what is delivered is tried all the same."""
    monkeypatch.setattr(callbacks, "_MOST_NOTES", 2)
    notes = []

    async def run(url):
        delivery = Callbacks(url, notes.append, "loopback", timeout_s=60.0)
        for number in range(4):
            delivery.put(f"callback {number}", {})
        await delivery.close()

    with receiver(500) as (url, received):
        asyncio.run(run(url))
        assert 4 == received.qsize()
    assert ["callback 0 failed: HTTP 500", "callback 1 failed: HTTP 500"] == notes
