"""What the emulators shall say and which faults they shall have, as a file (TOML or JSON).

    seed = 7                       # of jitter and ids; same seed, same audio: same messages
    [[session]]                    # the first that matches a session applies; a session that none matches is silent
    match = {provider = "gladia", ordinal = 2}   # both optional; ordinal counts a provider's sessions from 1
    partial_delay_ms = 120         # wall time from the audio instant of a partial to its emission; default 0
    final_delay_ms = 300           # the same from `end_s` to the final; default 0
    jitter_ms = 40                 # each delay gets a seeded extra of 0 to so much; order is kept; default 0
    endpointing = true             # segments are stretches of speech: those nearer to each other than the silence that ends a turn
                                   # with the client's parameters are one, and its final comes that much later; default false
    open = {status = 503, times = 1, delay_s = 0.5}   # the upgrade (AssemblyAI), the POST (Gladia): see `Opening`
    upgrade = {close_code = 1011, times = 3}          # each upgrade: see `Upgrading`
    [[session.segment]]
    text = "Call me back."
    start_s = 0.5
    end_s = 1.7
    channel = 0                    # default 0
    language = "es"                # what the speaker speaks; default: the engine can't tell
    speaker = "B"                  # who speaks; default: the engine can't tell
    partials = [{at_s = 1.0, text = "Call"}, {at_s = 1.4, text = "Call my", pause = true}]   # `pause`: the speaker paused
                                   # without ending the turn; default of `partials`: one more word at each word's end
    [[session.fault]]              # with either engine: see `Fault`
    at_s = 3.0                     # audio time at which it happens
    kind = "drop"
    [assemblyai]                   # switches of the services: see `options`
    begin_delay_s = 0.2
    [gladia]
    ack_every = 3

Unknown keys are refused: a fault that is spelled wrong would be a test that passes for no reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from harness.documents import parse_json, parse_toml
from harness.emulators.document import build, changed
from harness.emulators.faults import Fault, Opening, Upgrading
from harness.emulators.options import AssemblyAIOptions, EmulatorOptions, GladiaOptions
from harness.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Match:
    """Which sessions a script applies to; None matches any."""

    provider: Literal["assemblyai", "gladia"] | None = None
    ordinal: int | None = None


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
class SessionScript:
    """What one session hears and suffers."""

    match: Match = field(default_factory=Match)
    partial_delay_ms: float = 0.0
    final_delay_ms: float = 0.0
    jitter_ms: float = 0.0
    endpointing: bool = False
    open: Opening | None = None
    upgrade: Upgrading | None = None
    segment: tuple[ScriptedSegment, ...] = ()
    fault: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario; `seed` None means ids that differ from run to run. The services' switches may stand in it too."""

    seed: int | None = None
    session: tuple[SessionScript, ...] = ()
    assemblyai: AssemblyAIOptions = field(default_factory=AssemblyAIOptions)
    gladia: GladiaOptions = field(default_factory=GladiaOptions)

    def script(self, provider: str, ordinal: int) -> SessionScript:
        """The script of a provider's `ordinal`-th session, from 1."""
        for script in self.session:
            if script.match.provider in {None, provider} and script.match.ordinal in {None, ordinal}:
                return script
        return SessionScript()


def load_scenario(path: Path | None, settings: Iterable[str] = (), options: EmulatorOptions | None = None) -> Scenario:
    """Read a scenario file.

    Args:
        path: TOML, or JSON if it ends so; None for an empty scenario.
        settings: Switches as `gladia.ack_every=3`, which go before those of the file.
        options: Whose switches hold where neither says anything.

    Raises:
        ConfigError: it can't be read or says something impossible; the message names the key.
    """
    document = _read(path) if path else {}
    where = str(path) if path else "--set"
    switches: dict[str, dict[str, Any]] = {}
    for name in ("assemblyai", "gladia"):
        switches[name] = document.pop(name, {}) if isinstance(document, dict) else {}
    base = options or EmulatorOptions()
    scenario = replace(
        build(Scenario, document, where),
        assemblyai=changed(base.assemblyai, switches["assemblyai"], f"{where}: assemblyai"),
        gladia=changed(base.gladia, switches["gladia"], f"{where}: gladia"),
    )
    for setting in settings:
        scenario = _set(scenario, setting)
    for index, script in enumerate(scenario.session):
        check(script, f"{where}: session[{index}]")
    return scenario


def check(script: SessionScript, where: str) -> None:
    """Raise ConfigError for what a script can't mean."""
    for number, segment in enumerate(script.segment):
        if not 0 <= segment.start_s < segment.end_s:
            raise ConfigError(
                f"{where}.segment[{number}] runs from start_s = {segment.start_s} to "
                f"end_s = {segment.end_s}; it must start at 0 or later and end after its start."
            )


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return parse_json(text) if path.suffix == ".json" else parse_toml(text)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: the scenario can't be read: {error}.") from error


def _set(scenario: Scenario, setting: str) -> Scenario:
    """One `service.switch=value`; the value is written as in TOML, text also without quotes."""
    name, equals, text = setting.partition("=")
    service, _, switch = name.strip().partition(".")
    if not equals or not switch or service not in {"assemblyai", "gladia"}:
        raise ConfigError(
            f"--set {setting}: expected assemblyai.SWITCH=VALUE or gladia.SWITCH=VALUE, as gladia.ack_every=3; "
            "docs/emulators.md lists the switches."
        )
    try:
        value = parse_toml(f"value = {text}")["value"]
    except ValueError:
        value = text.strip()
    return replace(scenario, **{service: changed(getattr(scenario, service), {switch: value}, f"--set {setting}")})
