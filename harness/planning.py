"""Planning a run: everything that can be refused is refused here, before anything is streamed or written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.approve.approvals_file import read_approvals
from harness.audio.chunking import ChunkPlan, Stream, plan_chunks, trailing_silence_s
from harness.audio.prepare import PreparedAudio, prepare_file
from harness.config import Config, LoadedConfig, SideConfig, config_from_table, is_loopback, load_config, override
from harness.corpus.manifest import load_corpus
from harness.corpus.model import Clip, Corpus
from harness.errors import ConfigError
from harness.keys import check_holds_no_secret, keys_from_environment
from harness.providers.base import EmulatorName, Provider
from harness.providers.registry import provider
from harness.proxies import check_proxies
from harness.redaction import without_secrets_in_urls
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Side
from harness.translation.endpointing import Variant
from harness.verdict.rules import MINIMUM_CALLS, MINIMUM_PLANNED_CALLS, GateSettings

EMULATED_KEY = "key-for-the-emulators"


@dataclass(frozen=True, slots=True)
class PlannedSide:
    """One side as it will run. `host` None: the embedded emulator, or with `live` the provider's own host.

    `api_keys` are by the names of their variables; `together`: all channels of a recording go in one session.
    """

    provider: Provider
    params: Mapping[str, Any]
    host: str | None
    live: bool
    api_keys: Mapping[str, str] = field(repr=False)
    together: bool = False

    @property
    def emulator(self) -> EmulatorName | None:
        """The embedded emulator that has to be started for it; None: it is reached elsewhere."""
        return self.provider.emulator(self.params) if self.host is None and not self.live else None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run will do. `record_sides` are replayed; the other side is left out, or taken from an earlier run."""

    loaded: LoadedConfig
    corpus: Corpus
    clips: tuple[Clip, ...]
    sides: Mapping[Side, PlannedSide]
    chunks: Mapping[str, ChunkPlan]
    record_sides: tuple[Side, ...] = SIDES

    @property
    def config(self) -> Config:
        """The effective configuration."""
        return self.loaded.config

    @property
    def endpoint(self) -> str:
        """`live` if both sides are real services; with an emulator on either side the comparison is an emulated one."""
        return "live" if all(side.live for side in self.sides.values()) else "emulated"

    @property
    def reaches_out(self) -> bool:
        """Whether anything leaves this machine, and costs."""
        return any(self.sides[side].live for side in self.record_sides)

    @property
    def needs_emulators(self) -> bool:
        """Whether a side is to be reached at an emulator that is started for this run."""
        return any(self.sides[side].emulator is not None for side in self.record_sides)

    @property
    def pairs(self) -> int:
        """Pairs of sessions that will be played: every clip in every pass."""
        return len(self.clips) * self.config.replay.passes

    @property
    def audio_s(self) -> float:
        """Seconds of audio that each side is sent, all passes together."""
        return sum(plan.duration_s for plan in self.chunks.values()) * self.config.replay.passes

    def stream(self, clip: Clip) -> Stream:
        """The bytes that both sides are sent for a clip."""
        with closing(self.prepared((clip,))) as prepared:
            return prepared.stream()

    def prepared(self, clips: Sequence[Clip]) -> PreparedAudio:
        """The same as a file; of several clips, which are the channels of one recording, interleaved.

        Raises:
            CorpusError: The recording can't be decoded.
        """
        audio = self.config.audio
        return prepare_file(
            self.corpus.path / clips[0].audio_filepath,
            [clip.channel for clip in clips],
            encoding=audio.encoding,
            sample_rate_hz=audio.sample_rate,
            chunk_ms=audio.chunk_ms,
            trailing_silence_s=audio.trailing_silence_s,
        )


