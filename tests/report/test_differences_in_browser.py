"""Differences and contract in a real browser, opened from disk."""

import pytest
from fabricate import HOSTILE

pytestmark = pytest.mark.browser

READY = "html[data-ready=true]"
IN_VIEW = "(id) => { const top = document.getElementById(id).getBoundingClientRect().top; return top >= 0 && top < innerHeight / 2; }"


@pytest.fixture(scope="module")
def page(chromium, report_folder):
    """The report, and what it said in `page.said`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto((report_folder / "report.html").as_uri())
    page.wait_for_selector(READY)
    yield page
    context.close()


def test_a_kind_opens_its_clips_and_a_place_opens_its_clip_there(page):
    """From the count to the filtered table, and from a place to the audio just there; Back returns to where the reader was."""
    kind = page.locator(".kind", has=page.locator("summary", has_text="Scattered words"))
    if not kind.evaluate("(each) => each.open"):  # as it is at first, if it is the worst
        kind.locator("summary").click()
    place = kind.locator(".places th a").first
    clip, at = place.inner_text(), place.locator("xpath=..").locator("small").inner_text()
    place.click()
    page.wait_for_selector(".stage")
    opened = page.locator(".clip-head h1").inner_text(), page.locator(".clock").inner_text().split("/")[0].strip()
    page.go_back()
    page.wait_for_selector("#overview:not([hidden])")
    link = kind.locator(".kind-clips a")
    clips = int(link.inner_text().split()[1])
    link.click()
    page.wait_for_function(IN_VIEW, arg="clips")

    assert (clip, at) == (opened[0], opened[1][: len(at)])
    assert f"{clips} of" in page.locator("#count").inner_text()
    assert "category:other" == page.locator("#filter").input_value()
    assert clips == page.locator("#clip-table tbody tr").count()


def test_hostile_details_and_types_are_shown_as_text(page):
    """What a service sent is told as it came, in differences and contract; nothing of it runs."""
    page.evaluate("document.querySelectorAll('.kind, .holding').forEach((each) => { each.open = true; })")
    assert HOSTILE in page.locator("#differences").inner_text()
    assert HOSTILE[:60] in page.locator("#contract").inner_text()
    assert page.evaluate("window.hacked === undefined")
    assert page.said == []
