import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.corpus.recording import Problem, Recording, parse_line

MINIMAL = {"id": "a", "audio_filepath": "a.wav"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
NAME = {"char_start": 0, "char_end": 3, "class": "name"}
keys = st.sampled_from([*Recording.model_fields, "source"])


def problems(**change: object) -> list[Problem]:
    parsed = parse_line(json.dumps(MINIMAL | change).encode(), 7)
    assert isinstance(parsed, list)
    return parsed


def test_two_keys_are_enough():
    """Everything but the id and the file has a default."""
    parsed = parse_line(json.dumps(MINIMAL).encode(), 1)
    assert isinstance(parsed, Recording)
    assert ("a", "a.wav", None, (), True) == (
        parsed.id,
        parsed.audio_filepath,
        parsed.text,
        parsed.tags,
        parsed.copy_audio,
    )


def test_other_keys_are_allowed():
    """Licence and source are the corpus's own business, and a part of a file that is all of it is no part."""
    more = {"licence": "MIT", "sample_rate": 8000, "offset": 0.0}
    assert isinstance(parse_line(json.dumps(MINIMAL | more).encode(), 1), Recording)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "the line is blank"),
        (b"  \n", "the line is blank"),
        (b"{", "not valid JSON (the line ends inside an object); it reads '{'"),
        (b'{"id": "a",\n', 'not valid JSON (the line ends inside a value); it reads \'{"id": "a",\''),
        (b'{"id": }\n', "not valid JSON (expected value at character 8); it reads '{\"id\": }'"),
        (b'{"id": "a", "audio_filepath": "a.wav"} x', "not valid JSON"),
        (b"\xff\xfe", "holds the byte 0xff, which is no UTF-8. Convert the file: `iconv -t UTF-8`"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "is []; allowed is a JSON object"),
        (b'"a"', "is 'a'; allowed is a JSON object"),
        (b"{}", "is missing"),
    ],
)
def test_a_line_that_is_no_recording_is_named(line, said):
    """Line number and reason are in the message."""
    parsed = parse_line(line, 7)
    assert str(parsed[0]).startswith("manifest.jsonl:7: ")
    assert said in str(parsed[0])


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"id": "../a"}, "id", "is '../a'; allowed are 1 to 120 letters"),
        ({"id": ""}, "id", "allowed are"),
        ({"id": ".hidden"}, "id", "beginning with a letter or digit"),
        ({"id": "a" * 121}, "id", "1 to 120"),
        ({"id": "a\n"}, "id", "allowed are"),
        ({"id": 5}, "id", "is 5"),
        ({"audio_filepath": "/etc/passwd"}, "audio_filepath", "relative"),
        ({"audio_filepath": "a/../../b.wav"}, "audio_filepath", "doesn't leave it"),
        ({"audio_filepath": "a\\b.wav"}, "audio_filepath", "with '/'"),
        ({"audio_filepath": " "}, "audio_filepath", "relative"),
        ({"audio_filepath": None}, "audio_filepath", "is None"),
        ({"text": 5}, "text", "is 5; allowed is text, in quotes"),
        ({"duration": -1}, "duration", "is -1; allowed is 0 or more"),
        ({"duration": "2.0"}, "duration", "is '2.0'; allowed is a number"),
        ({"language": "english"}, "language", "such as 'en'"),
        ({"language": "xx"}, "language", "no known language"),
        ({"channel": 1.5}, "channel", "is 1.5; allowed is a whole number"),
        ({"channel": True}, "channel", "is True"),
        ({"call_id": " "}, "call_id", "blank"),
        ({"speaker": True}, "speaker", "is True"),
        ({"tags": "noisy"}, "tags", "is 'noisy'; allowed is a list, in square brackets"),
        ({"tags": ["a,b"]}, "tags[0]", "without commas"),
        ({"copy_audio": "no"}, "copy_audio", "is 'no'; allowed is true or false"),
        ({"words": [["a", 0, 1]]}, "words[0]", "is ['a', 0, 1]; allowed is a JSON object, in braces"),
        ({"offset": 3.5}, "offset", "cut them into files"),
        ({"words": [{"word": "a", "start": 0}]}, "words[0].end", "is missing; every such entry needs one"),
        ({"words": [{"word": "a", "start": 1, "end": 0.5}]}, "", "words[0] ends at 0.5 s, before it starts at 1.0 s"),
        ({"words": [{"word": "", "start": 0, "end": 1}]}, "words[0].word", "blank"),
        ({"segments": [{"start": -1, "end": 1}]}, "segments[0].start", "is -1"),
        ({"segments": [{"start": 1, "end": 2}, {"start": 0, "end": 1}]}, "", "segments[1] starts at 0.0 s, before"),
        ({"segments": [{"start": 0, "end": 1, "text": "a"}, {"start": 1, "end": 2}]}, "", "all of them one, or none"),
        ({"text": "ann", "entities": [{"char_start": 0, "char_end": 3}]}, "entities[0].class", "is missing"),
        ({"text": "ann", "entities": [NAME | {"char_end": 4}]}, "", "inside its text, which has 3"),
        ({"text": "ann", "entities": [NAME | {"char_start": 3}]}, "", "at least one character"),
        ({"text": "a! b", "entities": [NAME | {"char_start": 1}]}, "", "covers '! ', which holds no letter or digit"),
        ({"text": "ann", "entities": [NAME | {"segment": 1}]}, "", "is in segment 1, but there are 0"),
        ({"entities": [NAME]}, "", "entities[0] has no `segment`"),
        ({"segments": [{"start": 0, "end": 1, "text": "ann"}], "text": "ann", "entities": [NAME]}, "", "no `segment`"),
        ({"segments": [{"start": 0, "end": 1}], "entities": [NAME | {"segment": 0}]}, "", "which has no `text`"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(change, field, said):
    """Each message has the line, the field, the value and what would be right."""
    found = problems(**change)
    assert [("error", 7, field)] == [(problem.severity, problem.line, problem.field) for problem in found]
    assert said in found[0].message


def test_a_missing_key_is_found_under_the_name_it_was_given():
    """A typo in a required key is told as such."""
    [problem] = parse_line(b'{"id": "a", "audio_filpath": "a.wav"}', 7)
    told = "audio_filepath: is missing; every recording needs one. Is `audio_filpath` meant? Call it `audio_filepath`"
    assert f"manifest.jsonl:7: {told}" == str(problem)


def test_not_a_number_is_refused():
    """JSON has no NaN, and a time that is none would poison every latency."""
    parsed = parse_line(b'{"id": "a", "audio_filepath": "a.wav", "duration": NaN}', 1)
    assert ["duration"] == [problem.field for problem in parsed]


def test_everything_wrong_with_a_line_is_reported():
    """A line is corrected in one go."""
    assert ["id", "language", "tags[1]"] == [
        problem.field for problem in problems(id="?", language="xx", tags=["ok", ""])
    ]


def test_turns_may_be_numbered():
    """Names written as numbers are names."""
    segments = [{"start": 0, "end": 1, "text": "a", "turn_id": 3}]
    parsed = parse_line(json.dumps(MINIMAL | {"segments": segments, "call_id": 12}).encode(), 1)
    assert ("3", "12") == (parsed.segments[0].turn_id, parsed.call_id)


def test_channels_are_ordered_each_on_its_own():
    """Two channels of a conversation may be listed one after the other."""
    segments = [{"start": 5, "end": 6, "channel": 0}, {"start": 1, "end": 2, "channel": 1}]
    assert isinstance(parse_line(json.dumps(MINIMAL | {"segments": segments}).encode(), 1), Recording)


@pytest.mark.parametrize("tag", ["en", "en-US", "es-419", "zh-Hans-CN", "yue", "sv"])
def test_language_tags_are_accepted(tag):
    """BCP-47, with or without a region."""
    assert isinstance(parse_line(json.dumps(MINIMAL | {"language": tag}).encode(), 1), Recording)


@given(line=st.binary(max_size=80) | st.dictionaries(keys, json_values).map(lambda value: json.dumps(value).encode()))
def test_no_line_makes_the_parser_raise(line):
    """Whatever a line holds, the answer is a recording or a list of problems of that line."""
    parsed = parse_line(line, 3)
    if not isinstance(parsed, Recording):
        assert parsed
        assert {3} == {problem.line for problem in parsed}


@given(change=st.dictionaries(keys, json_values))
def test_no_value_makes_the_parser_raise(change):
    """A recording that parses has a safe id and a path inside the folder."""
    with contextlib.suppress(UnicodeEncodeError):
        parsed = parse_line(json.dumps(MINIMAL | change).encode(), 3)
        if isinstance(parsed, Recording):
            assert "/" not in parsed.id
            assert ".." not in parsed.audio_filepath.split("/")
