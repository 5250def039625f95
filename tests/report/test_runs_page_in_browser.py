"""The page of all runs in a real browser, opened from disk."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from fabricate_runs import fabricate_runs
from playwright.sync_api import expect

from harness.report.runs_page import write_runs_page

pytestmark = pytest.mark.browser

READY = "html[data-ready=true]"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    fabricate_runs(folder, [0.06, 0.08, 0.10])
    return write_runs_page(folder)


@pytest.fixture(params=["light", "dark"])
def visit(request, chromium, index):
    """A page, and all that it said or asked for."""
    context = chromium.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    heard = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith("data:") or heard.append(asked.url))
    page.goto(index.as_uri())
    page.wait_for_selector(READY)
    yield page, heard
    context.close()


def choose(page, one, other):
    """Tick two boxes; each changes the address, and the page follows a moment later."""
    before = page.evaluate("location.href")
    page.locator(".choose").nth(one).check()
    page.wait_for_function("before => location.href !== before", arg=before)
    page.locator(".choose").nth(other).check()
    page.wait_for_selector(".side-by-side")


def test_two_boxes_put_two_runs_side_by_side(visit, index):
    """The earlier run stands first, changes are those of each side, and the address opens the same view."""
    page, heard = visit
    choose(page, 0, 2)
    words = page.locator(".side-by-side tbody tr").first
    cells = words.locator("td").all_inner_texts()
    shared = page.evaluate("location.href")
    page.locator(".close a").click()
    page.locator("#compare").wait_for(state="hidden")
    page.goto("about:blank")
    page.goto(shared)
    page.wait_for_selector(".side-by-side")

    assert ["5.0 %", "6.0 %", "5.0 %", "10.0 %"] == [cells[place].replace("\xa0", " ") for place in (0, 1, 3, 4)]
    assert ["0", "+4.0 pp"] == [cell.replace("\xa0", " ") for cell in cells[6:]]
    assert [index.as_uri()] * 2 == [url.split("#")[0] for url in heard]


def test_a_third_box_replaces_the_first(visit):
    """Never more than two."""
    page, _ = visit
    choose(page, 0, 1)
    before = page.evaluate("location.href")
    page.locator(".choose").nth(2).check()
    page.wait_for_function("before => location.href !== before", arg=before)
    expect(page.locator(".choose").nth(0)).not_to_be_checked(timeout=60_000)

    assert [False, True, True] == [page.locator(".choose").nth(place).is_checked() for place in range(3)]


def test_an_unknown_run_in_the_address_is_named(visit, index):
    """A link to a run that was deleted says so."""
    page, _ = visit
    page.goto(index.as_uri() + "#compare=gone")

    page.wait_for_selector("#notice:not([hidden])")

    assert "gone" in page.locator("#notice").inner_text()


def test_everyone_can_use_it(visit):
    """Axe finds nothing, with two runs side by side."""
    page, _ = visit
    choose(page, 0, 1)

    assert [] == [(found["id"], found["nodes"][0]["html"]) for found in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_no_width_makes_the_page_scroll_sideways(chromium, index, width):
    """Tables scroll in their frames."""
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{index.as_uri()}#compare=2026-03-01-support&with=2026-03-02-support")
    page.wait_for_selector(READY)

    assert width == page.evaluate("document.documentElement.scrollWidth")
    context.close()
