"""How large is the report of many clips, and how fast does a browser show it? Makes up a run, scores it, and opens its report.

    python benchmarks/report_size.py [CLIPS]... [--seconds S] [--keep FOLDER]

Both sides of each clip are those of `scoring.py`; the waveform is drawn at random, which compresses worst. Times are the browser's own:
the first view from the start of the navigation, the others from the event to the frame after what it changed. Medians of five, and
the slowest. Needs the system's Chromium.

On two idle cores: 50 clips of 10 s in 0.37 MB; 10,000 in 24.5 MB, first view 583 ms (813 at most), filter 67 (71), sort 57 (70), open 48 (132).
"""

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from scoring import make_run

from harness import pipeline
from harness.metrics.tables import read_scores
from harness.report.html import render
from harness.report.inputs import ReportInput
from harness.rundir import RunDir
from harness.scoring import folded

PEAKS_PER_S = 50
REPEATS = 5
READY = "html[data-ready=true]"
FRAME = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
FILTER = """async (text) => {
    const input = document.getElementById('filter');
    const began = performance.now();
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    while (!location.hash.includes(encodeURIComponent(text).replace('%20', '+'))) await new Promise((done) => setTimeout(done, 1));
    FRAME return performance.now() - began;
}""".replace("FRAME", FRAME)
SORT = """async (column) => {
    const began = performance.now();
    document.querySelectorAll('#clip-table th button')[column].click();
    FRAME return performance.now() - began;
}""".replace("FRAME", FRAME)
OPEN = """async (id) => {
    const began = performance.now();
    location.hash = `#clip=${id}`;
    while (document.documentElement.dataset.view !== `clip ${id}`) await new Promise((done) => setTimeout(done, 1));
    FRAME return performance.now() - began;
}""".replace("FRAME", FRAME)


def make_report(folder: Path, clips: int, seconds: float) -> Path:
    """A run directory with scores, a verdict and a page without audio; what is there already is kept."""
    run = RunDir(folder)
    if not (folder / "verdict.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        make_run(folder, 2 * clips, seconds, clips)
        document = run.read_run()
        document["sessions"]["recorded"]["reruns"] = 0
        run.write_run(document)
        pipeline.score(run)
        pipeline.judge(run)
    inputs = ReportInput(
        run=run.read_run(),
        clips=run.read_clips(),
        scores=read_scores(folder / "scores"),
        sessions=partial(folded, run),
        summary=run.read_json("summary.json"),
        verdict=run.read_json("verdict.json"),
        audio=lambda _clip: None,
    )
    page = folder / "report.html"
    page.write_text(render(inputs, {clip.clip_id: waveform(clip.clip_id, seconds) for clip in inputs.clips}))
    return page


def waveform(clip_id: str, seconds: float) -> dict[str, Any]:
    """Peaks as the report has them: lowest and highest of each column, in 1/127."""
    draw = random.Random(clip_id)
    heights = [draw.randrange(127) for _ in range(round(seconds * PEAKS_PER_S))]
    return {
        "file": f"audio/{clip_id}.flac",
        "peaks_per_s": PEAKS_PER_S,
        "peaks": [side * height for height in heights for side in (-1, 1)],
    }


def times(samples: Iterable[float]) -> str:
    """`12 ms (14 at most)`."""
    found = list(samples)
    return f"{statistics.median(found):.0f} ms ({max(found):.0f} at most)"


def visit(page: Page, report: Path, clips: int) -> list[str]:
    """What a reader waits for."""
    opened = []
    for _ in range(REPEATS):
        page.goto("about:blank")
        page.goto(report.as_uri())
        page.wait_for_selector(READY)
        opened.append(page.evaluate("performance.now()"))
    draw = random.Random(7)
    ids = [f"clip-{draw.randrange(clips):06d}" for _ in range(REPEATS)]
    return [
        f"first view {times(opened)}",
        f"filter {times(page.evaluate(FILTER, text) for text in ('wer>0.1', 'cut:early', 'kor', 'tag:noise=cafe', 'vi'))}",
        f"sort {times(page.evaluate(SORT, column) for column in (2, 3, 2, 1, 0))}",
        f"open a clip {times(page.evaluate(OPEN, clip_id) for clip_id in ids)}",
    ]


def main() -> None:
    """Print a line a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=int, default=[50, 1000])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--keep", type=Path, help="where to leave the runs, and find those of an earlier time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for clips in options.clips:
            folder = (options.keep or Path(temporary)) / f"report-{clips}-{options.seconds:g}s"
            began = time.perf_counter()
            report = make_report(folder, clips, options.seconds)
            made_s, megabytes = time.perf_counter() - began, report.stat().st_size / 1e6
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            found = visit(page, report, clips)
            page.close()
            print(
                f"{clips:6d} clips of {options.seconds:g} s: {megabytes:.2f} MB (all made in {made_s:.0f} s); {'; '.join(found)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