def plan_run(
    loaded: LoadedConfig,
    *,
    select: str | None = None,
    limit: int | None = None,
    live: bool = False,
    with_keys: bool = True,
    only_side: Side | None = None,
) -> RunPlan:
    """Resolve and check everything a run depends on.

    Args:
        loaded: The configuration.
        select: Keep only the clips that match, e.g. `tag=noisy,lang=es`.
        limit: Keep only the first so many clips.
        live: Reach the real services; the only way to.
        with_keys: Keys are asked for; a plan that is only looked at needs none.
        only_side: Record this side and leave the other out; both by default.

    Raises:
        ConfigError: A setting, a parameter or a key is wrong or missing.
        CorpusError: The corpus can't be replayed as it is.
    """
    config = loaded.config
    with _told_where(loaded.source):
        gate_settings(config)  # a typo in a rule's name is found now, not after an hour of streaming
    if (approvals := loaded.folder / config.gate.approvals).is_file():
        read_approvals(approvals)
    sides: dict[Side, PlannedSide] = {side: _plan_side(loaded, side, live=live) for side in SIDES}
    _check_limits(loaded, sides)
    record_sides = SIDES if only_side is None else (only_side,)
    if with_keys:
        sides |= sides_with_keys({side: sides[side] for side in record_sides})
    _check_trailing_silence(loaded, sides)
    corpus = load_corpus(loaded.corpus_path, select=select, limit=limit)
    audio = config.audio
    with _told_where(loaded.source):
        chunks = {
            clip.clip_id: plan_chunks(
                round(clip.duration_s * audio.sample_rate),
                encoding=audio.encoding,
                sample_rate_hz=audio.sample_rate,
                chunk_ms=audio.chunk_ms,
                trailing_silence_s=audio.trailing_silence_s,
            )
            for clip in corpus.clips
        }
    _check_session_length(loaded, sides, chunks)
    _check_early_stopping(loaded, corpus.clips, record_sides)
    return RunPlan(loaded, corpus, corpus.clips, sides, chunks, record_sides)


def plan_from_options(
    *,
    config: Path | Mapping[str, Any] | None = None,
    corpus: str | Path | None = None,
    select: str | None = None,
    limit: int | None = None,
    pairs: int | None = None,
    workers: int | None = None,
    passes: int | None = None,
    only_side: Side | None = None,
    baseline_run: Path | None = None,
    live: bool = False,
    with_keys: bool = True,
) -> RunPlan:
    """Plan a run from a configuration, as a file or a table, and what is asked for beside it; what is None is as configured.

    Raises:
        ConfigError: A setting, an option, a parameter or a key is wrong or missing.
        CorpusError: The corpus can't be replayed as it is.
        RunError: `baseline_run` is no run.
    """
    loaded = config_from_table(config) if isinstance(config, Mapping) else load_config(config)
    loaded = override(loaded, {"replay.pairs": pairs, "replay.workers": workers, "replay.passes": passes})
    if corpus is not None:
        loaded = override(loaded, {"corpus.path": str(Path(corpus).absolute())})
    if baseline_run is not None:
        if only_side == "baseline":
            raise ConfigError("--only-side baseline and --baseline-run exclude each other: leave one of them out.")
        RunDir(baseline_run).read_run()  # a plan that names no run is wrong; recording compares the two in full
        only_side = "candidate"
    return plan_run(loaded, select=select, limit=limit, live=live, with_keys=with_keys, only_side=only_side)


@contextmanager
def _told_where(source: str, side: Side | None = None) -> Iterator[None]:
    """Complete the message of a module that knows the value and its key, but not the file nor the side it stands under."""
    try:
        yield
    except ConfigError as error:
        message = str(error)
        where = f"{side}." if side is not None and message.startswith(("params", "provider")) else ""
        raise ConfigError(f"{source}: {where}{message}") from None


def gate_settings(config: Config) -> GateSettings:
    """The gate's settings in force.

    Raises:
        ConfigError: A rule is unknown or a value impossible.
    """
    gate = config.gate
    return GateSettings(
        margins=gate.margins,
        levels=gate.levels,
        require_reference=gate.require_reference,
        slices=gate.slices,
        endpoint_source=gate.endpoint_source,
    )


