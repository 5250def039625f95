"""Readers of documents as functions of bytes: configuration, run directories, approvals, baselines, parameters, source code."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from bundles import MEMORY, scratch, unpacked
from golden import golden_run

from harness import pipeline
from harness.approve.approvals_file import read_approvals
from harness.approve.baseline_file import read_baseline
from harness.calibration.host import Host
from harness.calibration.store import remembered_pairs
from harness.code_scan.sarif import as_sarif
from harness.code_scan.scan import scan
from harness.code_scan.writing import as_document as as_scan_document
from harness.config import load_config
from harness.documents import parse_toml
from harness.errors import HarnessError
from harness.metrics.normalize import primary, secondary
from harness.metrics.tables import TABLES, read_scores, rows_text
from harness.providers.registry import provider
from harness.report.runs import read_runs
from harness.results.run import load_run
from harness.rundir import RunDir
from harness.translation.result import VARIANTS, translate_text
from harness.translation.writing import as_document, as_json, as_toml

_LANGUAGES = ("en", "es", "tr", "zh")


def config(name: str, data: bytes) -> None:
    """A configuration file."""
    with scratch() as folder:
        (folder / name).write_bytes(data)
        found = load_config(folder=folder)
    _ = found.corpus_path
    json.dumps(found.config.model_dump(mode="json"), allow_nan=False).encode()
    pipeline.score_settings(found.config)


def params(name: str, data: bytes) -> None:
    """The parameters of a side, in TOML, as its provider completes them."""
    try:
        given = parse_toml(data.decode("utf-8", "replace"))
    except ValueError:
        return
    with scratch() as folder:
        (folder / "app.py").write_text("")
        chosen = provider(name, folder)
        complete = chosen.effective_params(given, "pcm_s16le", 16000)
        json.dumps(complete, allow_nan=False).encode()
        assert chosen.turn_silence_s(complete) >= 0
        chosen.list_price(complete)
        assert all(variable.isprintable() for variable in chosen.key_variables(complete))
        chosen.emulator(complete)


def approvals(data: bytes) -> None:
    """A file of accepted differences."""
    with scratch() as folder:
        (folder / "a.toml").write_bytes(data)
        read_approvals(folder / "a.toml")


def baseline(data: bytes) -> None:
    """A baseline file."""
    with scratch() as folder:
        (folder / "b.json").write_bytes(data)
        read_baseline(folder / "b.json")


def calibration(data: bytes) -> None:
    """What is known of machines."""
    with scratch() as folder:
        (folder / "c.json").write_bytes(data)
        remembered_pairs(Host("cpu", 2, "3.11", "1", "2", None), folder / "c.json")


def clips(data: bytes) -> None:
    """The clips of a run."""
    with scratch() as folder:
        (folder / "clips.jsonl").write_bytes(data)
        RunDir(folder).read_clips()


def tables(data: bytes) -> None:
    """The tables of a run: one of them, or their head."""
    with unpacked(whole_tables() + data, "words.csv") as folder:
        scores = read_scores(folder)
        for name, row_type in TABLES.items():
            rows_text(row_type, getattr(scores, name)).encode()


@cache
def whole_tables() -> bytes:
    scores = judged_run() / "scores"
    names = sorted(path.name for path in scores.iterdir())
    return b"".join(
        f">>> {name}\n".encode()
        + b"".join((scores / name).read_bytes().splitlines(keepends=True)[: 3 if "csv" in name else None])
        for name in names
    )


def runs(data: bytes) -> None:
    """Run directories in a reports folder: for the page over all of them, and for scripts."""
    with unpacked(data, "a/run.json") as folder:
        read_runs(folder)
        run = load_run(folder / "a")
        _ = repr(run), run.summary, run.verdict, run.metrics, run.slices


def in_run(data: bytes) -> None:
    """A value inside of a document of a run, replaced: four bytes say which, the rest is the JSON that takes its place."""
    names = ("run.json", "summary.json", "verdict.json", "scores/scores.json")
    path = judged_run() / names[data[0] % len(names)] if data else judged_run() / "run.json"
    whole = path.read_bytes()
    try:
        value = json.loads(data[4:].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return
    changed = _replaced(json.loads(whole), int.from_bytes(data[1:4], "little"), value)
    try:
        path.write_text(json.dumps(changed), encoding="utf-8")
        run = RunDir(judged_run())
        for command in (pipeline.judge, pipeline.report):
            with suppress(HarnessError):
                command(run)
        read_runs(run.path.parent)
    finally:
        path.write_bytes(whole)


def _replaced(document: Any, number: int, value: Any) -> Any:
    places = list(_places(document))
    holder, key = places[number % len(places)]
    holder[key] = value
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from _places(inner)


def parameters(name: str, data: bytes) -> None:
    """Parameters to be translated, in whatever form."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    result = translate_text(text, name)
    json.dumps(as_document(result), ensure_ascii=False, allow_nan=False).encode()
    for variant in VARIANTS:
        as_toml(result, variant).encode()
        as_json(result, variant).encode()


def code(name: str, data: bytes) -> None:
    """Source code to be scanned."""
    with scratch() as folder:
        (folder / name).write_bytes(data)
        found = scan(folder)
    json.dumps(as_scan_document(found), ensure_ascii=False, allow_nan=False).encode()
    json.dumps(as_sarif(found, "1"), ensure_ascii=False).encode()


def words(data: bytes) -> None:
    """Texts as tokens, by both normalisers, in several languages; the first line is a rewrite."""
    rule, _, rest = data.decode("utf-8", "replace").partition("\n")
    pattern, arrow, replacement = rule.partition("->")
    rewrites = ((pattern, replacement),) if arrow and len(pattern) < 20 else ()
    for normalizer in (primary(), secondary()) if not rewrites else (primary.__wrapped__(rewrites),):
        for language in _LANGUAGES:
            if normalizer.supports(language):
                for token in (*normalizer.tokens(rest, language), *normalizer.reference_tokens(rest, language)):
                    assert token
                    assert not any(character.isspace() for character in token)


@cache
def judged_run() -> Path:
    """A small run, recorded, scored and judged."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY, prefix="fuzz-run-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run = golden_run(folder / "reports" / "a", clips=1)
    run.write_run({**run.read_run(), "provenance": {"corpus": {"path": "nowhere"}}})
    pipeline.score(run)
    pipeline.judge(run)
    return run.path
