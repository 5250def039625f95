"""A sweep end to end: real sockets, both SDKs, and a service whose endpointing acts on pauses of known length."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pauses
import pytest
from leniency import let_it_be_late, let_it_dial

from harness import cli
from harness.emulators import embedded
from harness.rundir import RunDir

pytestmark = pytest.mark.slow

VALUES = (pauses.TOO_SHORT_S, pauses.RIGHT_S, pauses.TOO_LONG_S)
LABELS = tuple(f"endpointing={value:g}" for value in VALUES)
TURNS = pauses.CALLS * pauses.TURNS


@dataclass(frozen=True)
class Swept:
    """A sweep that has ended: its exit code, what it printed, and its runs."""

    code: int
    out: str
    err: str
    reports: Path

    @property
    def document(self) -> dict[str, Any]:
        return json.loads((self.reports / "calls" / "sweep.json").read_text())

    @property
    def variants(self) -> dict[str, dict[str, Any]]:
        return {variant["variant"]: variant for variant in self.document["variants"]}

    @property
    def runs(self) -> dict[str, RunDir]:
        return {label: RunDir(self.reports / variant["run_id"]) for label, variant in self.variants.items()}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """The command, as anybody would give it; a busy machine makes chunks late, which is not what is tested."""
    folder = tmp_path_factory.mktemp("sweep")
    corpus, scenario = pauses.write_corpus(folder / "corpus"), pauses.write_scenario(folder / "scenario.json")
    out, err = io.StringIO(), io.StringIO()
    with embedded.start("script", scenario) as emulators, pytest.MonkeyPatch.context() as patch:
        let_it_be_late(patch)
        let_it_dial(patch)
        config = pauses.write_config(folder / "harness.toml", corpus, emulators)
        where = ("--config", str(config), "--out", str(folder / "reports"), "--run-id", "calls")
        asked = ("--sweep", f"endpointing={','.join(map(str, VALUES))}", "--gate", "--json")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run(["compare", *where, *asked])
    return Swept(code, out.getvalue(), err.getvalue(), folder / "reports")


def test_the_setting_that_is_best_by_construction_is_found(swept: Swept):
    """What is too short cuts turns, what is too long is late beyond the margin, and each is ruled out by that alone."""
    assert 0 == swept.code, swept.err
    document = swept.document
    assert (LABELS[1], "pass") == (document["best"]["variant"], document["verdict"])
    assert {LABELS[0]: ["Early cuts"], LABELS[2]: ["Final p50"]} == {
        out["variant"]: out["by"] for out in document["ruled_out"]
    }
    assert [None, 1, None] == [variant["rank"] for variant in swept.variants.values()]
    assert f"Best: {LABELS[1]}. It keeps to all margins. (pass)" == swept.err.splitlines()[-len(_told(swept))]


def _told(swept: Swept) -> list[str]:
    lines = swept.err.splitlines()
    return lines[next(place for place, line in enumerate(lines) if line.startswith("Best")) :]


def test_the_trade_off_is_the_one_that_was_built(swept: Swept):
    """Every turn is cut or none, all words but the one misheard are right, and finals wait for the silence asked for."""
    for label, variant, cuts in zip(LABELS, swept.variants.values(), (TURNS, 0, 0), strict=True):
        metrics = variant["metrics"]
        assert (cuts, TURNS) == tuple(
            metrics["false_cutoff_rate"]["candidate"][name] for name in ("early_cut_turns", "turns")
        )
        assert (pauses.CALLS, 2 * TURNS) == tuple(
            metrics["wer"]["candidate"][name] for name in ("errors", "reference_words")
        )
        waited_ms = 1000 * variant["set"]["endpointing"] + pauses.LAG_MS
        assert waited_ms - 1 <= metrics["final_ms"]["candidate"]["p50"] < waited_ms + pauses.MARGIN_MS / 2, label
    assert [True, True, False] == [variant["on_pareto_front"] for variant in swept.variants.values()]


def test_variants_differ_in_what_was_asked_for_alone(swept: Swept):
    """One baseline, recorded once; the same audio byte for byte; every run is one like any other."""
    baseline = RunDir(swept.reports / "calls")
    for (label, run), value in zip(swept.runs.items(), VALUES, strict=True):
        document = run.read_run()
        assert ("recorded", "calls", True) == (
            document["state"],
            document["provenance"]["baseline_run"]["run_id"],
            document["provenance"]["baseline_run"]["interleaved"],
        )
        assert {"of": "calls", "variant": label, "set": {"endpointing": value}} == document["sweep"]
        for clip in run.read_clips():
            own, other = (folder.session_path(clip.clip_id, "baseline", 1) for folder in (run, baseline))
            assert own.read_bytes() == other.read_bytes()
    clip_id = run.read_clips()[0].clip_id
    headers = [run.read_session(clip_id, "candidate", 1).header for run in swept.runs.values()]
    assert 1 == len({header.audio_sha256 for header in headers})
    assert 1 == len({json.dumps({**header.params, "endpointing": None}) for header in headers})
    assert list(VALUES) == [header.params["endpointing"] for header in headers]
    assert {"baseline": pauses.CALLS, "candidate": 0} == {
        side: baseline.tally()[side] for side in ("baseline", "candidate")
    }


def test_everything_that_was_said_is_the_same(swept: Swept):
    """JSON on standard output is the file; the text leads with the answer, and says what it does not prove."""
    document = swept.document
    assert document == json.loads(swept.out)
    assert "harness.sweep/1" == document["schema"]
    for text in (document["next_step"], *document["notes"], document["best"]["explanation"]):
        assert text in swept.err
    assert "in up to 14 % of such sweeps" in swept.err
    assert (swept.reports / "calls" / "sweep.html").is_file()
    assert all((swept.reports / "calls" / variant["report"]).is_file() for variant in document["variants"])
    index = (swept.reports / "index.html").read_text()
    assert "calls/sweep.html" in index
    assert all(run.path.name in index for run in swept.runs.values())
