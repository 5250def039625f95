import pytest
from foreign import edited, fixture, imported, refusal

from harness.corpus.importers import common_voice

FILES = {f"clips/common_voice_en_{number}.mp3": (1.0, 1) for number in (1, 2)}


@pytest.fixture
def source(tmp_path):
    return fixture("common-voice", tmp_path, **FILES)


def test_a_line_is_a_recording(source):
    """The client is the speaker, not the call; quotes mean nothing; commas can't be in tags."""
    first, second = imported(source)
    assert {
        "id": "common_voice_en_1",
        "audio_filepath": "audio/common_voice_en_1.mp3",
        "text": 'It isn"t a "quoted" field.',
        "speaker": "3fa9c1",
        "language": "en",
        "tags": ["age=twenties", "gender=female_feminine", "accent=England English; Northern"],
        "source": "test.tsv:2",
    } == first
    assert "tags" not in second
    assert "call_id" not in second


def test_the_test_split_is_taken_and_that_is_said(source):
    """Another one can be named as the source."""
    assert ("test.tsv was taken; name another split's file as SOURCE to take that",) == common_voice.read(source).notes
    assert 2 == len(imported(source / "test.tsv"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\ten\t\n77be02", "\n77be02", "test.tsv:2: the line: has 11 fields, the header 13"),
        ("He left early.", "", "test.tsv:3: sentence: is missing or blank; every line needs one."),
        (
            "common_voice_en_2",
            "common_voice_en_9",
            "test.tsv:3: path: is 'clips/common_voice_en_9.mp3', but there is no",
        ),
        (
            "common_voice_en_2",
            "../common_voice_en_2",
            "test.tsv:3: path: is 'clips/../common_voice_en_2.mp3', which leaves",
        ),
    ],
)
def test_a_wrong_line_is_named(source, old, new, message):
    """File, line, field, what was found and what to do."""
    edited(source / "test.tsv", old, new)
    assert refusal(source).startswith(message)


def test_an_empty_split_is_refused(source):
    """A header alone is no corpus."""
    assert "validated.tsv: holds no recording in the format common-voice" in refusal(source / "validated.tsv")
