import hashlib
import zlib

from harness.emulators import ledger as ledgers
from harness.emulators.ledger import Ledger, SessionRecord


def test_an_account_tells_what_was_received_and_sent():
    """Bytes, hash, a checksum a frame, every message with its instant; the first reason of the end counts."""
    record = SessionRecord("gladia", "sid", {"channels": 1})
    for index, data in enumerate((b"ab", b"ab", b"c")):
        record.audio(data, 100 + index)
    record.message("transcript", "00-00000000", "{}", 200, audio_ms=50.0)
    record.message("transcript", "00-00000000", "{}", None, audio_ms=50.0, faults=["lose"])
    record.command("stop_recording", 150)
    record.close("stopped", code=1000, billed_s=1.5)
    record.close("abandoned", code=None, billed_s=9.0)
    details = record.details()
    assert (details["audio_bytes"], details["audio_sha256"]) == (5, hashlib.sha256(b"ababc").hexdigest())
    assert [frame["crc32"] for frame in details["frames"]] == [zlib.crc32(data) for data in (b"ab", b"ab", b"c")]
    sent = {"type": "transcript", "key": "00-00000000", "bytes": 2, "crc32": zlib.crc32(b"{}"), "audio_ms": 50.0}
    assert details["messages"] == [{"sent_ns": 200, **sent}, {"sent_ns": None, **sent, "faults": ["lose"]}]
    assert details["commands"] == [{"received_ns": 150, "type": "stop_recording"}]
    assert (details["ended"], details["close_code"], details["billed_s"]) == ("stopped", 1000, 1.5)


def test_the_ledger_forgets_the_oldest_sessions():
    """Memory is bounded by the number of sessions kept."""
    ledger = Ledger(2)
    for name in "abc":
        ledger.open(SessionRecord("assemblyai", name, {}))
    assert [summary["session_id"] for summary in ledger.summaries()] == ["b", "c"]
    assert ledger.find("a") is None


def test_an_account_counts_on_when_its_lists_are_full(monkeypatch):
    """A session without end takes no memory without end, and bytes and hash stay true."""
    monkeypatch.setattr(ledgers, "_MOST_ENTRIES", 1)
    record = SessionRecord("assemblyai", "sid", {})
    for _ in range(3):
        record.audio(b"ab", 1)
        record.command("KeepAlive", 1)
        record.message("Turn", "0", "{}", 1)
    details = record.details()
    assert [1, 1, 1] == [len(details[name]) for name in ("frames", "commands", "messages")]
    assert (6, hashlib.sha256(b"ababab").hexdigest()) == (details["audio_bytes"], details["audio_sha256"])
