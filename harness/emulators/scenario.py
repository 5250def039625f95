"""What the emulators shall say and which faults they shall have, as a file (TOML or JSON).

    seed = 7                       # of jitter and ids; same seed, same audio: same messages
    [[session]]                    # the first that matches a session applies; a session that none matches is silent
    match = {provider = "gladia", ordinal = 2}   # both optional; ordinal counts a provider's sessions from 1
    partial_delay_ms = 120         # wall time from the audio instant of a partial to its emission; default 0
    final_delay_ms = 300           # the same from `end_s` to the final; default 0
    jitter_ms = 40                 # each delay gets a seeded extra of 0 to so much; order is kept; default 0
    open = {status = 503, times = 1, delay_s = 0.5}   # refuse that many attempts with that status, or only delay (status 0)
    [[session.segment]]
    text = "Call me back."
    start_s = 0.5
    end_s = 1.7
    channel = 0                    # default 0
    language = "es"                # what the speaker speaks; default: the engine can't tell
    speaker = "B"                  # who speaks; default: the engine can't tell
    partials = [{at_s = 1.0, text = "Call"}, {at_s = 1.4, text = "Call my", pause = true}]   # `pause`: the speaker paused
                                   # without ending the turn; default of `partials`: one more word at each word's end
    [[session.fault]]              # with either engine
    at_s = 3.0                     # audio time at which it happens
    kind = "drop"                  # drop: TCP reset; close: with `code` and `reason`; stall: nothing is sent for `for_s`

Unknown keys are refused: a fault that is spelled wrong would be a test that passes for no reason.
"""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from harness.errors import ConfigError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Match:
    """Which sessions a script applies to; None matches any."""

    provider: Literal["assemblyai", "gladia"] | None = None
    ordinal: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What happens to the first `times` attempts to open a session: refused with `status` unless 0, after `delay_s`."""

    status: int = 0
    times: int = 1
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ScriptedPartial:
    """The whole segment as shown at audio time `at_s`; `pause` if the speaker paused there without ending the turn."""

    at_s: float
    text: str
    pause: bool = False


@dataclass(frozen=True, slots=True)
class ScriptedSegment:
    """One utterance; `partials` None means word by word."""

    text: str
    start_s: float
    end_s: float
    channel: int = 0
    partials: tuple[ScriptedPartial, ...] | None = None
    language: str | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something going wrong at audio time `at_s`."""

    at_s: float
    kind: Literal["drop", "close", "stall"]
    code: int = 1011
    reason: str = ""
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionScript:
    """What one session hears and suffers."""

    match: Match = field(default_factory=Match)
    partial_delay_ms: float = 0.0
    final_delay_ms: float = 0.0
    jitter_ms: float = 0.0
    open: Opening | None = None
    segment: tuple[ScriptedSegment, ...] = ()
    fault: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario; `seed` None means ids that differ from run to run."""

    seed: int | None = None
    session: tuple[SessionScript, ...] = ()

    def script(self, provider: str, ordinal: int) -> SessionScript:
        """The script of a provider's `ordinal`-th session, from 1."""
        for script in self.session:
            if script.match.provider in {None, provider} and script.match.ordinal in {None, ordinal}:
                return script
        return SessionScript()


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ConfigError: it can't be read or says something impossible; the message names the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError(f"{path}: the scenario can't be read: {error}.") from error
    scenario = _build(Scenario, document, str(path))
    for index, script in enumerate(scenario.session):
        for number, segment in enumerate(script.segment):
            if not 0 <= segment.start_s < segment.end_s:
                raise ConfigError(
                    f"{path}: session[{index}].segment[{number}] runs from start_s = {segment.start_s} to "
                    f"end_s = {segment.end_s}; it must start at 0 or later and end after its start."
                )
    return scenario


def _build(kind: type[_T], document: Any, where: str) -> _T:
    if not isinstance(document, dict):
        raise ConfigError(f"{where}: expected a table of {kind.__name__}, found {document!r}.")
    hints = get_type_hints(kind)
    unknown = sorted(set(document) - set(hints))
    if unknown:
        raise ConfigError(f"{where}: unknown key {unknown[0]!r}; allowed are {', '.join(sorted(hints))}.")
    values = {name: _value(hints[name], value, f"{where}: {name}") for name, value in document.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f"{where}: a key is missing: {error}.") from error


def _value(hint: Any, value: Any, where: str) -> Any:
    choices = [choice for choice in get_args(hint) if choice is not type(None)]
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise ConfigError(f"{where} is {value!r}; allowed are {', '.join(map(repr, get_args(hint)))}.")
        return value
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where} is {value!r}; expected a list.")
        return tuple(_build(choices[0], entry, f"{where}[{index}]") for index, entry in enumerate(value))
    if choices:  # X | None
        return _value(choices[0], value, where)
    if hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value, where)
    accepted: tuple[type, ...] = (int, float) if hint is float else (hint,)
    if not isinstance(value, accepted) or isinstance(value, bool) != (hint is bool):
        raise ConfigError(f"{where} is {value!r}; expected {hint.__name__}.")
    return hint(value)
