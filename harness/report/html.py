"""The report: one HTML file that opens from disk, and the clips' audio beside it."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.atomic import write_text_atomically
from harness.audio.opus import encode_opus
from harness.audio.peaks import encode_flac, peaks
from harness.corpus.model import Clip
from harness.report.assets import script, style
from harness.report.clip_details import ScoreIndex, clip_detail
from harness.report.clip_kinds import clip_kinds
from harness.report.clip_rows import PairKey, first_order, pair_keys, pairs, table_rows
from harness.report.contract_rows import contract_view
from harness.report.course import Moment, course, moment
from harness.report.differences import differences
from harness.report.facts import both_sides, checks, compared, dig, is_emulated, provider_name
from harness.report.frames import packed_frames
from harness.report.inputs import ReportInput
from harness.report.metric_rows import boundary_facts, latency_charts, metric_groups
from harness.report.noise_facts import noise_checks, noise_facts
from harness.report.packing import batches, pack
from harness.report.ruling import headline, rule_labels, rule_rows
from harness.report.slice_rows import matched_point, slice_columns, slice_rows, sweep_rows
from harness.report.word_facts import word_facts
from harness.timeline.events import SIDES, Side

CLIPS_PER_CHUNK = 16
"""Neighbours compress well together, and one click still decodes little."""

PEAKS_PER_S = 50
MAX_PEAKS = 6000
FULL_SCALE = 32768.0


def write_report(inputs: ReportInput, folder: Path, *, embed_audio: bool = False) -> Path:
    """Write `report.html` and `audio/` into a run directory; equal inputs give equal bytes.

    Args:
        inputs: The run.
        folder: The run directory; created if missing.
        embed_audio: Put the audio into the page, as Opus, instead of beside it, losslessly.

    Returns:
        The path of the page.

    Raises:
        OSError: If the disk refuses; a page that was there before is left as it was.
    """
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    sounds = {
        clip.clip_id: _write_audio(clip, inputs, folder, place if embed_audio else None)
        for place, clip in enumerate(inputs.clips)
    }
    page = folder / "report.html"
    write_text_atomically(page, render(inputs, sounds))
    return page


def render(inputs: ReportInput, sounds: Mapping[str, Mapping[str, Any] | None]) -> str:
    """The page as text.

    Args:
        inputs: The run.
        sounds: For each clip id, `{"file", "peaks", "peaks_per_s"}`, or None for a clip without audio; `{"block", "opus", …}` in
            place of `file` for audio within the page: the name of its element, and its bytes.
    """
    run, summary = inputs.run, inputs.summary
    keys = pair_keys(inputs)
    places = {key: (index // CLIPS_PER_CHUNK, index % CLIPS_PER_CHUNK) for index, key in enumerate(keys)}
    names = {side: provider_name(run, side) for side in SIDES}
    charts = latency_charts(inputs.scores)
    rows = table_rows(inputs, places)
    moments: list[Moment] = []
    index = ScoreIndex(inputs.scores)
    chunks = [pack(chunk) for chunk in batches(_details(inputs, index, sounds, moments), CLIPS_PER_CHUNK)]
    frames = packed_frames(inputs, rows)
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            style=style(),
            script=script(),
            run_id=str(run.get("run_id") or summary.get("run_id") or "unnamed run"),
            emulated=is_emulated(run, summary),
            names=names,
            headline=headline(inputs.verdict, names["baseline"], names["candidate"]),
            sides=both_sides(run, summary),
            compared=compared(run, summary),
            checks=[*checks(run, summary), *noise_checks(summary)],
            rules=rule_rows(inputs.verdict, summary),
            labels=rule_labels(inputs.verdict),
            skipped=dig(inputs.verdict, "skipped") or (),
            groups=metric_groups(summary),
            boundaries=boundary_facts(summary),
            word_facts=word_facts(summary),
            noise_facts=noise_facts(summary),
            sweep=sweep_rows(summary),
            matched=matched_point(summary),
            slices=slice_rows(summary, rule_labels(inputs.verdict)),
            slice_columns=slice_columns(),
            charts=charts,
            clips_order=first_order(inputs.scores),
            differences=differences(inputs, index),
            contract=contract_view(summary),
            index=pack(
                _index(inputs, names, rows, charts, {key: place for place, key in enumerate(frames)})
                | {"kinds": clip_kinds(inputs.scores, keys)}
            ),
            frames=list(frames.values()),
            embedded=[(sound["block"], sound["opus"]) for sound in sounds.values() if sound and "opus" in sound],
            chunks=chunks,
            corpus=str(dig(run, "provenance", "corpus", "name") or "of this run"),
            voices=any(sounds.values()),
            course=course(moments, run),
        )
    )


def environment() -> Environment:
    """The templates, everything escaped, nothing undefined."""
    environment = Environment(
        loader=PackageLoader("harness.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clip_link"] = clip_link
    environment.filters["clips_where"] = lambda query: f"#q={quote(query, safe='')}"
    return environment


def clip_link(clip_id: str, pass_number: int = 1, at_s: float = 0.0) -> str:
    """Opens a clip, at a moment of its audio."""
    number = f"&pass={pass_number}" if pass_number > 1 else ""
    at = f"&t={at_s:.2f}" if at_s > 0 else ""
    return f"#clip={quote(clip_id, safe='')}{number}{at}"


def _index(
    inputs: ReportInput,
    names: Mapping[Side, str],
    rows: list[dict[str, Any]],
    charts: Iterable[Any],
    frames: Mapping[PairKey, int],
) -> dict[str, Any]:
    """What the page needs at once: the table's rows, and the curves that can be read with the pointer."""
    return {
        "names": dict(names),
        "emulated": is_emulated(inputs.run, inputs.summary),
        "passes": max((session.pass_number for session in inputs.scores.sessions), default=1),
        "order": first_order(inputs.scores),
        "languages": len({row["language"] for row in rows}),
        "rows": [row | {"frames": frames.get((row["id"], row["pass"]))} for row in rows],
        "charts": {
            chart.metric: {
                "low": chart.distribution.axis.low,
                "high": chart.distribution.axis.high,
                "logarithmic": chart.distribution.axis.logarithmic,
                "curves": [
                    {"n": curve.n, "missing": curve.missing, "points": curve.points}
                    for curve in chart.distribution.curves
                ],
            }
            for chart in charts
        },
    }


