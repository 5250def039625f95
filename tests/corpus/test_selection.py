import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_corpus import write_manifest, write_wav

from harness.corpus.manifest import load_corpus
from harness.corpus.selection import Condition, Selection, parse_selection
from harness.errors import ConfigError, CorpusError, UsageError


@pytest.fixture
def corpus(tmp_path):
    """Three clips that differ in everything a selection can name."""
    segments = [{"start": 0, "end": 1, "text": "a", "speaker": "bob"}, {"start": 1, "end": 2, "text": "b"}]
    return write_manifest(
        tmp_path,
        {"id": "one", "tags": ["noisy", "band=wide"], "language": "es-MX", "call_id": "c1", "speaker": "ann"},
        {"id": "two", "tags": ["noisy", "band=narrow"], "language": "es", "segments": segments},
        {"id": "three", "tags": ["clean"], "language": "en"},
    )


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        (None, ["one", "two", "three"]),
        ("noisy", ["one", "two"]),
        ("tag=noisy", ["one", "two"]),
        ("tag=noisy,lang=es", ["one", "two"]),
        ("lang=es-mx", ["one"]),
        (" tag = noisy , id = two ", ["two"]),
        ("call=c1", ["one"]),
        ("call=three", ["three"]),
        ("speaker=ann", ["one"]),
        ("speaker=bob", ["two"]),
        ("band=narrow", ["two"]),
        ("tag=band=narrow", ["two"]),
    ],
)
def test_conditions_must_all_hold(corpus, select, expected):
    """A comma means "and"; a bare word is a tag, and so is a key that only tags have."""
    assert expected == [clip.clip_id for clip in load_corpus(corpus, select=select).clips]


@pytest.mark.parametrize(
    ("select", "meant"), [("lng=es", "lang"), ("speeker=ann", "speaker"), ("bnd=wide", "band"), ("language=es", "lang")]
)
def test_an_unknown_key_is_refused_with_the_nearest(corpus, select, meant):
    """Keys of the corpus's own tags count as known."""
    with pytest.raises(ConfigError, match=f"allowed are tag, lang, speaker, call, id, band. Did you mean '{meant}'"):
        load_corpus(corpus, select=select)


@pytest.mark.parametrize("select", ["", "tag=", "=x", "noisy,", ",", "a,,b"])
def test_an_incomplete_condition_is_refused(select):
    """Empty parts are typing errors, not "everything"."""
    with pytest.raises(ConfigError, match="incomplete"):
        parse_selection(select)


def test_a_selection_that_matches_nothing_is_refused(corpus):
    """An empty run would look like a good one."""
    with pytest.raises(CorpusError, match="none of its 3 recordings matches --select 'tag=quiet'"):
        load_corpus(corpus, select="tag=quiet")


def test_channels_are_selected_by_their_own_id(tmp_path):
    """`id=two.ch1` is one channel, `id=two` is both."""
    write_wav(tmp_path / "two.wav", channels=2)
    write_manifest(tmp_path, {"id": "two", "audio_filepath": "two.wav"})
    selected = {
        select: [clip.clip_id for clip in load_corpus(tmp_path, select=select).clips]
        for select in ("id=two", "id=two.ch1")
    }
    assert {"id=two": ["two.ch0", "two.ch1"], "id=two.ch1": ["two.ch1"]} == selected


def test_the_grammar_gives_conditions():
    """What is written is what is asked for."""
    expected = Selection((Condition("tag", "noisy"), Condition("lang", "es"), Condition("tag", "a=b", "a")))
    assert expected == parse_selection("noisy,lang=es,a=b")


@given(st.text(max_size=30))
def test_no_text_makes_the_grammar_raise_anything_else(text):
    """Whatever is typed, the answer is a selection or a usage error."""
    try:
        selection = parse_selection(text)
    except UsageError:
        return
    assert selection.conditions