def _plan_side(loaded: LoadedConfig, side: Side, *, live: bool) -> PlannedSide:
    config = loaded.config
    settings: SideConfig = getattr(config, side)
    with _told_where(loaded.source, side):
        service = provider(settings.provider, loaded.folder.absolute())
    if settings.params == "translate":
        if (config.baseline.provider, settings.provider) != ("assemblyai", "gladia"):
            raise ConfigError(
                f'{loaded.source}: {side}.params is "translate", which goes from assemblyai to gladia only, not from '
                f"{config.baseline.provider} to {settings.provider}. Give the parameters as a table."
            )
        params = translated_params(config, settings.variant)
    else:
        params = settings.params
    check_holds_no_secret(params, f"{loaded.source}: {side}.params")
    with _told_where(loaded.source, side):
        effective = service.effective_params(params, config.audio.encoding, config.audio.sample_rate)
    _check_host(loaded, side, service, settings.host)
    emulated = settings.host is not None and is_loopback(settings.host)
    if settings.host is not None and not emulated and not live:
        raise ConfigError(
            f"{loaded.source}: {side}.host is {settings.host!r}, which is not on this machine. Add --live to reach it, "
            "or remove the key to use the embedded emulator."
        )
    together = settings.channels == "together"
    if together and service.most_channels == 1:
        raise ConfigError(
            f'{loaded.source}: {side}.channels is "together", but {service.name} takes one channel a session. Set it to "separate".'
        )
    is_live = live and not emulated
    if settings.host is None and not is_live and service.emulator(effective) is None:
        raise ConfigError(
            f"{loaded.source}: {side}.provider is {service.name!r}, for which there is no embedded emulator. Set {side}.host to one on "
            "this machine, or add --live to reach the service."
            + (
                f" Or name {side}.params.service, to have the program reach that emulator."
                if service.name == "command"
                else ""
            )
        )
    keys = {} if is_live else dict.fromkeys(service.key_variables(effective), EMULATED_KEY)
    return PlannedSide(service, effective, settings.host, live=is_live, api_keys=keys, together=together)


def translated_params(config: Config, variant: Variant | None) -> dict[str, Any]:
    """The candidate's parameters that the baseline's translate to, latency-matched unless another variant is asked for."""
    from harness.translation.translate import translate  # noqa: PLC0415 - it imports both SDKs

    params = config.baseline.params
    return translate(params if isinstance(params, dict) else {}, variant or "latency").config


def with_candidate(plan: RunPlan, params: Mapping[str, Any]) -> RunPlan:
    """The same run with other parameters of the candidate, checked as the first ones were.

    Raises:
        ConfigError: A parameter is wrong, or the trailing silence too short for them.
    """
    before = plan.sides["candidate"]
    candidate = plan.config.candidate.model_copy(update={"params": dict(params), "variant": None})
    loaded = replace(plan.loaded, config=plan.config.model_copy(update={"candidate": candidate}))
    side = replace(_plan_side(loaded, "candidate", live=before.live), api_keys=before.api_keys)
    sides: dict[Side, PlannedSide] = {**plan.sides, "candidate": side}
    _check_trailing_silence(loaded, sides)
    return replace(plan, loaded=loaded, sides=sides)


def _check_host(loaded: LoadedConfig, side: Side, service: Provider, host: str | None) -> None:
    if host is None:
        return
    try:
        parts = urlsplit(host)
        if without_secrets_in_urls(host) != host:  # it would stand in run.json and in reports
            raise ConfigError(
                f"{loaded.source}: {side}.host holds a user name, a password or a token, which is not shown here on purpose. Leave them out; "
                "API keys come from the environment."
            )
        usable = parts.scheme in service.schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        starts = " or ".join(f"{scheme}://" for scheme in service.schemes)
        raise ConfigError(
            f"{loaded.source}: {side}.host is {host!r}; for {service.name} it must be an address that starts with {starts}."
        )


def _check_limits(loaded: LoadedConfig, sides: Mapping[Side, PlannedSide]) -> None:
    """A pair needs all its sessions at once; a quota below that would be waited for for ever."""
    for name, needed in Counter(side.provider.name for side in sides.values()).items():
        limit = loaded.config.limits.get(name)
        for key in ("concurrent_sessions", "new_sessions_per_minute"):
            allowed = getattr(limit, key, None)
            if allowed is not None and allowed < needed:
                raise ConfigError(
                    f"{loaded.source}: limits.{name}.{key} is {allowed}, but each pair opens {needed} sessions of {name} at "
                    f"once. Set it to {needed} or more."
                )