def _details(
    inputs: ReportInput,
    index: ScoreIndex,
    sounds: Mapping[str, Mapping[str, Any] | None],
    moments: list[Moment],
) -> Iterator[dict[str, Any]]:
    """Each pair for the clip view; what it says of when its sessions were is added to `moments`, for reading them takes long."""
    for clip, number in pairs(inputs):
        folded = {side: inputs.sessions(clip.clip_id, side, number) for side in SIDES}
        for side, session in folded.items():
            if session and (when := moment(session.header, index.sessions.get((clip.clip_id, side, number)))):
                moments.append(when)
        sound = sounds.get(clip.clip_id)
        shown = sound and {name: value for name, value in sound.items() if name != "opus"}
        yield clip_detail(clip, number, index, folded, shown)


def _write_audio(clip: Clip, inputs: ReportInput, folder: Path, place: int | None) -> dict[str, Any] | None:
    """Copy a clip's audio beside the page and compute its waveform; where that is not allowed, neither, and no copy stays.

    With a `place` the audio goes into the page, under that number.
    """
    name = f"audio/{audio_name(clip.clip_id)}.flac"
    if not clip.copy_audio or place is not None:
        (folder / name).unlink(missing_ok=True)  # of a report that was made while it was allowed
    audio = inputs.audio(clip) if clip.copy_audio else None
    if audio is None or not len(audio.samples):
        return None
    rate = audio.sample_rate_hz
    where: dict[str, Any]
    if place is None:
        part = folder / f"{name}.part"
        encode_flac(part, audio.samples, rate)
        part.replace(folder / name)
        where = {"file": name}
    else:
        where = {"block": f"audio-{place}", "opus": base64.b64encode(encode_opus(audio.samples, rate)).decode("ascii")}
    per_s = max(1, min(PEAKS_PER_S, int(MAX_PEAKS * rate / len(audio.samples))))
    columns = peaks(audio.samples.astype(np.float32) / np.float32(FULL_SCALE), rate, per_s)
    return {**where, "peaks_per_s": per_s, "peaks": columns.ravel().tolist()}


def audio_name(clip_id: str) -> str:
    """A file name for a clip that any system and any URL accepts; a changed id keeps a hash, so none collide.

    Args:
        clip_id: Any text.
    """
    safe = re.sub(r"[^a-z0-9_-]+", "-", clip_id.lower()).strip("-")[:80]
    if safe and safe == clip_id:
        return safe
    return f"{safe or 'clip'}-{hashlib.sha256(clip_id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
