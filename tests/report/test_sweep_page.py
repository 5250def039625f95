"""The page of a sweep, as text and in a real browser, opened from disk."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fabricate import HOSTILE
from fabricate_sweep import fabricate_sweep, variant

from harness.report.numbers import MINUS
from harness.report.sweep_page import render_sweep, write_sweep_page

THREE = (
    variant(0.05, "fail", 300.0, 0.2),
    variant(0.2, "pass", 520.0, 0.012, best=True),
    variant(0.3, "inconclusive", 610.0, 0.011),
    variant(0.8, "invalid", 990.0, 0.0),
)


def test_the_answer_comes_first_and_every_variant_leads_to_its_report():
    """In the title too; the best is marked, and what is out says why."""
    page = render_sweep(fabricate_sweep(*THREE))
    text = re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))

    assert "<title>Best: endpointing=0.2. (emulated) night</title>" in page
    told = ("Best: endpointing=0.2.", "endpointing=0.05 is out, by early cuts", "Lower left is better")
    assert sorted(map(text.index, told)) == [text.index(each) for each in told]
    for each in THREE:
        assert f'href="../night-{each["variant"].replace("=", "-")}/report.html"' in page
    assert f"520 ms +20 ms {MINUS}20 to +60 ms" in text.replace("\xa0", " ")


def test_no_best_and_no_figures_are_shown_as_such():
    """A sweep in which nothing was measured has a page too."""
    document = fabricate_sweep(variant(0.05, "invalid", 300.0, 0.2, spread=None))
    document["baseline"]["metrics"]["final_ms"] = {"p50": None, "p95": None}
    page = render_sweep(document)

    assert "No variant keeps to the margins." in page
    assert 'id="trade-off"' not in page


def test_names_are_text_whatever_they_hold():
    """Nothing of a name becomes markup."""
    assert HOSTILE not in render_sweep(fabricate_sweep(*THREE, hostile=HOSTILE))


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_it(chromium, tmp_path: Path, scheme: str):
    """Axe finds nothing, nothing is asked of anybody, nothing sticks out on a phone, and a point tells its figures to the keyboard."""
    address = write_sweep_page(tmp_path, fabricate_sweep(*THREE)).as_uri()
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 390, "height": 900})
    page = context.new_page()
    heard = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith("data:") or heard.append(asked.url))
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")

    assert [] == [(found["id"], found["nodes"][0]["html"]) for found in Axe().run(page).response["violations"]]
    assert 390 == page.evaluate("document.documentElement.scrollWidth")
    page.locator(".trade-plot a").nth(1).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert ["endpointing=0.2", "520 ms finals p95", "1.2 % early cuts"] == page.locator("#tip").inner_text().replace(
        "\xa0", " "
    ).split("\n")[:3]
    assert [address] == heard
    context.close()
