import pytest

from harness.replay import crew


def test_workers_share_two_heaps_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch):
    """The allocator of a worker is not to keep the most that each of a dozen threads needed; who sets it has his way."""
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    assert "2" == crew._environment()["MALLOC_ARENA_MAX"]

    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    assert "4" == crew._environment()["MALLOC_ARENA_MAX"]
