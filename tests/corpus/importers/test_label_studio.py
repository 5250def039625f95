import json

import pytest
import soundfile
from foreign import audio, edited, fixture, imported, refusal

from harness.corpus.importers import label_studio

FILES = {"call1.wav": (4.0, 2), "calls/short one.wav": (1.0, 1), "open.wav": (1.0, 1)}
ORIGINALS = {
    "message one.wav": (3.0, 1),
    "call (2).wav": (4.0, 1),
    "sides.wav": (3.0, 2),
    "skipped.wav": (1.0, 1),
    "untouched.wav": (1.0, 1),
}


@pytest.fixture
def source(tmp_path):
    return fixture("label-studio", tmp_path, **FILES)


def test_regions_become_segments_and_labels_speakers(source):
    """Uploaded files are found without the prefix of the upload, those of local storage by their path."""
    call, short, open_ = imported(source)
    assert [
        {"start": 0.5, "end": 1.5, "channel": 0, "text": "good morning", "speaker": "Agent"},
        {"start": 1.6, "end": 3.0, "channel": 1, "text": "i would like to book a room", "speaker": "Caller"},
    ] == call["segments"]
    assert ("short_one", "thank you") == (short["id"], short["text"])
    assert {"id", "audio_filepath", "source"} == set(open_)


def test_what_was_chosen_or_left_out_is_said(source):
    """Regions without text, one annotation of several, tasks without any."""
    assert (
        "task 1: 1 regions without a transcript were left out",
        "task 2: of 2 annotations the ground truth was taken",
        "task 3: not annotated, so it has no reference",
    ) == label_studio.read(source).notes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"end": 1.5', '"end": 0.1', "export.json: task 1: end: is 0.1 s, before the start at 0.5 s"),
        ('"start": 0.5', '"start": "x"', "export.json: task 1: start: is 'x'; allowed is a number of seconds"),
        ('1f2e3d4c-call1.wav"}', '1f2e3d4c-call9.wav"}', "export.json: task 1: data: is '/data/upload/1/1f2e3d4c-call9.wav'"),
        ('"audio": "s3://bucket/open.wav"', '"image": "a.png"', "export.json: task 3: data: names no audio file"),
        ('"annotations": [{"id": 7', '"label": [{"id": 7', "export.json: task 3: annotations: are missing; export the project"),
        ('"value": {"start": 0.5', '"values": {"start": 0.5', "export.json: task 1: value: is None; allowed is a JSON object"),
        ('[{"id": 1, ', '{"id": 1, ', "export.json:1: the file: is no JSON"),
        ('[{"id": 1, ', '[7, {"id": 1, ', "export.json: the file: is no list of tasks; export the project as JSON (not JSON-MIN"),
    ],
)  # fmt: skip
def test_a_wrong_export_is_named(source, old, new, message):
    """File, task, field, what was found and what to do."""
    edited(source / "export.json", old, new)
    assert refusal(source, format_name="label-studio").startswith(message)


def test_stereo_of_which_nobody_says_who_speaks_where_is_refused(source):
    """Label Studio then says channel 0 of every region; and what to do is said."""
    edited(source / "export.json", '"channel": 1', '"channel": 0')
    edited(source / "export.json", '"channel": 1', '"channel": 0')
    assert refusal(source).startswith(
        "export.json: task 1: channel: tells nothing: call1.wav has 2 channels, but Label Studio draws a region over all of them and "
        'writes 0, even with splitchannels="true". Annotate each channel as a mono file (`sox in.wav left.wav remix 1`), '
    )
    audio(source / "call1.wav", 4.0)
    assert ["Agent", "Caller"] == [segment["speaker"] for segment in imported(source)[0]["segments"]]


@pytest.fixture
def own(tmp_path):
    """An export that Label Studio made, beside the files that were uploaded to it, under the names they had."""
    return fixture("label-studio-app", tmp_path, **ORIGINALS)


