import json
import logging

import pytest

from harness.corpus import activity_cache
from harness.corpus.activity import SETTINGS, ActivitySettings
from harness.corpus.activity_cache import cache_folder, remembered_spans

FOUND = ((0.032, 1.5), (2.0, 2.7199999999999998))
HASH = "ab" * 32


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


class Finder:
    """Counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return FOUND


def test_speech_is_looked_for_once():
    """The second time the same numbers come from the cache, to the last bit."""
    find = Finder()
    assert [FOUND, FOUND] == [remembered_spans(HASH, 0, SETTINGS, find) for _ in range(2)]
    assert 1 == find.asked


def test_other_audio_channels_and_settings_are_other_entries():
    """Nothing is taken for something else."""
    find = Finder()
    for sha256, channel, settings in (
        (HASH, 0, SETTINGS),
        ("cd" * 32, 0, SETTINGS),
        (HASH, 1, SETTINGS),
        (HASH, 0, ActivitySettings(min_silence_ms=300)),
    ):
        remembered_spans(sha256, channel, settings, find)
    assert 4 == find.asked


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("1.5", "1.6"),
        lambda text: text.replace("activity/1", "activity/0"),
        lambda text: text.replace('"channel": 0', '"channel": 7'),
        lambda text: "[]",
        lambda text: json.dumps(json.loads(text) | {"spans_s": None}),
        lambda text: "\udcff",
        *(
            lambda text, spans=spans: json.dumps(
                json.loads(text) | {"spans_s": spans, "spans_sha256": activity_cache._digest(spans)}
            )
            for spans in ({}, [[0.0]], [["0.0", "1.0"]], [[2.0, 1.0]])
        ),
    ],
)
def test_a_damaged_entry_is_found_again_and_mended(damage):
    """Whatever is wrong with it."""
    find = Finder()
    remembered_spans(HASH, 0, SETTINGS, find)
    [entry] = cache_folder().rglob("*.json")
    whole = entry.read_text()
    entry.write_bytes(damage(whole).encode(errors="surrogateescape"))
    assert FOUND == remembered_spans(HASH, 0, SETTINGS, find)
    assert (2, whole) == (find.asked, entry.read_text())


def test_what_cannot_be_stored_is_said_and_used(tmp_path, monkeypatch, caplog):
    """A read-only home is no reason not to run."""
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "taken"))
    with caplog.at_level(logging.WARNING):
        assert FOUND == remembered_spans(HASH, 0, SETTINGS, Finder())
    assert "can't be written" in caplog.text


def test_the_cache_lies_where_caches_lie(tmp_path, monkeypatch):
    """By the convention: $XDG_CACHE_HOME, else ~/.cache."""
    assert tmp_path / "harness" / "activity" == cache_folder()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path / ".cache" / "harness" / "activity" == cache_folder()
