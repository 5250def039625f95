"""Settings as typed values, from `harness.toml`, `[tool.harness]` of pyproject.toml, or built in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from harness.config_words import explain
from harness.documents import parse_toml
from harness.errors import ConfigError
from harness.loopback import is_loopback_host
from harness.providers.parameters import nearest
from harness.providers.registry import NAMES
from harness.translation.endpointing import Variant

Level = Literal["error", "warn", "off"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class CorpusConfig(_Section):
    """Which recordings."""

    path: str = "corpora/demo"
    """The corpus: a folder with a `manifest.jsonl`, relative to the configuration."""


class AudioConfig(_Section):
    """What both services are sent, byte for byte."""

    encoding: Literal["pcm_s16le", "pcm_mulaw"] = "pcm_s16le"
    """How samples are written: 16 bit linear, or 8 bit as on the telephone."""
    sample_rate: Literal[8000, 16000, 32000, 44100, 48000] = 16000
    """Samples a second (Hz); recordings of another rate are resampled."""
    chunk_ms: Annotated[float, Field(ge=50, le=1000)] = 100.0
    """Audio in one message, in milliseconds. AssemblyAI takes no less and no more."""
    trailing_silence_s: Annotated[float, Field(ge=2, le=60)] = 3.0
    """Silence behind each recording, in seconds: at least 1 more than a side's longest end-of-turn silence."""


class SideConfig(_Section):
    """One side of the comparison."""

    provider: str
    """Who transcribes: `assemblyai`, `gladia`, `command` (a program of yours: [command.md](command.md)), or a package's provider."""
    params: dict[str, Any] | Literal["translate"] = Field(default_factory=dict)
    """The provider's own parameters; for the candidate also `"translate"`, from the baseline's. Left out, as with `host` alone, the default holds for the provider shown (a translation: of an AssemblyAI baseline); else there are none."""
    variant: Variant | None = None
    """Which of AssemblyAI's two silences a translation takes over: the shorter one (`"latency"`, the default) or the longer one (`"segmentation"`)."""
    host: str | None = None
    """Another address than production: a region, a proxy, an emulator. On loopback it counts as emulated."""
    channels: Literal["separate", "together"] = "separate"
    """A recording of several channels: one session a channel, or all in one session where the provider takes that."""


class ReplayConfig(_Section):
    """How the corpus is replayed."""

    pairs: Annotated[int, Field(ge=1, le=256)] = 2
    """Pairs of sessions at once. Two are what two cores carry with the recogniser beside them."""
    workers: Annotated[int, Field(ge=1, le=256)] | None = None
    """Processes that pairs are spread over; by default as many as suit the machine."""
    deadline_min: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """Minutes after which a run ends, keeping what was finished; without it, it takes what it takes."""
    passes: Annotated[int, Field(ge=1, le=100)] = 1
    """How often each recording is played. With 2, each side is also compared with itself, which tells the noise."""
    seed: int = 1
    """Of the order in which recordings are played."""


class LimitConfig(_Section):
    """A provider's quota; what is left out is unlimited, but for what is built in for AssemblyAI and Gladia."""

    new_sessions_per_minute: Annotated[int, Field(ge=1)] | None = None
    """Sessions that may start a minute."""
    concurrent_sessions: Annotated[int, Field(ge=1)] | None = None
    """Sessions that may be open at once."""
    session_minutes: Annotated[float, Field(gt=0)] | None = None
    """The longest session, in minutes."""
    growth: bool = False
    """Whether the sessions that may start a minute grow with use, as AssemblyAI's do."""
    growth_percent: Annotated[float, Field(gt=0, le=100)] = 10.0
    """By how much, after each minute that used the share `grows_above`."""
    grows_above: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Share of a minute's sessions from which on the quota grows."""
    shrinks_below: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share below which it shrinks back towards the value given."""

    @model_validator(mode="after")
    def _grows_and_shrinks_apart(self) -> Self:
        if self.shrinks_below > self.grows_above:
            raise ValueError(
                f"shrinks_below ({self.shrinks_below:g}) must not exceed grows_above ({self.grows_above:g})"
            )
        return self


LIMITS: dict[str, dict[str, Any]] = {
    "assemblyai": {"new_sessions_per_minute": 100, "growth": True, "session_minutes": 180.0},
    "gladia": {"concurrent_sessions": 30},
}
"""What both services allow a paying customer; a longest session of Gladia's is not documented."""


