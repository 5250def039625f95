"""AssemblyAI streaming parameters to a Gladia live configuration, each marked exact, approximate or without counterpart."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assemblyai.streaming.v3.models import RealTimeParameters
from pydantic import ValidationError

from harness.errors import ConfigError
from harness.translation.endpointing import Silences, Variant, silences
from harness.translation.languages import default_language_config, unknown_languages
from harness.translation.rules import RULES, SECRETS, Context, Fidelity
from harness.translation.secrets import without_secrets

# Gladia's own default of 5 s would split long turns; this is the longest it takes.
MAX_UTTERANCE_S = 60
_RATES_HZ = (8000, 16000, 32000, 44100, 48000)  # what Gladia takes
_WIRE = {"pcm_s16le": ("wav/pcm", 16), "pcm_mulaw": ("wav/ulaw", 8)}
_FORMAT = ("encoding", "sample_rate")
_COMPOUND = ("keyterms_prompt", "language_codes", "redact_pii_policies", "llm_gateway")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one parameter, or was set besides.

    Attributes:
        field: AssemblyAI's name.
        value: What was given.
        fidelity: How faithful the counterpart is.
        target: Dotted name of the counterpart, or "none".
        sends: The part of Gladia's configuration that comes of it.
        conversion: What happens to the value.
        risk: What may be worse than before.
        measure: Metrics that would show it.
        lost: Something was asked for that is not there.
    """

    field: str
    value: Any
    fidelity: Fidelity
    target: str
    sends: Mapping[str, Any]
    conversion: str
    risk: str
    measure: tuple[str, ...]
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Addition:
    """What is sent without having been asked for, because Gladia's default is another one than AssemblyAI's."""

    sends: Mapping[str, Any]
    why: str
    measure: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What both services can be sent, in the words of `[audio]`."""

    encoding: Literal["pcm_s16le", "pcm_mulaw"] = "pcm_s16le"
    sample_rate_hz: int = 16000


@dataclass(frozen=True, slots=True)
class Translation:
    """A Gladia configuration without the audio format, that format, and how each baseline parameter got there."""

    variant: Variant
    config: dict[str, Any]
    audio: AudioFormat
    rows: tuple[Row, ...]
    additions: tuple[Addition, ...]

    @property
    def lost(self) -> tuple[Row, ...]:
        """What was asked for and has no counterpart."""
        return tuple(row for row in self.rows if row.lost)


def translate(params: Mapping[str, Any], variant: Variant = "latency") -> Translation:
    """Translate baseline parameters.

    Args:
        params: AssemblyAI parameters.
        variant: `latency` ends an utterance after the shorter of AssemblyAI's two silences, `segmentation` after the
            longer one. What is not set is taken as AssemblyAI's default for the model.

    Returns:
        The configuration, in the form of Gladia's own API. A name that is none of AssemblyAI's has no row.

    Raises:
        ConfigError: A value is none that AssemblyAI's SDK takes.
    """
    given = checked(params)
    context = Context(given, variant, silences(given, variant))
    config: dict[str, Any] = {}
    additions = tuple(_additions(given, context.silences))
    for addition in additions:
        merge(config, addition.sends)
    rows = tuple(_row(field, value, context) for field, value in given.items())
    for row in rows:
        if row.field not in _FORMAT:
            merge(config, row.sends)
    return Translation(variant, config, audio_format(given), rows, additions)


def checked(params: Mapping[str, Any]) -> dict[str, Any]:
    """AssemblyAI's parameters among `params` as its SDK understands them, in the SDK's order; what is None is not given.

    Raises:
        ConfigError: A value is none that the SDK takes.
    """
    given = {name: _decoded(name, params[name]) for name in RULES if params.get(name) is not None}
    try:
        model = RealTimeParameters.model_validate({"sample_rate": 16000, **given})
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        value = "" if where in SECRETS else f"{_shown(problem['input'])} "
        raise ConfigError(f"{where}: {value}is not allowed by AssemblyAI's SDK: {problem['msg']}.") from None
    values: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{name}: {value} is not allowed; it must be a finite number.")
    return {name: values[name] for name in given if name in values}


def _decoded(name: str, value: Any) -> Any:
    """Lists and objects stand in the URL as JSON."""
    if name not in _COMPOUND or not isinstance(value, str) or not value.startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def audio_format(given: Mapping[str, Any]) -> AudioFormat:
    """The audio to send: as given where both services take that, else what it is to be converted to."""
    rate_hz = given.get("sample_rate", 16000)
    above = [rate for rate in _RATES_HZ if rate >= rate_hz]
    encoding: Literal["pcm_s16le", "pcm_mulaw"] = "pcm_mulaw" if given.get("encoding") == "pcm_mulaw" else "pcm_s16le"
    return AudioFormat(encoding, above[0] if above else _RATES_HZ[-1])


def _row(field: str, value: Any, context: Context) -> Row:
    rule = RULES[field]
    fidelity, sends, risk = rule.fidelity, rule.convert(value, context), rule.risk
    audio = audio_format(context.params)
    if field == "sample_rate":
        fidelity = "exact" if audio.sample_rate_hz == value else "approximate"
        sends = {"sample_rate": audio.sample_rate_hz}
    elif field == "encoding":
        fidelity = "exact" if audio.encoding == value else "none"
        sends = dict(zip(("encoding", "bit_depth"), _WIRE[audio.encoding], strict=True))
    elif field in {"language_code", "language_codes"}:
        missing = unknown_languages([value] if isinstance(value, str) else value)
        if missing:
            risk = f"Gladia has no {', '.join(missing)}, left out. {risk}"
    lost = fidelity == "none" and not sends and value not in rule.nothing
    return Row(field, value, fidelity, rule.target, sends, rule.conversion, risk, rule.measure, lost)


def _additions(given: Mapping[str, Any], found: Silences) -> Iterator[Addition]:
    if found.decided_by is None:
        yield Addition(
            {"endpointing": found.endpointing_s},
            "AssemblyAI's default silence for the model; Gladia's own default is 0.05 s.",
            ("false_cutoff_rate", "endpoint_ms"),
        )
    yield Addition(
        {"maximum_duration_without_endpointing": MAX_UTTERANCE_S},
        "Gladia's default of 5 s splits long turns.",
        ("forced_rate", "forced_cut_count"),
    )
    if "continuous_partials" not in given:
        yield Addition(
            {"messages_config": {"receive_partial_transcripts": True}},
            "AssemblyAI always sends partials, Gladia only if asked to.",
            ("first_partial_ms", "no_partial_rate"),
        )
    if "language_codes" not in given and "language_code" not in given:
        yield Addition(
            {"language_config": default_language_config(given)},
            "What the AssemblyAI model takes without being told.",
            ("wer",),
        )


def merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Add `values` to a configuration, tables within tables."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            table = into.setdefault(key, {})
            merge(table, value)
        else:
            into[key] = value


def _shown(value: Any) -> str:
    text = without_secrets(repr(value))
    return text if len(text) <= 100 else f"{text[:100]}…"  # noqa: PLR2004 - a line
