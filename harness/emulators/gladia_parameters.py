"""Gladia's session request: defaults, validation as the service words it, what it means for the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.emulators.callbacks import is_callback_url
from harness.emulators.gladia_addons import Addons, parse_addons
from harness.emulators.options import GladiaOptions
from harness.emulators.recognition import EndpointRules, WireFormat

_ENCODINGS = ("wav/pcm", "wav/alaw", "wav/ulaw")
_BIT_DEPTHS = (8, 16, 24, 32)
_SAMPLE_RATES_HZ = (8000, 16000, 32000, 44100, 48000)
_SUMMARIES = ("general", "bullet_points", "concise")
_DEFAULTS: dict[str, Any] = {
    "encoding": "wav/pcm",
    "bit_depth": 16,
    "sample_rate": 16000,
    "channels": 1,
    "model": "solaria-1",
    "endpointing": 0.05,
    "maximum_duration_without_endpointing": 5,
    "language_config": {"languages": [], "code_switching": False},
    "pre_processing": {"audio_enhancer": False, "speech_threshold": 0.6},
    "realtime_processing": {
        "custom_vocabulary": False,
        "custom_spelling": False,
        "translation": False,
        "named_entity_recognition": False,
        "sentiment_analysis": False,
    },
    "post_processing": {"summarization": False},
    "messages_config": {
        "receive_partial_transcripts": False,
        "receive_final_transcripts": True,
        "receive_speech_events": True,
        "receive_pre_processing_events": True,
        "receive_realtime_processing_events": True,
        "receive_post_processing_events": True,
        "receive_acknowledgments": True,
        "receive_errors": True,
        "receive_lifecycle_events": False,
    },
    "callback": False,
}
_CALLBACK_DEFAULTS = {
    "receive_partial_transcripts": False,
    "receive_final_transcripts": True,
    "receive_speech_events": False,
    "receive_pre_processing_events": True,
    "receive_realtime_processing_events": True,
    "receive_post_processing_events": True,
    "receive_acknowledgments": False,
    "receive_errors": False,
}
_OTHER_FIELDS = {  # documented fields without a default
    "": {"callback_config", "custom_metadata"},
    "realtime_processing": {"custom_vocabulary_config", "custom_spelling_config", "translation_config"},
    "post_processing": {"summarization_config", "chapterization"},
}
_SUBTYPES: dict[int, Literal["PCM_U8", "PCM_16", "PCM_24", "PCM_32"]] = {
    8: "PCM_U8",
    16: "PCM_16",
    24: "PCM_24",
    32: "PCM_32",
}
_DETECTOR_THRESHOLD = 0.5
_OPTIONS = GladiaOptions()


@dataclass(frozen=True, slots=True)
class GladiaParameters:
    """A session's settings, all defaults applied.

    Attributes:
        receives: By `receive_*` name, what the socket carries.
        calls_back: The same for callbacks; nothing without `callback_url`.
        body: The request as received, unknown fields included.
        effective: The request with every default filled in.
    """

    encoding: str
    bit_depth: int
    sample_rate_hz: int
    channels: int
    endpointing_s: float
    longest_utterance_s: float
    languages: tuple[str, ...]
    code_switching: bool
    speech_threshold: float
    addons: Addons
    summary: str | None
    receives: Mapping[str, bool]
    calls_back: Mapping[str, bool]
    callback_url: str | None
    body: dict[str, Any]
    effective: dict[str, Any]

    @property
    def wire_format(self) -> WireFormat:
        """How audio arrives."""
        companded: dict[str, Literal["ALAW", "ULAW"]] = {"wav/alaw": "ALAW", "wav/ulaw": "ULAW"}
        subtype = companded.get(self.encoding) or _SUBTYPES[self.bit_depth]
        return WireFormat(subtype, self.sample_rate_hz, self.channels)

    @property
    def rules(self) -> EndpointRules:
        """What ends an utterance; the two thresholds' scales differ, so the default means the detector's default."""
        default = _DEFAULTS["pre_processing"]["speech_threshold"]
        shown = "receive_partial_transcripts"
        return EndpointRules(
            vad_threshold=min(0.95, self.speech_threshold * _DETECTOR_THRESHOLD / default),
            min_silence_ms=self.endpointing_s * 1000,
            max_silence_ms=self.endpointing_s * 1000,
            max_segment_ms=self.longest_utterance_s * 1000,
            partials=self.receives[shown] or self.calls_back[shown],
        )


def parse_body(body: Any, options: GladiaOptions = _OPTIONS) -> tuple[GladiaParameters | None, list[str]]:
    """A session's settings, or the validation errors, each beginning with the field's name."""
    if not isinstance(body, dict):
        return None, ["body must be an object"]
    check = _Check(body)
    if options.unknown_fields == "reject":
        check.unknown_fields()
    encoding = check.one_of("encoding", _ENCODINGS)
    bit_depth = check.one_of("bit_depth", _BIT_DEPTHS)
    sample_rate_hz = check.one_of("sample_rate", _SAMPLE_RATES_HZ)
    check.text("model")
    channels = check.channels()
    endpointing_s = check.number("endpointing", (0.01, 10.0))
    longest_s = check.number("maximum_duration_without_endpointing", options.cap_range_s)
    speech_threshold = check.number("pre_processing.speech_threshold", (0.0, 1.0))
    languages = check.languages()
    code_switching = check.flag("language_config.code_switching")
    summarization = check.flag("post_processing.summarization")
    summary = check.summary()
    receives = {name: check.flag(f"messages_config.{name}") for name in _DEFAULTS["messages_config"]}
    callback_url, calls_back = check.callbacks(options)
    addons = parse_addons(check.effective["realtime_processing"], check.errors)
    if check.errors:
        return None, check.errors
    return (
        GladiaParameters(
            encoding=encoding,
            bit_depth=bit_depth,
            sample_rate_hz=sample_rate_hz,
            channels=channels,
            endpointing_s=endpointing_s,
            longest_utterance_s=longest_s,
            languages=languages,
            code_switching=code_switching,
            speech_threshold=speech_threshold,
            addons=addons,
            summary=summary if summarization else None,
            receives=receives,
            calls_back=calls_back,
            callback_url=callback_url,
            body=body,
            effective=check.effective,
        ),
        [],
    )


class _Check:
    """A request with defaults filled in, field by field; null means the default.

    Attributes:
        effective: The filled-in request; a wrong value is replaced by its default.
        errors: What was wrong, in the service's words: the field's name, "must", what is allowed.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        self.errors: list[str] = []
        self._body = body
        self.effective: dict[str, Any] = {**_DEFAULTS, **_present(body)}
        for name, defaults in _DEFAULTS.items():
            if isinstance(defaults, dict):
                given = self._object(name)
                self.effective[name] = {**defaults, **_present(given)}

    def unknown_fields(self) -> None:
        """Refuse what the service doesn't document."""
        for name in sorted(set(self._body) - set(_DEFAULTS) - _OTHER_FIELDS[""]):
            self.errors.append(f"{name} must not be present: the field is unknown")
        for parent, defaults in _DEFAULTS.items():
            if isinstance(defaults, dict):
                for name in sorted(set(self.effective[parent]) - set(defaults) - _OTHER_FIELDS.get(parent, set())):
                    self.errors.append(f"{parent}.{name} must not be present: the field is unknown")

    def one_of(self, name: str, allowed: tuple[Any, ...]) -> Any:
        """One of a few values."""
        value = self._get(name)
        if isinstance(value, bool) or value not in allowed:
            return self._wrong(name, f"must be one of the following values: {', '.join(map(str, allowed))}")
        return allowed[allowed.index(value)]  # 16000 also if 16000.0 was sent

    def number(self, name: str, limits: tuple[float, float]) -> float:
        """A number within limits."""
        value, (low, high) = self._get(name), limits
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            value = self._wrong(name, f"must be a number between {low:g} and {high:g}")
        return float(value)

    def channels(self) -> int:
        """How many channels."""
        value = self._get("channels")
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 8:  # noqa: PLR2004 - documented
            value = self._wrong("channels", "must be an integer between 1 and 8")
        return int(value)

    def text(self, name: str) -> str:
        """Any text."""
        value = self._get(name)
        return value if isinstance(value, str) else str(self._wrong(name, "must be a string"))

    def flag(self, name: str) -> bool:
        """A boolean."""
        value = self._get(name)
        return value if isinstance(value, bool) else bool(self._wrong(name, "must be a boolean value"))

    def languages(self) -> tuple[str, ...]:
        """Language codes."""
        name = "language_config.languages"
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            value = self._wrong(name, "must be an array of language codes")
        return tuple(value)

    def summary(self) -> str:
        """Which form of summary."""
        config = self.effective["post_processing"].get("summarization_config") or {}
        kind = (config.get("type") or "general") if isinstance(config, dict) else None
        if kind not in _SUMMARIES:
            self.errors.append(
                f"post_processing.summarization_config.type must be one of the following values: {', '.join(_SUMMARIES)}"
            )
        return str(kind)

    def callbacks(self, options: GladiaOptions) -> tuple[str | None, Mapping[str, bool]]:
        """Where callbacks go, and which."""
        defaults = {**_CALLBACK_DEFAULTS, "receive_lifecycle_events": options.lifecycle_callbacks}
        config = {**defaults, **_present(self._object("callback_config"))}
        wrong = [name for name in defaults if not isinstance(config[name], bool)]
        self.errors.extend(f"callback_config.{name} must be a boolean value" for name in wrong)
        url = config.get("url")
        if url is not None and not (isinstance(url, str) and is_callback_url(url)):
            self.errors.append("callback_config.url must be a URL address")
            url = None
        if not self.flag("callback") or url is None:
            return None, dict.fromkeys(defaults, False)
        return url, {name: config[name] is True for name in defaults}

    def _object(self, name: str) -> dict[str, Any]:
        value = self._body.get(name)
        if value is None or isinstance(value, dict):
            return value or {}
        self.errors.append(f"{name} must be an object")
        return {}

    def _get(self, name: str) -> Any:
        parent, _, field = name.rpartition(".")
        return (self.effective[parent] if parent else self.effective)[field]

    def _wrong(self, name: str, why: str) -> Any:
        self.errors.append(f"{name} {why}")
        parent, _, field = name.rpartition(".")
        return (_DEFAULTS[parent] if parent else _DEFAULTS)[field]


def _present(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
