import shutil

import pytest
from foreign import edited, fixture, imported, refusal

FILES = {f"61/70968/61-70968-000{number}.flac": (2.0, 1) for number in (0, 1)}
TRANSCRIPT = "61/70968/61-70968.trans.txt"


@pytest.fixture
def source(tmp_path):
    return fixture("librispeech", tmp_path, **FILES)


def test_an_utterance_is_a_recording_and_a_chapter_a_call(source):
    """The list of speakers, at the top or above it, adds gender and subset."""
    first, second = imported(source)
    assert {
        "id": "61-70968-0000",
        "audio_filepath": "audio/61-70968-0000.flac",
        "text": "HE BEGAN A CONFUSED COMPLAINT AGAINST THE WIZARD WHO HAD VANISHED BEHIND THE CURTAIN ON THE LEFT",
        "call_id": "61-70968",
        "speaker": "61",
        "language": "en",
        "tags": ["gender=m", "subset=test-clean"],
        "source": "61-70968.trans.txt:1",
    } == first
    assert first["call_id"] == second["call_id"]
    shutil.rmtree(source.parent / "imported")
    assert 2 == len(imported(source / "61"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("61-70968-0001", "0001", f"{TRANSCRIPT}:2: utterance: is '0001'; allowed is SPEAKER-CHAPTER-NUMBER"),
        (
            "61-70968-0001",
            "61-70968-0002",
            f"{TRANSCRIPT}:2: utterance: is 61-70968-0002, but there is no 61-70968-0002.flac",
        ),
        (
            " GIVE NOT SO EARNEST A MIND TO THESE MUMMERIES CHILD",
            "",
            f"{TRANSCRIPT}:2: text: of 61-70968-0001 is missing",
        ),
    ],
)
def test_a_wrong_line_is_named(source, old, new, message):
    """File, line, field, what was found and what to do."""
    edited(source / TRANSCRIPT, old, new)
    assert refusal(source).startswith(message)
