"""AssemblyAI's query parameters and `UpdateConfiguration`: parsing, defaults of each model family, what they mean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from harness.emulators.recognition import EndpointRules, WireFormat

Family = Literal["universal_english", "universal_multilingual", "u3", "whisper"]
Profile = Literal["unformatted", "two_step", "built_in"]

_FAMILIES: dict[str, Family] = {
    "universal-streaming-english": "universal_english",
    "universal-streaming-multilingual": "universal_multilingual",
    "whisper-rt": "whisper",
    **dict.fromkeys(
        ("u3-rt-pro", "u3-rt-pro-beta-1", "u3-pro", "universal-3-5-pro", "universal-3-6", "universal-3-6-pro"), "u3"
    ),
}
_SUBTYPES: dict[str, Literal["PCM_16", "ULAW"]] = {"pcm_s16le": "PCM_16", "pcm_mulaw": "ULAW"}
_MOST_KEYTERMS, _LONGEST_KEYTERM = 100, 50
_SERVER_PARTIAL_MS = 256  # what the service adds to `interruption_delay`
_CONTINUOUS_MS = 3000


class InvalidParameterError(ValueError):
    """A parameter the service refuses; the text goes to the client."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """A session's settings, all defaults applied; `received` is what the client sent, unknown keys included."""

    speech_model: str
    encoding: str
    sample_rate_hz: int
    format_turns: bool
    confidence_threshold: float
    min_turn_silence_ms: int
    max_turn_silence_ms: int
    vad_threshold: float
    keyterms: tuple[str, ...]
    inactivity_timeout_s: float | None
    interruption_delay_ms: int
    continuous_partials: bool
    language_detection: bool
    speaker_labels: bool
    session_heartbeat: bool
    acknowledge_silence: bool
    received: dict[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """The model's family, which decides how turns look and end."""
        return _FAMILIES[self.speech_model]

    @property
    def profile(self) -> Profile:
        """How a turn's finals are formatted."""
        if self.family != "universal_english":
            return "built_in"
        return "two_step" if self.format_turns else "unformatted"

    @property
    def wire_format(self) -> WireFormat:
        """How audio arrives."""
        return WireFormat(_SUBTYPES[self.encoding], self.sample_rate_hz)

    @property
    def rules(self) -> EndpointRules:
        """What ends a turn and how often it is shown."""
        if self.family != "u3":
            return EndpointRules(
                self.vad_threshold, self.min_turn_silence_ms, self.max_turn_silence_ms, self.confidence_threshold
            )
        return EndpointRules(
            self.vad_threshold,
            self.min_turn_silence_ms,
            self.max_turn_silence_ms,
            0.5,  # punctuation decides; the client's threshold is ignored
            first_partial_ms=self.interruption_delay_ms + _SERVER_PARTIAL_MS,
            partial_every_ms=_CONTINUOUS_MS if self.continuous_partials else None,
        )


def parse_query(query: Mapping[str, str]) -> Parameters:
    """Parameters of a session from its URL.

    Raises:
        InvalidParameterError: a value the service refuses.
    """
    model = query.get("speech_model", "universal-streaming-english")
    if model not in _FAMILIES:
        raise InvalidParameterError(
            f"Invalid Message: speech_model {model!r} is not one of {', '.join(sorted(_FAMILIES))}"
        )
    encoding = query.get("encoding", "pcm_s16le")
    if encoding not in _SUBTYPES:
        raise InvalidParameterError(
            f"Invalid Message: encoding {encoding!r} is not one of {', '.join(sorted(_SUBTYPES))}"
        )
    if "sample_rate" not in query:
        raise InvalidParameterError("Invalid Message: sample_rate is required for PCM")
    sample_rate_hz = _integer("sample_rate", query["sample_rate"])
    if sample_rate_hz <= 0:
        raise InvalidParameterError("Invalid Message: sample_rate must be a positive integer")
    u3 = _FAMILIES[model] == "u3"
    received = {key: _decoded(value) for key, value in query.items() if key != "token"}
    defaults = Parameters(
        speech_model=model,
        encoding=encoding,
        sample_rate_hz=sample_rate_hz,
        format_turns=False,
        confidence_threshold=0.4,
        min_turn_silence_ms=100 if u3 else 400,
        max_turn_silence_ms=1000 if u3 else 1280,
        vad_threshold=0.3 if u3 else 0.4,
        keyterms=(),
        inactivity_timeout_s=None,
        interruption_delay_ms=500,
        continuous_partials=not _boolean("speaker_labels", received.get("speaker_labels", False)),
        language_detection=False,
        speaker_labels=False,
        session_heartbeat=False,
        acknowledge_silence=False,
    )
    return replace(_changed(defaults, received), received=received)


def update(parameters: Parameters, message: Mapping[str, Any]) -> Parameters:
    """The parameters after an `UpdateConfiguration`; absent fields keep their value, unknown ones are recorded.

    Raises:
        InvalidParameterError: a value the service refuses.
    """
    changes = {key: value for key, value in message.items() if key != "type" and value is not None}
    return replace(_changed(parameters, changes), received={**parameters.received, **changes})


def _changed(parameters: Parameters, values: Mapping[str, Any]) -> Parameters:
    changes: dict[str, Any] = {}
    if "min_end_of_turn_silence_when_confident" in values:
        values = {"min_turn_silence": values["min_end_of_turn_silence_when_confident"], **values}
    for name, attribute in _FLAGS.items():
        if name in values:
            changes[attribute] = _boolean(name, values[name])
    for name, attribute in _MILLISECONDS.items():
        if name in values:
            changes[attribute] = _integer(name, values[name])
    for name, attribute in _RATIOS.items():
        if name in values:
            changes[attribute] = _ratio(name, values[name])
    if "inactivity_timeout" in values:
        changes["inactivity_timeout_s"] = float(_integer("inactivity_timeout", values["inactivity_timeout"]))
    if "keyterms_prompt" in values:
        changes["keyterms"] = _keyterms(values["keyterms_prompt"])
    return replace(parameters, **changes)


_FLAGS = {
    name: name
    for name in (
        "format_turns",
        "continuous_partials",
        "language_detection",
        "speaker_labels",
        "session_heartbeat",
        "acknowledge_silence",
    )
}
_MILLISECONDS = {
    "min_turn_silence": "min_turn_silence_ms",
    "max_turn_silence": "max_turn_silence_ms",
    "interruption_delay": "interruption_delay_ms",
}
_RATIOS = {"end_of_turn_confidence_threshold": "confidence_threshold", "vad_threshold": "vad_threshold"}


def _decoded(value: str) -> Any:
    """Lists and objects come as JSON in the query; everything else is left as text."""
    if not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _boolean(name: str, value: Any) -> bool:
    word = str(value).lower()  # Python's client sends True, others true
    if word not in {"true", "false"}:
        raise InvalidParameterError(f"Invalid Message: {name} must be true or false, not {value!r}")
    return word == "true"


def _integer(name: str, value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise InvalidParameterError(f"Invalid Message: {name} must be an integer, not {value!r}") from None
    if number < 0:
        raise InvalidParameterError(f"Invalid Message: {name} must not be negative, not {value!r}")
    return number


def _ratio(name: str, value: Any) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise InvalidParameterError(f"Invalid Message: {name} must be a number from 0 to 1, not {value!r}")
    return number


def _keyterms(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(term, str) for term in value):
        raise InvalidParameterError("Invalid Message: keyterms_prompt must be a list of strings")
    if len(value) > _MOST_KEYTERMS:
        raise InvalidParameterError(
            f"Invalid Message: keyterms_prompt has {len(value)} terms, at most {_MOST_KEYTERMS} are allowed"
        )
    return tuple(term for term in value if len(term) <= _LONGEST_KEYTERM)