def _iso_date(given: Any) -> Any:
    """A TOML date, or its text, as text."""
    text = given.isoformat() if type(given) is date else given
    if isinstance(text, str):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError("must be a date such as 2026-01-31") from None
    return text


class PriceConfig(_Section):
    """What a provider charges, in place of the list price."""

    usd_per_hour: Annotated[float, Field(ge=0)]
    """US dollars for an hour of what it bills."""
    as_of: Annotated[str, BeforeValidator(_iso_date)]
    """When that was so: a date."""
    source: str = "configuration"
    """Who says it."""


def _rewrite(given: list[str]) -> list[str]:
    pattern, replacement = given
    try:
        re.compile(pattern).sub(replacement, "")
    except re.error as error:
        raise ValueError(
            f"that is no regular expression of Python's `re` with a replacement that fits it ({error}). Correct or remove it"
        ) from None
    return given


def _keyword(given: str) -> str:
    if not any(character.isalnum() for character in given):
        raise ValueError("it must hold a letter or a digit")
    return given


class ScoreConfig(_Section):
    """What the product uses of what the services send, and what its words are."""

    consume: Literal["formatted", "first"] = "formatted"
    """The final that the product uses of a segment: the formatted one, or whichever comes first."""
    tail_policy: Literal["include", "drop"] = "include"
    """Whether text that no final confirmed counts as delivered."""
    rewrites: list[Annotated[list[str], Field(min_length=2, max_length=2), AfterValidator(_rewrite)]] = Field(
        default_factory=list
    )
    """Pairs of a regular expression and a text, applied in order to references and both texts: what is the same word here."""
    keywords: list[Annotated[str, AfterValidator(_keyword)]] = Field(default_factory=list)
    """Words and phrases that are looked for in references and both texts."""
    collar_s: Annotated[float, Field(ge=0, le=86_400)] = 5.0
    """Seconds by which a service's times may be off before `tcwer` calls a word misplaced."""

    @property
    def rewrite_pairs(self) -> tuple[tuple[str, str], ...]:
        """`rewrites` as scoring takes them."""
        return tuple((pattern, text) for pattern, text in self.rewrites)


class GateConfig(_Section):
    """What decides the run. A rule left out keeps its default; rule names are checked by the gate."""

    margins: dict[str, float] = Field(default_factory=dict)
    """By rule: how much worse the candidate may be."""
    levels: dict[str, Level] = Field(default_factory=dict)
    """By rule: whether it fails the run, warns, or is off."""
    slices: Level = "warn"
    """What a part of the corpus that is worse than a margin allows does; `off`: parts are not looked at."""
    approvals: Annotated[str, Field(min_length=1)] = "harness-approvals.toml"
    """The file of accepted differences, relative to the configuration."""
    require_reference: bool = True
    """Whether rules about words must have reference text to be decided by."""
    early_stopping: bool = False
    """From 80 calls: look after each quarter of them, and end as soon as that settles it."""
    endpoint_source: Literal["text", "time"] = "text"
    """What early cuts are judged by: the text of segments, or times alone, for references without text."""


