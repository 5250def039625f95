import json

import pytest

from harness.emulators.assemblyai_parameters import InvalidParameterError, parse_query, update

QUERY = {"sample_rate": "16000"}


def parsed(**query):
    return parse_query({**QUERY, **query})


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("universal-streaming-english", (400, 1280, 0.4, 0.4)),
        ("universal-streaming-multilingual", (400, 1280, 0.4, 0.4)),
        ("u3-rt-pro", (100, 1000, 0.3, 0.5)),
        ("universal-3-6-pro", (100, 1000, 0.3, 0.5)),
    ],
)
def test_defaults_follow_the_model_family(model, expected):
    """Silences and thresholds are those of the family; for U3 punctuation decides instead of the threshold."""
    rules = parsed(speech_model=model).rules
    assert expected == (rules.min_silence_ms, rules.max_silence_ms, rules.vad_threshold, rules.confidence_threshold)


@pytest.mark.parametrize(("word", "expected"), [("True", True), ("true", True), ("False", False), ("false", False)])
def test_booleans_of_all_clients_are_understood(word, expected):
    """Python writes True, others true."""
    assert expected == parsed(format_turns=word).format_turns


def test_lists_arrive_as_json():
    """A list is JSON within the query, and unknown parameters are recorded with it."""
    parameters = parsed(keyterms_prompt=json.dumps(["größe", "a b", "x" * 51]), surprise="1")
    assert parameters.keyterms == ("größe", "a b")
    assert parameters.received["surprise"] == "1"


def test_the_old_name_of_the_short_silence_works_and_the_new_one_wins():
    """Both wire names set the same value."""
    old = {"min_end_of_turn_silence_when_confident": "160"}
    assert parsed(**old).min_turn_silence_ms == 160
    assert parsed(**old, min_turn_silence="200").min_turn_silence_ms == 200


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"sample_rate": "0"}, "sample_rate"),
        ({"sample_rate": "fast"}, "sample_rate"),
        ({"speech_model": "best"}, "speech_model"),
        ({"encoding": "mp3"}, "encoding"),
        ({"vad_threshold": "2"}, "vad_threshold"),
        ({"format_turns": "yes"}, "format_turns"),
        ({"max_speakers": "11"}, "max_speakers must be from 1 to 10"),
        ({"keyterms_prompt": json.dumps(["a"] * 101)}, "keyterms_prompt"),
    ],
)
def test_impossible_values_are_refused_by_name(query, named):
    """The refusal says which parameter it is about."""
    with pytest.raises(InvalidParameterError, match=named):
        parsed(**query)


def test_a_missing_sample_rate_is_refused():
    """PCM can't be understood without it."""
    with pytest.raises(InvalidParameterError, match="sample_rate"):
        parse_query({})


def test_an_update_changes_what_it_names_only():
    """Absent fields keep their value, and an empty list clears."""
    before = parsed(keyterms_prompt='["a"]', min_turn_silence="200")
    after = update(before, {"type": "UpdateConfiguration", "max_turn_silence": 2000, "keyterms_prompt": [], "later": 1})
    assert (after.min_turn_silence_ms, after.max_turn_silence_ms, after.keyterms) == (200, 2000, ())
    assert after.received["later"] == 1


def test_profiles_follow_model_and_formatting():
    """Two finals only where the text is formatted in a second step."""
    assert parsed().profile() == "unformatted"
    assert parsed(format_turns="true").profile() == "two_step"
    assert parsed(format_turns="true").profile("built_in") == "built_in"
    assert parsed(format_turns="true", speech_model="universal-streaming-multilingual").profile() == "built_in"
    assert parsed(speech_model="u3-rt-pro").profile() == "built_in"
