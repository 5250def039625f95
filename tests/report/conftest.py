"""A report of a made-up run, and the system's browser to open it with."""

import os
import shutil
from pathlib import Path

import pytest
from fabricate import fabricate

from harness.report.html import write_report

CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


@pytest.fixture(scope="session")
def report_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory with the report of a hostile run, named to need quoting in a URL."""
    folder = tmp_path_factory.mktemp("run #1 é")
    write_report(fabricate(clips=8), folder)
    return folder


def chromium_path() -> str | None:
    """Where the system's Chromium is; None where there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")  # Playwright keeps an event loop running, which later modules must not inherit
def chromium():
    """The system's Chromium, or a skip where there is none; in CI there has to be one."""
    executable = chromium_path()
    if executable is None and os.environ.get("CI"):
        pytest.fail("there is no Chromium, and CI tests the report in one: install the system's package chromium")
    if executable is None:
        pytest.skip("there is no Chromium on this system; set CHROMIUM to its path")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