class Config(_Section):
    """Everything a run depends on."""

    corpus: CorpusConfig = CorpusConfig()
    audio: AudioConfig = AudioConfig()
    baseline: SideConfig = SideConfig(
        provider="assemblyai", params={"speech_model": "universal-streaming-english", "format_turns": True}
    )
    candidate: SideConfig = SideConfig(provider="gladia", params="translate")
    replay: ReplayConfig = ReplayConfig()
    limits: dict[str, LimitConfig] = Field(default_factory=dict, validate_default=True)
    prices: dict[str, PriceConfig] = Field(default_factory=dict)
    score: ScoreConfig = ScoreConfig()
    gate: GateConfig = GateConfig()

    @model_validator(mode="before")
    @classmethod
    def _complete_sides(cls, given: Any) -> Any:
        """A key that is left out of a side keeps its default; parameters only with the provider that they are of."""
        if not isinstance(given, dict):
            return given
        complete, providers = dict(given), {}
        for side in ("baseline", "candidate"):
            default: SideConfig = cls.model_fields[side].default
            table = given.get(side, {})
            if not isinstance(table, dict):
                return given
            providers[side] = table.get("provider", default.provider)
            as_shown = providers[side] == default.provider
            translatable = default.params != "translate" or providers["baseline"] == "assemblyai"
            params = default.params if as_shown and translatable else {}
            if side in given:
                complete[side] = {"provider": providers[side], "params": params, **table}
        return complete

    @field_validator("limits", mode="before")
    @classmethod
    def _complete_limits(cls, given: Any) -> Any:
        """A provider, or a key of it, that is left out keeps its built-in value."""
        if not isinstance(given, dict):
            return given
        tables = {
            name: {**LIMITS.get(name, {}), **table} if isinstance(table, dict) else table
            for name, table in given.items()
        }
        return {**LIMITS, **tables}


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration and where it came from; `folder` is what its relative paths are relative to."""

    config: Config
    source: str
    folder: Path

    @property
    def corpus_path(self) -> Path:
        """The corpus folder, as named in the configuration."""
        return self.folder / self.config.corpus.path


def load_config(path: Path | None = None, *, folder: Path | None = None) -> LoadedConfig:
    """Read the configuration: `path`, else `harness.toml`, else `[tool.harness]` of pyproject.toml, else built in.

    Args:
        path: A file named by the user.
        folder: Where to look for the default files; the working directory by default.

    Raises:
        ConfigError: The file is missing or no TOML, or a key, a type or a value is wrong.
    """
    folder = folder or Path.cwd()
    if path is not None:
        return _from_file(path, _read_toml(path))
    if (default := folder / "harness.toml").is_file():
        return _from_file(default, _read_toml(default))
    project = folder / "pyproject.toml"
    if project.is_file():
        tools = _read_toml(project).get("tool")
        if isinstance(tools, dict) and "harness" in tools:
            return _from_file(project, tools["harness"], prefix="tool.harness.")
    return LoadedConfig(Config(), "built-in defaults", folder)


def config_from_table(table: Mapping[str, Any]) -> LoadedConfig:
    """A configuration given as a value, with the keys of the file; its paths are relative to the working directory.

    Raises:
        ConfigError: A key, a type or a value is wrong.
    """
    source = "config given as a table"
    return LoadedConfig(_validate(source, table), source, Path.cwd())


def override(loaded: LoadedConfig, changes: Mapping[str, Any]) -> LoadedConfig:
    """The configuration with command-line flags applied; keys are dotted, a value of None changes nothing."""
    document = loaded.config.model_dump()
    for dotted, value in changes.items():
        if value is None:
            continue
        *sections, key = dotted.split(".")
        table = document
        for section in sections:
            table = table[section]
        table[key] = value
    return LoadedConfig(_validate("command line", document), loaded.source, loaded.folder)


def is_loopback(host: str) -> bool:
    """Whether an endpoint is on this machine, and so counts as emulated."""
    try:
        name = urlsplit(host if "//" in host else f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback_host(name)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file. Name an existing one with --config, or leave it out."
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}. Correct the file and try again.") from None


def _from_file(path: Path, document: Mapping[str, Any], prefix: str = "") -> LoadedConfig:
    return LoadedConfig(_validate(str(path), document, prefix), str(path), path.parent)


def _validate(source: str, document: Mapping[str, Any], prefix: str = "") -> Config:
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        problems = [explain(Config, source, prefix, problem) for problem in error.errors()]
        raise ConfigError("\n".join(problems)) from None
    known = {*NAMES, config.baseline.provider, config.candidate.provider}
    for table, meaning in (("limits", "quota"), ("prices", "price")):
        for name in getattr(config, table):
            if name not in known:
                raise ConfigError(
                    f"{source}: {prefix}{table}.{name} is the {meaning} of no provider of this run. {nearest(name, known)}"
                )
    if "\0" in config.corpus.path:
        raise ConfigError(f"{source}: {prefix}corpus.path holds a zero byte. Name a folder.")
    if config.baseline.params == "translate":
        raise ConfigError(
            f'{source}: {prefix}baseline.params is "translate"; only the candidate can be translated, from the baseline. '
            "Give the baseline's parameters as a table."
        )
    for side in ("baseline", "candidate"):
        settings: SideConfig = getattr(config, side)
        if settings.variant is not None and settings.params != "translate":
            raise ConfigError(
                f'{source}: {prefix}{side}.variant is {settings.variant!r}, but {side}.params is a table, not "translate". Leave '
                "variant out: parameters of your own have no variants."
            )
    return config
