"""Pictures of every view, for people to look at: three widths, both colour schemes. `nox -s browser` leaves them in reports/screenshots.

python tests/report/screenshots.py [FOLDER]
"""

import dataclasses
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conftest import CHROMIUM_FLAGS, chromium_path
from fabricate import fabricate
from fabricate_runs import fabricate_runs

from harness.report.html import write_report
from harness.report.runs_page import write_runs_page

WIDTHS = (390, 1280, 1920)
SCHEMES = ("light", "dark")
READY = "html[data-ready=true]"


def pages(folder: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each view's name, its address, and what is clicked before the picture."""
    usual = write_report(fabricate(clips=24), folder / "usual").as_uri()
    yield "overview", usual, (".course summary", ".reading summary")
    yield "metrics", f"{usual}#metrics", (".glossary summary",)
    yield "differences", usual, (".kind:not([open]) summary", ".holding summary")
    yield "filtered", f"{usual}#q=tag%3Anoisy&sort=final", ()
    yield "nothing-matches", f"{usual}#q=nosuchword", ()
    yield "clip", f"{usual}#clip=call-002", (".updates:not(.frames) summary",)
    yield "frames", f"{usual}#clip=call-002", (".frames summary", ".frame-list li:nth-child(3) .frame-open")
    yield "long-clip", f"{usual}#clip=very-long", ()
    yield "failed-clip", f"{usual}#clip=failed-session", ()
    yield "spoilt-clip", f"{usual}#clip=harness-fault", ()
    yield "live", write_report(fabricate(clips=3, live=True, hostile=False), folder / "live").as_uri(), ()
    nothing = dataclasses.replace(fabricate(clips=1), run={}, summary={}, verdict=None)
    yield "nothing-recorded", write_report(nothing, folder / "nothing").as_uri(), ()
    fabricate_runs(folder / "reports", [0.06, 0.05, 0.08, 0.07, 0.1])
    runs = write_runs_page(folder / "reports").as_uri()
    yield "runs", runs, ()
    yield "two-runs", f"{runs}#compare=2026-03-01-support&with=2026-03-05-support", ()
    (folder / "none").mkdir()
    yield "no-runs", write_runs_page(folder / "none").as_uri(), ()


def main() -> None:
    """Take them all."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - `pages` alone needs no browser

    out = Path(sys.argv[1] if len(sys.argv) > 1 else "reports/screenshots")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_FLAGS))
        for name, address, clicks in pages(Path(temporary)):
            for width in WIDTHS:
                for scheme in SCHEMES:
                    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
                    _take(context.new_page(), address, clicks, out / f"{name}-{width}-{scheme}.png")
                    context.close()
        browser.close()
    print(f"{out}: {len(list(out.glob('*.png')))} pictures")


def _take(page: Any, address: str, clicks: tuple[str, ...], path: Path) -> None:
    page.goto(address)
    page.wait_for_selector(READY)
    for selector in clicks:
        page.locator(selector).first.click()
    page.evaluate("scrollTo(0, 0)")  # the header sticks to where the page stands
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main()
