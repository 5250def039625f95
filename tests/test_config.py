from pathlib import Path

import pytest

from harness.config import Config, is_loopback, load_config, override
from harness.errors import ConfigError

SHOWN = {"speech_model": "universal-streaming-english", "format_turns": True}


def config_file(folder: Path, text: str) -> Path:
    path = folder / "harness.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path):
    """An empty folder gives the built-in configuration."""
    loaded = load_config(folder=tmp_path)

    assert loaded.config == Config()
    assert loaded.source == "built-in defaults"
    assert loaded.corpus_path == tmp_path / "corpora/demo"


def test_harness_toml_wins_over_pyproject(tmp_path: Path):
    """The more specific file is read."""
    config_file(tmp_path, "[replay]\npairs = 3\n")
    (tmp_path / "pyproject.toml").write_text("[tool.harness.replay]\npairs = 5\n")

    assert load_config(folder=tmp_path).config.replay.pairs == 3


def test_pyproject_is_read_where_there_is_no_harness_toml(tmp_path: Path):
    """A project may keep its settings in pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text("[tool.harness.replay]\npairs = 5\n")

    assert load_config(folder=tmp_path).config.replay.pairs == 5


def test_a_pyproject_without_settings_is_ignored(tmp_path: Path):
    """Somebody else's pyproject.toml does not disturb."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    assert load_config(folder=tmp_path).source == "built-in defaults"


def test_a_typo_is_answered_with_the_nearest_key(tmp_path: Path):
    """An unknown key names the file, the key and the nearest spelling."""
    path = config_file(tmp_path, "[audio]\nchunk_millis = 100\n")

    with pytest.raises(ConfigError) as caught:
        load_config(path)

    assert str(caught.value) == f"{path}: audio.chunk_millis is no known key. Did you mean chunk_ms?"


def test_every_problem_is_named_at_once(tmp_path: Path):
    """Two mistakes are two lines, so that one run of the program is enough to learn of both."""
    path = config_file(tmp_path, "[audio]\nchunk_ms = 20\n[replay]\npairs = 'two'\n")

    with pytest.raises(ConfigError) as caught:
        load_config(path)

    assert str(caught.value).splitlines() == [
        f"{path}: audio.chunk_ms is 20, but should be from 50 to 1,000.",
        f"{path}: replay.pairs is 'two', but should be a whole number.",
    ]


def test_the_quota_of_an_unknown_provider_is_refused(tmp_path: Path):
    """A typo in its name would leave the real quota unguarded."""
    path = config_file(tmp_path, "[limits.gladja]\nconcurrent_sessions = 1\n")

    with pytest.raises(
        ConfigError, match=r"limits\.gladja is the quota of no provider of this run\. Did you mean gladia"
    ):
        load_config(path)


def test_a_quota_that_is_left_out_keeps_its_built_in_value(tmp_path: Path):
    """One key of one provider is changed; all others, and the other provider, stay guarded."""
    limits = load_config(config_file(tmp_path, "[limits.assemblyai]\nnew_sessions_per_minute = 5\n")).config.limits

    assert (5, True, 180.0) == (
        limits["assemblyai"].new_sessions_per_minute, limits["assemblyai"].growth, limits["assemblyai"].session_minutes,
    )  # fmt: skip
    assert (30, False, None) == (
        limits["gladia"].concurrent_sessions, limits["gladia"].growth, limits["gladia"].session_minutes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "baseline", "candidate"),
    [
        ("[candidate]\nhost = 'h'\n[baseline]\nhost = 'h'", ("assemblyai", SHOWN), ("gladia", "translate")),
        ("[candidate]\nparams = { model = 'm' }", ("assemblyai", SHOWN), ("gladia", {"model": "m"})),
        ("[baseline]\nparams = { inactivity_timeout = 9 }", ("assemblyai", {"inactivity_timeout": 9}), ("gladia", "translate")),
        ("[candidate]\nprovider = 'gladia'", ("assemblyai", SHOWN), ("gladia", "translate")),
        ("[candidate]\nprovider = 'assemblyai'", ("assemblyai", SHOWN), ("assemblyai", {})),
        ("[baseline]\nprovider = 'gladia'\n[candidate]\nhost = 'h'", ("gladia", {}), ("gladia", {})),
    ],
)  # fmt: skip
def test_what_a_side_leaves_out_keeps_its_default(tmp_path: Path, text: str, baseline: object, candidate: object):
    """Parameters are those of the provider shown; another one begins with none, and nothing else is translated."""
    config = load_config(config_file(tmp_path, text)).config

    assert (baseline, candidate) == tuple((side.provider, side.params) for side in (config.baseline, config.candidate))


