"""AssemblyAI's query parameters and `UpdateConfiguration`: parsing, defaults of each model family, what they mean."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from harness.emulators.callbacks import is_callback_url
from harness.emulators.recognition import EndpointRules, WireFormat
from harness.emulators.wire_json import parse, shown

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
_UNDECODED = ("opus", "ogg_opus", "aac")  # known to the service
_MODES = ("min_latency", "balanced", "max_accuracy")
_U3_SILENCES_MS, _UNIVERSAL_SILENCES_MS = (100, 1000), (400, 1280)
SECRETS = frozenset({"token", "webhook_auth_header_value"})  # parameters that the ledger doesn't tell
_SAMPLE_RATES_HZ = (1000, 384_000)  # beyond these it is a mistake, whatever the service makes of it
_REVISION_MS = (120_000, 300_000)
_MOST_KEYTERMS, _LONGEST_KEYTERM = 100, 50
_MOST = 2**63
_SERVER_PARTIAL_MS = 256  # what the service adds to `interruption_delay`
_CONTINUOUS_MS = 3000


class InvalidParameterError(ValueError):
    """A parameter the service refuses; the text goes to the client."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a session's turns are sent when it is over, with which header, and whether partial turns are among them."""

    url: str
    headers: Mapping[str, str]
    partials: bool


