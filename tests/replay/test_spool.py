import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.replay.jobs import SessionJob
from harness.replay.spool import RecordedSession, Spool
from harness.timeline.events import Audio, AudioFormat, Closed, Connected, ConnectStarted, FinishSent, Frame, Header

HEADER = Header(
    "clip", "candidate", "gladia", 1, AudioFormat("pcm_s16le", 16000, 100.0, 1600, 2, 1600), audio_sha256="ff"
)
rows = st.lists(st.tuples(st.integers(), st.text(max_size=20)), max_size=5)


@given(st.lists(rows, max_size=10))
def test_batches_come_back_as_their_rows_any_number_of_times(batches):
    """What was put in, in order, and again."""
    spool = Spool()
    for batch in batches:
        spool.append(pickle.dumps(batch))

    expected = [row for batch in batches for row in batch]
    assert [list(spool), list(spool)] == [expected, expected]
    spool.close()


def test_a_spool_can_grow_after_it_was_read():
    """Reading does not disturb where the next batch goes."""
    spool = Spool()
    spool.append(pickle.dumps([1]))
    assert list(spool) == [1]
    spool.append(pickle.dumps([2]))
    assert list(spool) == [1, 2]
    spool.close()


def session() -> RecordedSession:
    recorded = RecordedSession(
        HEADER,
        early=(ConnectStarted(-300), Connected(-200)),
        late=(FinishSent(200), Closed(230, 1000, "")),
    )
    recorded.audio.append(pickle.dumps([(0, 100, 101)]))
    recorded.audio.append(pickle.dumps([(1, 200, 200)]))
    recorded.frames.append(pickle.dumps([(-190, None, "hello", 0), (150, 151, "text", 1)]))
    return recorded


def test_events_come_in_the_order_of_their_instants():
    """Chunks, messages and what is told at the end are merged; the last chunk carries the hash."""
    recorded = session()

    assert list(recorded.events) == [
        ConnectStarted(-300),
        Connected(-200),
        Frame(-190, -190, None, "hello", 0),
        Audio(101, 0, 3200, 100, 101),
        Frame(150, 150, 151, "text", 1),
        Audio(200, 1, 3200, 200, 200, "ff"),
        FinishSent(200),
        Closed(230, 1000, ""),
    ]
    recorded.close()


def test_a_channel_of_a_session_is_the_session_under_another_name():
    """The same events, told of one clip, and the hash of its own channel."""
    recorded = session()
    recorded.header = replace(recorded.header, extra={"channel_sha256": ["aa", "bb"]})
    own = recorded.of_channel("clip.ch1", 1)

    assert (own.header.clip_id, own.header.channel, own.header.audio_sha256) == ("clip.ch1", 1, "bb")
    assert [replace(event, sha256="ff") if getattr(event, "sha256", None) else event for event in own.events] == list(
        recorded.events
    )
    recorded.close()


def test_a_clip_that_had_the_session_to_itself_is_the_session():
    """Only several clips are told apart."""
    recorded = session()

    assert recorded.of_clip("clip", SessionJob("candidate", ("clip",))) is recorded
    recorded.close()


def test_a_clip_of_a_session_of_several_is_its_channel():
    """In the order of the job's clips; where no channel has a hash, as when nothing was sent, it has none."""
    recorded = session()
    own = recorded.of_clip("right", SessionJob("candidate", ("left", "right")))

    assert ("right", 1, "") == (own.header.clip_id, own.header.channel, own.header.audio_sha256)
    recorded.close()


def test_a_chunk_is_as_long_as_its_samples_on_all_channels():
    """1600 samples of 1 byte on two channels."""
    recorded = session()
    plan = replace(HEADER.audio, encoding="pcm_mulaw", channels=2)
    recorded.header = replace(HEADER, audio=plan)

    assert [3200, 3200] == [event.bytes for event in recorded.timeline.events if isinstance(event, Audio)]
    recorded.header = replace(HEADER, audio=replace(plan, channels=1, chunks=3))
    assert [(1600, None), (1600, None)] == [
        (event.bytes, event.sha256) for event in recorded.events if isinstance(event, Audio)
    ]
    recorded.close()
    with pytest.raises(ValueError, match="closed"):
        list(recorded.audio)
    with pytest.raises(ValueError, match="closed"):
        list(recorded.frames)