def test_a_limit_that_shrinks_before_it_stops_growing_is_refused(tmp_path: Path):
    """Nothing between the two would be left unchanged."""
    path = config_file(tmp_path, "[limits.assemblyai]\nshrinks_below = 0.8\n")

    with pytest.raises(ConfigError, match=r"shrinks_below \(0\.8\) must not exceed grows_above \(0\.7\)"):
        load_config(path)


@pytest.mark.parametrize("date", ["2026-11-01", '"2026-11-01"'])
def test_a_price_has_a_date(tmp_path: Path, date: str):
    """As TOML's own date or as text; it is kept as text, which is what a run's JSON holds."""
    path = config_file(tmp_path, f"[prices.gladia]\nusd_per_hour = 0.25\nas_of = {date}\n")
    config = load_config(path).config

    assert config.prices["gladia"].as_of == "2026-11-01"
    assert Config.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("usd_per_hour = 1", r"prices\.gladia\.as_of"),
        (
            "usd_per_hour = 1\nas_of = '2026-13-01'",
            r"prices\.gladia\.as_of is '2026-13-01', but must be a date such as",
        ),
        ("usd_per_hour = 1\nas_of = 2026", r"prices\.gladia\.as_of is 2026, but should be text"),
        ("usd_per_hour = -1\nas_of = 2026-01-01", r"prices\.gladia\.usd_per_hour is -1, but"),
        (
            "usd_per_hours = 1\nas_of = 2026-01-01",
            r"prices\.gladia\.usd_per_hours is no known key\. Did you mean usd_per_hour",
        ),
    ],
)
def test_a_wrong_price_names_file_key_and_value(tmp_path: Path, text: str, message: str):
    """As every other setting does."""
    with pytest.raises(ConfigError, match=message):
        load_config(config_file(tmp_path, f"[prices.gladia]\n{text}\n"))


def test_the_price_of_an_unknown_provider_is_refused(tmp_path: Path):
    """It would be used for nothing."""
    path = config_file(tmp_path, "[prices.gladja]\nusd_per_hour = 1\nas_of = 2026-01-01\n")

    with pytest.raises(
        ConfigError, match=r"prices\.gladja is the price of no provider of this run\. Did you mean gladia"
    ):
        load_config(path)


def test_numbers_as_text_are_refused(tmp_path: Path):
    """What looks like a number in quotes is a mistake that would come back elsewhere."""
    with pytest.raises(ConfigError, match=r"replay\.pairs is '2', but should be a whole number"):
        load_config(config_file(tmp_path, "[replay]\npairs = '2'\n"))


def test_parameters_are_a_table_or_translated(tmp_path: Path):
    """The message says both ways, whatever was given."""
    with pytest.raises(ConfigError) as caught:
        load_config(config_file(tmp_path, "[candidate]\nprovider = 'gladia'\nparams = 3\n"))

    assert 'must be a table of parameters, or "translate"' in str(caught.value)


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool]\nharness = 3\n"])
def test_a_strange_pyproject_is_no_crash(tmp_path: Path, text: str):
    """Somebody else's file may hold anything; ours has to be a table."""
    (tmp_path / "pyproject.toml").write_text(text)

    if "harness" in text:
        with pytest.raises(ConfigError):
            load_config(folder=tmp_path)
    else:
        assert load_config(folder=tmp_path).source == "built-in defaults"


def test_only_a_translation_has_variants(tmp_path: Path):
    """The default is latency; parameters of one's own have no other form."""
    translated = "[candidate]\nprovider = 'gladia'\nparams = 'translate'\nvariant = 'segmentation'\n"
    assert "segmentation" == load_config(config_file(tmp_path, translated)).config.candidate.variant

    with pytest.raises(ConfigError, match=r"candidate\.variant is 'latency', but candidate\.params is a table"):
        load_config(config_file(tmp_path, "[candidate]\nparams = {}\nvariant = 'latency'\n"))
    with pytest.raises(ConfigError, match=r"candidate\.variant is 'both', but should be 'latency' or 'segmentation'"):
        load_config(config_file(tmp_path, translated.replace("segmentation", "both")))


def test_only_the_candidate_is_translated(tmp_path: Path):
    """There is nothing the baseline's parameters could be translated from."""
    path = config_file(tmp_path, "[baseline]\nprovider = 'assemblyai'\nparams = 'translate'\n")

    with pytest.raises(ConfigError, match="only the candidate can be translated"):
        load_config(path)