def _check_session_length(
    loaded: LoadedConfig, sides: Mapping[Side, PlannedSide], chunks: Mapping[str, ChunkPlan]
) -> None:
    """A session that a service would cut off is no result; it is known before it is paid for."""
    for side in sides.values():
        name = side.provider.name
        limit = loaded.config.limits.get(name)
        allowed = limit.session_minutes if limit is not None else None
        if allowed is None:
            continue
        too_long = {clip_id: plan for clip_id, plan in chunks.items() if plan.duration_s > allowed * 60}
        if too_long:
            longest = max(too_long, key=lambda clip_id: too_long[clip_id].duration_s)
            more = len(too_long) - 1
            others = f"; {more} more {'clip is' if more == 1 else 'clips are'} too long" if more else ""
            raise ConfigError(
                f"{loaded.source}: clip {longest!r} lasts {too_long[longest].duration_s / 60:.2f} minutes with its trailing "
                f"silence, but {name} ends a session after {allowed:g} (limits.{name}.session_minutes){others}. Split the "
                "recording into several files, each with its line in the manifest, select the others with --select, or "
                f"raise limits.{name}.session_minutes if your contract allows longer sessions."
            )


def sides_with_keys(sides: Mapping[Side, PlannedSide]) -> dict[Side, PlannedSide]:
    """The sides with their keys, which come from the environment alone.

    Raises:
        ConfigError: A key is missing, or holds what no key holds; or a proxy is none that the clients can use.
    """
    check_proxies()
    variables = {
        side: planned.provider.key_variables(planned.params) for side, planned in sides.items() if planned.live
    }
    keys = keys_from_environment(name for names in variables.values() for name in names)
    return {
        side: replace(planned, api_keys={name: keys[name] for name in variables[side]}) if planned.live else planned
        for side, planned in sides.items()
    }


def _check_early_stopping(loaded: LoadedConfig, clips: Sequence[Clip], record_sides: Sequence[Side]) -> None:
    """Looks compare the sides, and need calls enough for the first of them to show something."""
    if not loaded.config.gate.early_stopping:
        return
    where = f"{loaded.source}: gate.early_stopping is true"
    if set(record_sides) != set(SIDES):
        raise ConfigError(
            f"{where}, which needs both sides recorded together. Leave out --only-side and --baseline-run, or set it to false."
        )
    calls = len({clip.call_id for clip in clips})
    if calls < MINIMUM_PLANNED_CALLS:
        raise ConfigError(
            f"{where}, which takes {MINIMUM_PLANNED_CALLS} calls or more, so that there are {MINIMUM_CALLS} at the first of "
            f"four looks; {'this is' if calls == 1 else 'these are'} {calls}. Add recordings of more calls, select more of "
            "them, or set it to false."
        )


def _check_trailing_silence(loaded: LoadedConfig, sides: Mapping[Side, PlannedSide]) -> None:
    """Without enough silence behind the speech, the last endpoint is an artefact of stopping."""
    silences_s = [side.provider.turn_silence_s(side.params) for side in sides.values()]
    needed_s = trailing_silence_s(*silences_s)
    given_s = loaded.config.audio.trailing_silence_s
    if given_s < needed_s:
        raise ConfigError(
            f"{loaded.source}: audio.trailing_silence_s is {given_s:g}, but a side waits up to {max(silences_s):g} s of "
            f"silence before it ends a turn. Set it to {needed_s:g} or more."
        )


def describe(plan: RunPlan) -> dict[str, Any]:
    """The plan in plain values: what would be streamed and where to. `harness.forecast` adds what that takes and proves."""
    at_once = plan.config.replay.pairs
    longest_s = max(chunks.duration_s for chunks in plan.chunks.values())
    return {
        "endpoint": plan.endpoint,
        "corpus": str(plan.corpus.path),
        "clips": len(plan.clips),
        "calls": len({clip.call_id for clip in plan.clips}),
        "passes": plan.config.replay.passes,
        "sessions_per_side": plan.pairs,
        "audio_minutes_per_side": round(plan.audio_s / 60, 2),
        "pairs_at_once": at_once,
        "wall_minutes_at_least": round(max(plan.audio_s / at_once, longest_s) / 60, 2),
        "sessions_in_all": plan.pairs * len(plan.record_sides),
        **{side: _describe_side(planned) for side, planned in plan.sides.items()},
    }


def _describe_side(side: PlannedSide) -> dict[str, Any]:
    host = side.host or (side.provider.default_host if side.live else None)
    return {"provider": side.provider.name, "params": dict(side.params), "host": host, "live": side.live}
