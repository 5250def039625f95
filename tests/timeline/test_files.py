import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import RunError
from harness.timeline.events import (
    Audio,
    AudioFormat,
    Closed,
    Connected,
    ConnectStarted,
    ErrorRaised,
    FinishSent,
    Frame,
    Header,
    Timeline,
)
from harness.timeline.files import read_timeline, write_timeline

FORMAT = AudioFormat("pcm_s16le", 16000, 100.0, 1600, 2, 2000)
HEADER = Header("clip", "baseline", "assemblyai", 1, FORMAT, params={"a": [1, None]}, loop_lag_ms={"p99": 1.5})
INSTANTS = st.integers(-(10**12), 10**13)
EVENTS = st.one_of(
    st.builds(ConnectStarted, INSTANTS),
    st.builds(Connected, INSTANTS, st.none() | st.floats(0, 1e6), st.none()),
    st.builds(
        Audio, INSTANTS, st.integers(0, 10**6), st.integers(0, 10**6), INSTANTS, INSTANTS, st.none() | st.just("ab")
    ),
    st.builds(Frame, INSTANTS, INSTANTS, st.none() | INSTANTS, st.text(), st.integers(0, 99)),
    st.builds(FinishSent, INSTANTS),
    st.builds(ErrorRaised, INSTANTS, st.text(), st.text()),
    st.builds(Closed, INSTANTS, st.none() | st.integers(1000, 4999), st.text()),
)


@given(st.lists(EVENTS, max_size=20))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, events: list):
    """Every event survives the round trip, whatever text a provider sent."""
    path = tmp_path_factory.mktemp("timeline") / "baseline.1.jsonl.gz"
    timeline = Timeline(HEADER, tuple(events))

    write_timeline(path, timeline)

    assert timeline == read_timeline(path)


def test_the_lines_have_the_keys_other_programs_rely_on(tmp_path: Path):
    """The header and the events have the documented names."""
    path = tmp_path / "t.jsonl.gz"
    write_timeline(path, Timeline(HEADER, (Audio(5, 0, 3200, 4, 5), Audio(6, 1, 3200, 5, 6, "ff"))))

    lines = gzip.decompress(path.read_bytes()).decode().splitlines()

    assert lines[0].startswith('{"kind":"header","schema":"harness.timeline/1","t_ns":0,"clip_id":"clip"')
    assert lines[1:] == [
        '{"t_ns":5,"kind":"audio","index":0,"bytes":3200,"due_ns":4,"sent_ns":5}',
        '{"t_ns":6,"kind":"audio","index":1,"bytes":3200,"due_ns":5,"sent_ns":6,"sha256":"ff"}',
    ]


def test_the_same_timeline_gives_the_same_bytes(tmp_path: Path):
    """Nothing of the time or place of writing gets into the file."""
    timeline = Timeline(HEADER, (FinishSent(1),))
    write_timeline(tmp_path / "a.gz", timeline)
    write_timeline(tmp_path / "b.gz", timeline)

    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_kinds_of_a_later_version_are_skipped(tmp_path: Path):
    """A file with an unknown kind of event still loads."""
    path = tmp_path / "t.jsonl.gz"
    write_timeline(path, Timeline(HEADER, (FinishSent(1),)))
    known = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(known + b'{"t_ns": 2, "kind": "telepathy"}\n'))

    assert read_timeline(path).events == (FinishSent(1),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no gzip at all", "damaged"),
        (gzip.compress(b"", mtime=0), "empty"),
        (gzip.compress(b"not json\n", mtime=0), "not a JSON object"),
        (gzip.compress(b"[]\n", mtime=0), "not a JSON object"),
        (
            gzip.compress(b'{"kind": "header", "schema": "harness.timeline/9"}\n', mtime=0),
            "schema is 'harness.timeline/9'",
        ),
        (gzip.compress(b'{"kind": "header", "schema": "harness.timeline/1"}\n', mtime=0), "lacks or misnames a field"),
        (gzip.compress(b"\xff\xfe\n", mtime=0), "damaged"),
        (gzip.compress(b"x" * 10_000, mtime=0)[:50], "damaged"),
    ],
    ids=["no gzip", "empty", "no JSON", "no object", "schema", "no fields", "no UTF-8", "cut short"],
)
def test_damage_is_one_clear_error(tmp_path: Path, content: bytes, message: str):
    """Whatever is wrong with a file, the error names the file and says what to do."""
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(content)

    with pytest.raises(RunError, match=message) as caught:
        read_timeline(path)

    assert str(path) in str(caught.value)


def test_a_missing_session_says_how_to_record_it(tmp_path: Path):
    """The next step is in the message."""
    with pytest.raises(RunError, match="--resume"):
        read_timeline(tmp_path / "absent.jsonl.gz")