def test_what_label_studio_exports_is_read(own):
    """Cleaned names of uploads are found; "Speech" is nobody's name; of a region's several texts one is made."""
    message, skipped, untouched, sides, call = imported(own)
    assert ["message_one", "skipped", "untouched", "sides", "call_2_"] == [
        line["id"] for line in (message, skipped, untouched, sides, call)
    ]
    assert [{"start": 0.2, "end": 1.5, "text": "Please call me back."}] == message["segments"]
    assert [
        {"start": 0.25, "end": 1.0, "channel": 0, "text": "Hello?"},
        {"start": 1.25, "end": 2.5, "channel": 1, "text": "Ja, grüß Gott!"},
    ] == sides["segments"]
    assert ["Good morning, how can I help?", "I would like to book a room. For two."] == [
        segment["text"] for segment in call["segments"]
    ]
    assert (
        "task 1: of 2 annotations the ground truth was taken",
        "task 3: not annotated, so it has no reference",
        "task 4: not annotated, so it has no reference",
        "task 5: 1 regions without a transcript were left out",
    ) == label_studio.read(own).notes


def test_uploads_are_found_as_label_studio_keeps_them_too(own):
    """With the prefix; where a prefix was cut, two files that would be cleaned to one name are not guessed between."""
    audio(own / "call 2.wav", 4.0)
    assert refusal(own).startswith(
        "export.json: task 6: data: is '/data/upload/1/07cd48ec-call_2.wav', which may be any of call (2).wav, call 2.wav. Keep the"
    )
    audio(own / "upload" / "07cd48ec-call_2.wav", 4.0)
    assert "07cd48ec-call_2" == imported(own)[-1]["id"]


def test_a_file_in_the_folder_that_is_written_is_taken_before_others_of_its_name(source):
    """Of local storage and clouds; in other folders, it is not guessed which."""
    audio(source / "other" / "short one.wav", 2.0)
    assert "thank you" == imported(source)[1]["text"]
    assert 1.0 == soundfile.info(source.parent / "imported" / imported(source)[1]["audio_filepath"]).duration
    (source / "calls").rename(source / "moved")
    assert "task 2: data: is '/data/local-files/?d=calls/short%20one.wav', which may be any of moved/" in refusal(
        source
    )


def test_stereo_drawn_in_the_editor_is_refused_beside_tasks_that_tell_channels(own):
    """Their channels say nothing of its."""
    audio(own / "call (2).wav", 4.0, channels=2)
    assert refusal(own).startswith("export.json: task 6: channel: tells nothing: call (2).wav has 2 channels")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"start":0.25', '"start":"soon"', "export.json: task 5: start: is 'soon'; allowed is a number of seconds from 0. Correct it"),
        ('"labels":["Speech"]', '"labels":7', "export.json: task 1: labels: is 7; allowed is a list. Export it again"),
        ('"channel":1', '"channel":2', "export.json: task 5: channel: is the 3., but the audio has 2. Correct it"),
        ('"annotations":', '"annotation":', "export.json: task 1: annotations: are missing; export the project as JSON"),
    ],
)  # fmt: skip
def test_an_export_of_label_studio_that_was_damaged_is_named(own, old, new, message):
    """File, task, field, what was found and what to do."""
    content = (own / "export.json").read_text(encoding="utf-8")
    assert old in content
    content = content.replace(old, new, 2 if "labels" in old else 1)
    (own / "export.json").write_text(content, encoding="utf-8")
    assert refusal(own, format_name="label-studio").startswith(message)


def test_what_else_was_asked_about_a_recording_is_no_reference(source):
    """Choices and ratings stand beside transcripts, and replace none."""
    before = imported(source)
    tasks = json.loads((source / "export.json").read_text())
    for task in tasks[:2]:
        for annotation in task["annotations"]:
            annotation["result"].append({"id": "c", "type": "choices", "value": {"choices": ["clear"]}})
    (source / "export.json").write_text(json.dumps(tasks))
    assert before == imported(source)


def test_of_several_exports_one_has_to_be_named(source):
    """They may be of the same tasks at two times."""
    (source / "later.json").write_bytes((source / "export.json").read_bytes())
    told = refusal(source)
    assert told.endswith("several Label Studio exports: export.json, later.json. Name the one you mean as SOURCE.")
    assert imported(source / "later.json")