@dataclass(frozen=True, slots=True)
class Parameters:
    """A session's settings, all defaults applied; `received` is what the client sent, unknown keys included, secrets not."""

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
    mode: str | None = None
    max_speakers: int | None = None
    revision_interval_ms: int | None = None
    webhook: Webhook | None = None
    received: dict[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """The model's family, which decides how turns look and end."""
        return _FAMILIES[self.speech_model]

    def profile(self, format_turns_as: Profile = "two_step") -> Profile:
        """How a turn's finals are formatted, given what `format_turns` means on Universal English."""
        if self.family != "universal_english":
            return "built_in"
        return format_turns_as if self.format_turns else "unformatted"

    def effective(self) -> dict[str, Any]:
        """What is in force, defaults applied, as JSON."""
        settings = asdict(replace(self, received={}, webhook=None))
        del settings["received"]
        webhook = self.webhook and {"url": self.webhook.url, "partials": self.webhook.partials}
        return {**settings, "keyterms": list(self.keyterms), "family": self.family, "webhook": webhook}

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


def parse_query(query: Mapping[str, str], modes: Mapping[str, tuple[int, int]] | None = None) -> Parameters:
    """Parameters of a session from its URL.

    Args:
        query: As received.
        modes: Shortest and longest turn silence, in milliseconds, that a `mode` of U3 models means by default.

    Raises:
        InvalidParameterError: a value the service refuses.
    """
    model = query.get("speech_model", "universal-streaming-english")
    if model not in _FAMILIES:
        raise InvalidParameterError(
            f"Invalid Message: speech_model {shown(model)} is not one of {', '.join(sorted(_FAMILIES))}"
        )
    encoding = query.get("encoding", "pcm_s16le")
    if encoding in _UNDECODED:
        raise InvalidParameterError(
            f"Invalid Message: this emulator can't decode encoding {encoding}; use {' or '.join(sorted(_SUBTYPES))}"
        )
    if encoding not in _SUBTYPES:
        raise InvalidParameterError(
            f"Invalid Message: encoding {shown(encoding)} is not one of {', '.join(sorted(_SUBTYPES))}"
        )
    if "sample_rate" not in query:
        raise InvalidParameterError("Invalid Message: sample_rate is required for PCM")
    sample_rate_hz = _integer("sample_rate", query["sample_rate"])
    if not _SAMPLE_RATES_HZ[0] <= sample_rate_hz <= _SAMPLE_RATES_HZ[1]:
        raise InvalidParameterError(
            f"Invalid Message: sample_rate must be a positive integer of samples per second, not {sample_rate_hz:.6g}"
        )
    u3 = _FAMILIES[model] == "u3"
    received = {key: _decoded(value) for key, value in query.items() if key not in SECRETS}
    mode = _mode(received.get("mode", "balanced" if u3 else None), u3=u3)
    silences_ms = (modes or {}).get(mode or "", _U3_SILENCES_MS if u3 else _UNIVERSAL_SILENCES_MS)
    defaults = Parameters(
        speech_model=model,
        encoding=encoding,
        sample_rate_hz=sample_rate_hz,
        format_turns=False,
        confidence_threshold=0.4,
        min_turn_silence_ms=silences_ms[0],
        max_turn_silence_ms=silences_ms[1],
        vad_threshold=0.3 if u3 else 0.4,
        keyterms=(),
        inactivity_timeout_s=None,
        interruption_delay_ms=500,
        continuous_partials=not _boolean("speaker_labels", received.get("speaker_labels", False)),
        language_detection=False,
        speaker_labels=False,
        session_heartbeat=False,
        acknowledge_silence=False,
        mode=mode,
        webhook=_webhook(query),
    )
    return replace(_changed(defaults, received), received=received)


def update(parameters: Parameters, message: Mapping[str, Any], *, unknown: bool = True) -> Parameters:
    """The parameters after an `UpdateConfiguration`; absent fields keep their value, unknown ones are only recorded.

    Args:
        parameters: As they were.
        message: As received.
        unknown: False refuses fields that can't be changed within a session.

    Raises:
        InvalidParameterError: a value the service refuses.
    """
    changes = {key: value for key, value in message.items() if key != "type" and value is not None}
    known = {key: value for key, value in changes.items() if key in SESSION_FIELDS}
    strange = sorted(set(changes) - set(known))
    if strange and not unknown:
        raise InvalidParameterError(f"Invalid Message: {shown(strange[0])} is no field of UpdateConfiguration")
    return replace(_changed(parameters, known), received={**parameters.received, **changes})


def _changed(parameters: Parameters, values: Mapping[str, Any]) -> Parameters:
    if "min_end_of_turn_silence_when_confident" in values:
        values = {"min_turn_silence": values["min_end_of_turn_silence_when_confident"], **values}
    changes = {attribute: read(name, values[name]) for name, (attribute, read) in _READERS.items() if name in values}
    return replace(parameters, **changes)


SESSION_FIELDS = frozenset(
    {
        "end_of_turn_confidence_threshold",
        "min_end_of_turn_silence_when_confident",
        "min_turn_silence",
        "max_turn_silence",
        "vad_threshold",
        "format_turns",
        "keyterms_prompt",
        "filter_profanity",
        "prompt",
        "agent_context",
        "interruption_delay",
        "turn_left_pad_ms",
        "language_codes",
        "session_heartbeat",
        "acknowledge_silence",
    }
)


def _mode(value: Any, *, u3: bool) -> str | None:
    if value is None or (u3 and value in _MODES):
        return str(value) if value else None
    raise InvalidParameterError(
        f"Invalid Message: mode is {shown(value)}; U3 models take {', '.join(_MODES)}, others none"
    )


def _webhook(query: Mapping[str, str]) -> Webhook | None:
    url, name, value = (query.get(f"webhook_{part}", "") for part in ("url", "auth_header_name", "auth_header_value"))
    if not url:
        return None
    if not is_callback_url(url):
        raise InvalidParameterError(f"Invalid Message: webhook_url must be an http or https address, not {shown(url)}")
    if name and not re.fullmatch(r"[!#$%&'*+.^_`|~\w-]+", name, re.ASCII):
        raise InvalidParameterError(f"Invalid Message: webhook_auth_header_name can't be {shown(name)}")
    if not value.isprintable():
        raise InvalidParameterError("Invalid Message: webhook_auth_header_value must be printable")
    partials = _boolean("include_partial_turns", query.get("include_partial_turns", False))
    return Webhook(url, {name: value} if name and value else {}, partials)


def _decoded(value: str) -> Any:
    """Lists and objects come as JSON in the query; everything else is left as text."""
    if not value.startswith(("[", "{")):
        return value
    try:
        return parse(value)
    except ValueError:
        return value


def _boolean(name: str, value: Any) -> bool:
    word = str(value).lower()  # Python's client sends True, others true
    if word not in {"true", "false"}:
        raise InvalidParameterError(f"Invalid Message: {name} must be true or false, not {shown(value)}")
    return word == "true"


def _integer(name: str, value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise InvalidParameterError(f"Invalid Message: {name} must be an integer, not {shown(value)}") from None
    if not 0 <= number < _MOST:
        raise InvalidParameterError(
            f"Invalid Message: {name} must not be negative or beyond 64 bits, not {shown(value)}"
        )
    return number


def _within(least: int, most: int) -> Callable[[str, Any], int]:
    def read(name: str, value: Any) -> int:
        number = _integer(name, value)
        if not least <= number <= most:
            raise InvalidParameterError(f"Invalid Message: {name} must be from {least} to {most}")
        return number

    return read


def _revision_interval(name: str, value: Any) -> int | None:
    """Zero means only at the end; what is out of the service's range is moved into it."""
    interval_ms = _within(0, 86_400_000)(name, value)
    return min(max(interval_ms, _REVISION_MS[0]), _REVISION_MS[1]) if interval_ms else None


def _ratio(name: str, value: Any) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise InvalidParameterError(f"Invalid Message: {name} must be a number from 0 to 1, not {shown(value)}")
    return number


def _keyterms(_: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(term, str) for term in value):
        raise InvalidParameterError("Invalid Message: keyterms_prompt must be a list of strings")
    if len(value) > _MOST_KEYTERMS:
        raise InvalidParameterError(
            f"Invalid Message: keyterms_prompt has {len(value)} terms, at most {_MOST_KEYTERMS} are allowed"
        )
    return tuple(term for term in value if len(term) <= _LONGEST_KEYTERM)


_READERS: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "format_turns": ("format_turns", _boolean),
    "continuous_partials": ("continuous_partials", _boolean),
    "language_detection": ("language_detection", _boolean),
    "speaker_labels": ("speaker_labels", _boolean),
    "session_heartbeat": ("session_heartbeat", _boolean),
    "acknowledge_silence": ("acknowledge_silence", _boolean),
    "min_turn_silence": ("min_turn_silence_ms", _integer),
    "max_turn_silence": ("max_turn_silence_ms", _integer),
    "interruption_delay": ("interruption_delay_ms", _within(0, 1000)),
    "end_of_turn_confidence_threshold": ("confidence_threshold", _ratio),
    "vad_threshold": ("vad_threshold", _ratio),
    "inactivity_timeout": ("inactivity_timeout_s", _within(5, 3600)),
    "max_speakers": ("max_speakers", _within(1, 10)),
    "speaker_labels_revision_interval_ms": ("revision_interval_ms", _revision_interval),
    "keyterms_prompt": ("keyterms", _keyterms),
}