def test_broken_toml_names_the_place(tmp_path: Path):
    """A syntax error is one message with file, line and column."""
    path = config_file(tmp_path, "[audio\n")

    with pytest.raises(ConfigError, match=r"harness\.toml: not readable as TOML: .*line 1"):
        load_config(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path):
    """A file that the user named has to exist."""
    with pytest.raises(ConfigError, match="there is no such file"):
        load_config(tmp_path / "absent.toml")


def test_flags_override_the_file(tmp_path: Path):
    """A flag that was given wins; one that was not changes nothing."""
    loaded = load_config(config_file(tmp_path, "[replay]\npairs = 3\npasses = 2\n"))

    changed = override(loaded, {"replay.pairs": 7, "replay.passes": None}).config

    assert (changed.replay.pairs, changed.replay.passes) == (7, 2)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("ws://127.0.0.1:1", True),
        ("http://localhost:80", True),
        ("http://[::1]:80", True),
        ("https://api.gladia.io", False),
        ("wss://127.0.0.1.example.com", False),
        ("wss://localhost.example.com", False),
    ],
)
def test_loopback_is_told_by_the_host_name_alone(host: str, expected: bool):
    """A name that only starts like a loopback address is no loopback."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[replay]\ndeadline_min = inf\n", r"replay\.deadline_min is inf, but should be a finite number"),
        (
            "[replay]\ndeadline_min = 1e300\n",
            r"replay\.deadline_min is 1e\+300, but should be more than 0, up to 1,000,000",
        ),
        ("[limits.gladia]\nsession_minutes = inf\n", r"limits\.gladia\.session_minutes is inf, but"),
        ("[prices.gladia]\nusd_per_hour = inf\nas_of = 2026-01-01\n", r"prices\.gladia\.usd_per_hour is inf, but"),
        ("[score]\ncollar_s = -1\n", r"score\.collar_s is -1, but should be from 0 to 86,400"),
        (
            "[limits.gladia]\nconcurrent_sessions = 0\n",
            r"limits\.gladia\.concurrent_sessions is 0, but should be 1 or more\.",
        ),
        ("[prices.gladia]\nusd_per_hour = 1\n", r"prices\.gladia\.as_of is missing\. Add it\."),
    ],
)
def test_a_number_without_end_and_a_missing_key_are_named(tmp_path: Path, text: str, message: str):
    """TOML has `inf`; no timer waits that long, no price is that high."""
    with pytest.raises(ConfigError, match=message):
        load_config(config_file(tmp_path, text))


def test_rewrites_and_keywords_are_kept_in_order(tmp_path: Path):
    """What becomes the same before words are compared, and what is looked for."""
    text = '[score]\nrewrites = [["(?i)wi-fi", "wifi"], ["a", "b"]]\nkeywords = ["New York"]\n'
    score = load_config(config_file(tmp_path, text)).config.score

    assert ([["(?i)wi-fi", "wifi"], ["a", "b"]], ["New York"]) == (score.rewrites, score.keywords)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'rewrites = [["a", "b"], ["(", "x"]]',
            r"score\.rewrites\.1 is \['\(', 'x'\], but that is no regular expression",
        ),
        ('rewrites = [["a", "\\\\1"]]', r"score\.rewrites\.0 is .* with a replacement that fits"),
        ('rewrites = [["a"]]', r"score\.rewrites\.0 is \['a'\], but .*at least 2 items"),
        ('keywords = ["!"]', r"score\.keywords\.0 is '!', but it must hold a letter or a digit"),
    ],
)
def test_rewrites_and_keywords_that_cannot_work_are_refused(tmp_path: Path, text: str, message: str):
    """Before anything is streamed, naming the one."""
    with pytest.raises(ConfigError, match=message):
        load_config(config_file(tmp_path, f"[score]\n{text}\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("baseline = 3\n", "baseline is 3, but should be a table of settings"),
        ("limits = 3\n", "limits is 3, but should be a table of settings"),
        ("limits = {gladia = 3}\n", r"limits\.gladia is 3, but should be a table of settings"),
        ('[corpus]\npath = "a\\u0000b"\n', r"corpus\.path holds a zero byte\. Name a folder"),
    ],
)
def test_what_completes_the_settings_is_no_crash(tmp_path: Path, text: str, message: str):
    """Defaults are filled in around whatever somebody wrote; it is told as any other wrong value."""
    with pytest.raises(ConfigError, match=message):
        load_config(config_file(tmp_path, text))
