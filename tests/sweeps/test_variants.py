"""What `--sweep` is read as."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.sweeps.variants import (
    MOST_VARIANTS,
    Axis,
    Variant,
    axis_of,
    parse_axis,
    variants_of,
    with_setting,
    written,
)

SCALARS = st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2)
)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("endpointing=0.05,0.2,0.8", "endpointing", (0.05, 0.2, 0.8)),
        ("realtime_processing.custom_vocabulary = true, false", "realtime_processing.custom_vocabulary", (True, False)),
        ("variant=latency,segmentation", "variant", ("latency", "segmentation")),
        ('language_config.languages=["en"],["en", "fr"]', "language_config.languages", (["en"], ["en", "fr"])),
        ("""a={b = "x,y"},{"b": 1},'z,'""", "a", ({"b": "x,y"}, {"b": 1}, "z,")),
        ('model="0.2",solaria-1', "model", ("0.2", "solaria-1")),
    ],
)
def test_values_are_toml_json_or_words(text: str, name: str, values: tuple):
    """Commas within brackets and quotes separate nothing."""
    assert Axis(name, values) == parse_axis(text)


@given(st.lists(VALUES, min_size=1, max_size=3, unique_by=written))
def test_what_is_written_is_read_as_it_was(values: list):
    """Of any JSON values."""
    read = parse_axis(f"name={','.join(map(written, values))}")

    assert json.dumps(values) == json.dumps(list(read.values))


@given(st.text())
def test_any_text_is_read_or_refused_in_a_sentence(text: str):
    """Nothing else is raised, and what is read can name folders."""
    with suppress(ConfigError):
        names = [variant.run_id("run") for variant in variants_of([parse_axis(f"a={text}")])]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"run-a-[\w.+-]{1,94}", name, re.ASCII) for name in names)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("endpointing", "it must be NAME=VALUE"),
        ("=0.2", "it must be NAME=VALUE"),
        ("a..b=1", "it must be NAME=VALUE"),
        ("a=", "has no value"),
        ("a=1,,2", "'' is no value"),
        ("a=0.2 0.3", "'0.2 0.3' is no value"),
        ("a=1,2,1", "has the value 1 twice"),
        ("a=1,1.0", "has the value 1.0 twice"),
        ('a="\\ud800",1', "is no value"),
        ("a=" + "[" * 5000, "[…' is no value"),
        ("a=" + "9" * 5000 + ",1", "9…' is no value"),
    ],
)
def test_what_is_no_axis_is_refused(text: str, said: str):
    """The message names what was given."""
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_axis(text)


def test_several_axes_are_combined():
    """The last varies fastest; folders are named by all of them."""
    variants = variants_of([Axis("a.b", (True, False)), Axis("c", (1, 2))])

    assert ["a.b=true, c=1", "a.b=true, c=2", "a.b=false, c=1", "a.b=false, c=2"] == [each.label for each in variants]
    assert "run-a.b-true-c-1" == variants[0].run_id("run")


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ([Axis("a", (1,))], "makes 1 variants; 2 to 16 can be compared. Name more values"),
        ([Axis("a", (1, 2, 3, 4, 5)), Axis("b", (1, 2, 3, 4))], "5 x 4 = 20 variants"),
        ([Axis("a", (1, 2)), Axis("a", (3, 4))], "a and a, which set the same"),
        ([Axis("a.b", (1, 2)), Axis("a", ({},))], "a.b and a, which set the same"),
    ],
)
def test_combinations_that_make_no_sweep_are_refused(axes: list[Axis], said: str):
    """Too few, too many, or of one parameter twice."""
    with pytest.raises(ConfigError, match=re.escape(said)):
        variants_of(axes)
    assert MOST_VARIANTS == 16


def test_what_no_folder_may_be_called_becomes_a_hash():
    """Different values stay different, however long."""
    names = {
        Variant((("a", value),)).run_id("run").lower() for value in ("x/y", "x y", "x" * 200, "x" * 201, '"', "X", "x")
    }

    assert 7 == len(names), "they differ in more than capitals, which some file systems do not tell apart"
    assert all(re.fullmatch(r"[\w.-]{1,100}", name) for name in names)


def test_a_dotted_name_is_set_inside_its_tables():
    """What stands beside it stays, and what was given is not changed."""
    given_params = {"a": {"b": 1}, "c": 2}

    assert {"a": {"b": 1, "d": {"e": 3}}, "c": 2} == with_setting(given_params, "a.d.e", 3)
    assert {"a": {"b": 1}, "c": 2} == given_params
    with pytest.raises(ConfigError, match=r"params\.c is 2, not a table"):
        with_setting(given_params, "c.d", 1)


def test_equal_values_of_an_axis_are_refused():
    """From Python too."""
    with pytest.raises(ConfigError, match=r"the value 0\.2 twice"):
        axis_of("a", [0.2, 0.2])
