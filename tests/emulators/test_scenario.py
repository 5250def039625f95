import json
from dataclasses import asdict
from types import UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

import pytest

from harness.emulators.faults import Fault, Opening, Upgrading
from harness.emulators.options import AssemblyAIOptions, GladiaOptions
from harness.emulators.scenario import Match, Scenario, ScriptedPartial, ScriptedSegment, load_scenario
from harness.errors import ConfigError

TOML = """
seed = 7
[[session]]
match = {provider = "gladia", ordinal = 2}
final_delay_ms = 300
open = {status = 503, times = 2}
upgrade = {close_code = 1011}
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
    assert Upgrading(close_code=1011) == script.upgrade
    assert (ScriptedSegment("Call me back.", 0.5, 1.7, 0, (ScriptedPartial(1.0, "Call"),)),) == script.segment
    assert (Fault("close", 3.0, code=4500),) == script.fault


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
        ("[[session]]\n[[session.fault]]\nat_s = 1", "kind"),
        ("[[session]]\n[[session.fault]]\nkind = 'dorp'", "dorp"),
        ("[[session]]\n[[session.fault]]\nkind = 'delay'", "delay_ms"),
        ("[[session]]\n[[session.fault]]\nkind = 'drop'\ncode = 4000", "takes no code"),
        ("[[session]]\n[[session.fault]]\nkind = 'close'\ncode = 5000", "5000"),
        ("[[session]]\n[[session.fault]]\nkind = 'lose'\nprobability = 1.5", "probability"),
        ("[[session]]\n[[session.fault]]\nkind = 'delay'\ndelay_ms = -1", "negative"),
        ("[gladia]\nack_evry = 2", "ack_evry"),
        ("[gladia]\ncap_range_s = [1]", "expected 2 values"),
        ("[gladia]\nack_every = true", "ack_every"),
        ("[assemblyai]\nreject_with = 'smoke'", "smoke"),
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


def test_every_switch_can_be_set_in_the_file_and_on_the_command_line(tmp_path):
    """Switches of the file hold, those of --set go before them, and the rest keeps its default."""
    file = written(tmp_path, "[assemblyai]\nbegin_delay_s = 2\nrate_tolerance_s = 'none'\n[gladia]\nack_every = 2")
    settings = ("gladia.ack_every=3", "gladia.second_socket=refuse", "assemblyai.strict_tail=false")
    scenario = load_scenario(file, settings)
    assert AssemblyAIOptions(begin_delay_s=2.0, rate_tolerance_s=None, strict_tail=False) == scenario.assemblyai
    assert GladiaOptions(ack_every=3, second_socket="refuse") == scenario.gladia


def some_value(hint):
    """A value of a switch's type, as a document would hold it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return arguments[-1]
    if origin in {tuple, frozenset}:
        return [some_value(each) for each in arguments if each is not ...]
    if origin in {Union, UnionType}:
        return some_value(arguments[0])
    return {bool: True, int: 7, float: 1.5, str: "text"}[hint]


@pytest.mark.parametrize("options", [AssemblyAIOptions, GladiaOptions])
def test_no_switch_is_out_of_reach(tmp_path, options):
    """Whatever a switch's type, a document can hold it."""
    service = options.__name__.removesuffix("Options").lower()
    table = {name: some_value(hint) for name, hint in get_type_hints(options).items()}
    scenario = load_scenario(written(tmp_path, json.dumps({service: table}), "s.json"))
    set_to = asdict(getattr(scenario, service))
    assert {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()} == set_to


@pytest.mark.parametrize(
    "setting", ["gladia", "gladia.ack_every", "deepgram.x=1", "gladia.none=1", "gladia.ack_every=x"]
)
def test_a_setting_that_means_nothing_is_refused(setting):
    """With the setting in the message."""
    with pytest.raises(ConfigError, match=setting.split("=", maxsplit=1)[0]):
        load_scenario(None, (setting,))
