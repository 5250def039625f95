import json

import pytest

from harness.emulators.scenario import Fault, Match, Opening, Scenario, ScriptedPartial, ScriptedSegment, load_scenario
from harness.errors import ConfigError

TOML = """
seed = 7
[[session]]
match = {provider = "gladia", ordinal = 2}
final_delay_ms = 300
open = {status = 503, times = 2}
[[session.segment]]
text = "Call me back."
start_s = 0.5
end_s = 1.7
partials = [{at_s = 1, text = "Call"}]
[[session.fault]]
at_s = 3.0
kind = "close"
code = 4500
[[session]]
"""


def written(folder, text, name="scenario.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scenario_is_read_whole(tmp_path):
    """Every key of the format arrives in its value."""
    script = load_scenario(written(tmp_path, TOML)).script("gladia", 2)
    assert (Match("gladia", 2), 300.0, Opening(503, 2)) == (script.match, script.final_delay_ms, script.open)
    assert (ScriptedSegment("Call me back.", 0.5, 1.7, 0, (ScriptedPartial(1.0, "Call"),)),) == script.segment
    assert (Fault(3.0, "close", 4500),) == script.fault


def test_the_first_match_applies():
    """A session that no entry names gets the entry that names none, or silence."""
    scenario = Scenario(None, ())
    assert scenario.script("assemblyai", 1).segment == ()


def test_json_says_the_same(tmp_path):
    """The format does not depend on the syntax."""
    document = {"session": [{"segment": [{"text": "Hi.", "start_s": 0, "end_s": 1}]}]}
    script = load_scenario(written(tmp_path, json.dumps(document), "s.json")).script("assemblyai", 1)
    assert (ScriptedSegment("Hi.", 0.0, 1.0),) == script.segment


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sede = 1", "sede"),
        ("[[session]]\nmatch = {provider = 'deepgram'}", "deepgram"),
        ("[[session]]\n[[session.fault]]\nkind = 'drop'", "at_s"),
        ("[[session]]\n[[session.fault]]\nat_s = '1'\nkind = 'drop'", "at_s"),
        ("[[session]]\n[[session.segment]]\ntext = 'a'\nstart_s = 2\nend_s = 1", "start_s"),
        ("session = 1", "session"),
        ("[[session", "can't be read"),
    ],
)
def test_mistakes_are_named(tmp_path, text, named):
    """A wrong scenario is refused with the file and the key."""
    with pytest.raises(ConfigError, match=named) as caught:
        load_scenario(written(tmp_path, text))
    assert "scenario.toml" in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    """So is one that isn't there."""
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_scenario(tmp_path / "none.toml")
