"""The report in a real browser, opened from disk."""

import dataclasses
from importlib import import_module
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from fabricate import HOSTILE, HOSTILE_NAME, fabricate

from harness.metrics.word_counts import WordCounts
from harness.report.html import write_report

pytestmark = pytest.mark.browser

READY = "html[data-ready=true]"
AUDIO_READY = """() => new Promise((resolve) => {
    const audio = document.querySelector('audio');
    if (audio.readyState > 0) resolve(); else audio.addEventListener('loadedmetadata', resolve, { once: true });
})"""
AUDIO_PLAYED = """(seconds) => new Promise((resolve) => {
    const audio = document.querySelector('audio');
    const look = () => audio.played.length > 0 && audio.played.end(audio.played.length - 1) > seconds && resolve();
    audio.addEventListener('timeupdate', look);
    look();  // on a busy machine it may be over already
})"""


class Visit:
    """A page with all that it said and asked for."""

    def __init__(self, context, folder) -> None:
        self.page = context.new_page()
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.url = (folder / "report.html").as_uri()
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", self._failed)

    def _failed(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a player that is closed stops loading
            self.messages.append(f"{request.url}: {request.failure}")

    def open(self, fragment: str = ""):
        self.page.goto(self.url + fragment)
        self.page.wait_for_selector(READY)
        return self.page


@pytest.fixture(params=["light", "dark"])
def visit(request, chromium, report_folder):
    context = chromium.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    yield Visit(context, report_folder)
    context.close()


def test_opens_silently_and_asks_for_nothing_outside_its_folder(visit, report_folder):
    """No console message and no request beyond the page and its audio, in either scheme, through all views."""
    page = visit.open()
    page.locator(".clip-link").first.click()
    page.wait_for_selector(".stage")
    page.keyboard.press("Escape")
    page.wait_for_selector("#overview:not([hidden])")

    home = report_folder.as_uri() + "/"
    outside = [url for url in visit.requests if not url.startswith((home, "data:"))]

    assert (visit.messages, outside) == ([], [])


def test_schemes_differ_and_the_button_overrides_the_system(chromium, report_folder):
    """The page follows the system's scheme until its button says otherwise."""
    colours = []
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme)
        page = Visit(context, report_folder).open()
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.locator("#theme").click()
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()

    system_light, forced_light, system_dark, forced_light_again = colours

    assert (system_light, system_light) == (forced_light, forced_light_again)
    assert system_light != system_dark


def test_hostile_texts_are_shown_as_text(visit):
    """Markup in ids, tags, words, transcripts and errors neither runs nor becomes elements."""
    page = visit.open()
    page.locator(".clip-link", has_text="étude").click()
    page.wait_for_selector(".stage")
    page.locator(".updates:not(.frames) summary").click()
    page.wait_for_selector(".update")

    assert page.locator(".clip-head h1").inner_text() == HOSTILE_NAME
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("main img").count() == 0
    assert HOSTILE in page.locator(".cell.ref").first.inner_text()
    assert HOSTILE in page.locator(".problems").inner_text()
    assert HOSTILE in page.locator(".update").first.inner_text()


def test_on_screen_text_is_what_had_arrived(visit):
    """Before the first update nothing is on screen; at the end both sides show their finals."""
    page = visit.open("#clip=call-000")
    before = page.locator(".screen p").all_inner_texts()
    page.goto(visit.url + "#clip=call-000&t=999")
    page.wait_for_selector(".screen.candidate .final")

    assert before == ["Nothing yet", "Nothing yet"]
    assert page.locator(".screen .partial").count() == 0


def test_the_address_carries_the_view(visit):
    """Filter, order, clip and position survive being opened as a link, and Back returns to the filtered table."""
    page = visit.open("#q=tag%3Anoisy&sort=final")
    rows = page.locator("#clip-table tbody tr")
    expected = rows.count()
    page.locator(".clip-link").first.click()
    page.wait_for_selector(".stage")
    clip = page.locator(".clip-head h1").inner_text()
    page.locator(".cell.ref").nth(1).click()
    shared = page.evaluate("location.href")  # which Playwright's own copy follows a moment later

    other = visit.page.context.new_page()
    other.goto(shared)
    other.wait_for_selector(READY)
    page.go_back()
    page.wait_for_selector("#overview:not([hidden])")

    assert clip == other.locator(".clip-head h1").inner_text()
    assert page.locator("#count").inner_text().startswith(f"{expected} of")
    assert expected == 2


def test_links_of_the_verdict_open_their_clip(visit):
    """The form of link that `verdict.json` writes opens the clip, whatever its name."""
    page = visit.open(f"#clip={quote(HOSTILE_NAME, safe='')}")

    assert page.locator(".clip-head h1").inner_text() == HOSTILE_NAME


def test_a_link_to_an_unknown_clip_says_so(visit):
    """An id that the report does not hold shows the overview and names what is missing."""
    page = visit.open("#clip=nowhere")

    assert "nowhere" in page.locator("#notice").inner_text()
    assert page.locator("#overview").is_visible()


def test_a_filter_lasts_while_clips_are_walked(visit):
    """A clip opened from a filtered table has the filtered neighbours, and the way back keeps the filter."""
    page = visit.open("#q=tag%3Anoisy")
    page.locator(".clip-link").first.click()
    page.wait_for_selector(".stage")
    place = page.locator(".walk").inner_text()
    page.locator(".back").click()
    page.wait_for_selector("#overview:not([hidden])")

    assert "1 of 2" in place
    assert page.locator("#filter").input_value() == "tag:noisy"


def test_tool_tips_follow_pointer_and_focus(visit):
    """A definition appears when its term is pointed at or focused, and is announced as its description."""
    page = visit.open()
    term = page.locator("#rules .term").first
    term.hover()
    pointed = page.locator("#tip").inner_text()
    page.mouse.move(0, 0)
    term.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.mouse.wheel(0, 40)
    page.wait_for_function("scrollY > 0")
    page.evaluate("new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))")

    assert pointed.startswith("Substituted, missing and extra words")
    assert pointed == page.locator("#tip").inner_text()
    assert term.get_attribute("aria-describedby") == "tip"


def test_every_update_shows_what_was_taken_back(visit):
    """The list of updates holds every message of both sides, with words taken back struck through."""
    page = visit.open("#clip=very-long")
    page.locator(".updates:not(.frames) summary").click()
    total = int(page.locator(".updates:not(.frames) summary small").inner_text().split()[0])

    assert total == page.locator(".update").count()
    assert page.locator(".update del").count() > 0


def test_paper_is_light_and_without_controls(visit):
    """Printed from either scheme, the page has a white ground and no controls."""
    page = visit.open()
    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator(".toolbar").is_visible()
    assert page.locator("#rules").is_visible()


def test_the_keyboard_walks_the_table_and_the_clips(visit):
    """J and k move, Enter opens, j goes on to the next clip of the table's order, Escape returns."""
    page = visit.open()
    names = page.locator(".clip-link").all_inner_texts()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_selector(".stage")
    opened = page.locator(".clip-head h1").inner_text()
    page.keyboard.press("j")
    page.locator(".clip-head h1", has_text=names[2]).wait_for()
    following = page.locator(".clip-head h1").inner_text()
    page.keyboard.press("Escape")
    page.wait_for_selector("#overview:not([hidden])")

    assert (names[1], names[2]) == (opened, following)
    assert following == page.locator("tr.current .clip-link").inner_text()


def test_a_filter_that_is_not_understood_says_so(visit):
    """An unknown field is named instead of silently matching nothing."""
    page = visit.open()
    page.locator("#filter").fill("colour:red early")

    assert "colour:red" in page.locator("#filter-error").inner_text()


def test_clips_without_audio_or_sessions_still_open(visit):
    """A clip whose audio may not be copied has no player source; one never recorded says so."""
    page = visit.open("#clip=no-audio-copy")
    audio = page.locator("audio").count()
    without = page.locator(".stage").inner_text()
    why = page.locator(".player .no-audio").inner_text()
    page.goto(visit.url + "#clip=never-recorded")
    page.locator(".clip-head h1", has_text="never-recorded").wait_for()

    assert audio == 0
    assert "not part of the report" in without
    assert "forbids copying" in why
    assert "never recorded" in page.locator(".problems").inner_text()
    assert visit.messages == []


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
@pytest.mark.parametrize("fragment", ["", "#clip=call-000", "#clip=very-long"])
def test_no_width_makes_the_page_scroll_sideways(chromium, report_folder, width, fragment):
    """From phone to wide screen the page is as wide as its window, and no table is cut off by its frame."""
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = Visit(context, report_folder).open(fragment)
    overflow = page.evaluate(
        """() => [document.documentElement.scrollWidth - innerWidth,
                  ...[...document.querySelectorAll('.table-frame, .rules, .trust')].map((e) => e.scrollWidth - e.clientWidth)]"""
    )
    context.close()

    assert max(overflow) <= 0


def test_a_spoilt_pair_leads_nothing(visit):
    """It stands last whatever the order, counts in no preset, is dimmed, and its page says once why."""
    page = visit.open("#sort=errors")
    by_errors = page.locator(".clip-link").all_inner_texts()
    page.goto(visit.url + "#sort=duration&dir=asc")
    page.locator("th[aria-sort=ascending]").wait_for()
    by_length = page.locator(".clip-link").all_inner_texts()
    row = page.locator("#clip-table tbody tr", has_text="harness-fault")
    figures = row.locator("td").all_inner_texts()[2:]
    dimmed = "left-out" in row.get_attribute("class")
    page.goto(visit.url + "#clip=harness-fault")
    page.wait_for_selector(".stage")

    assert page.locator(".differences").count() == 0
    assert "harness-fault" in by_errors[-2:]
    assert "harness-fault" in by_length[-2:]
    assert {"left out", "n/a"} == set(figures)
    assert dimmed
    assert page.locator("#clip").inner_text().count("lateness p99 31 ms exceeds 20 ms") == 1


def test_a_corpus_without_references_is_walked_by_how_much_the_texts_differ(chromium, tmp_path):
    """That order is the page's own, so no link names it; any other can be chosen, and with references it is one of many."""
    inputs = fabricate(clips=8, hostile=False)
    changed = {s.clip_id: s.changed_words for s in inputs.scores.sessions}
    sessions = [dataclasses.replace(s, has_reference=False, words=WordCounts()) for s in inputs.scores.sessions]
    write_report(
        dataclasses.replace(inputs, scores=dataclasses.replace(inputs.scores, sessions=tuple(sessions))), tmp_path
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = Visit(context, tmp_path).open()
    shown = page.locator(".clip-link").all_inner_texts()
    sorted_by = page.locator("th[aria-sort=descending]").inner_text()
    said = page.locator("#clips .section-head p").inner_text()
    page.locator("th button", has_text="Length").click()
    by_length = page.evaluate("location.hash.slice(1)")
    page.locator("th button", has_text="Disagreement").click()
    by_differ = page.evaluate("location.hash.slice(1)")
    unknown = page.locator("#clip-table tbody tr").first.locator("td").all_inner_texts()[4:6]
    page.locator("#filter").fill("disagreement>0")
    found = page.locator("#count").inner_text()
    page.set_viewport_size({"width": 360, "height": 800})
    narrow = [page.locator("th", has_text=name).is_visible() for name in ("Disagreement", "Word errors")]
    overflow = page.evaluate("document.querySelector('.table-frame').scrollWidth - innerWidth")
    context.close()

    differences = [changed[clip_id] for clip_id in shown]
    assert differences == sorted(differences, reverse=True)
    assert differences[0] > differences[-1]
    assert ("Disagreement", "sort=duration", "") == (sorted_by, by_length, by_differ)
    assert narrow == [True, False]
    assert overflow <= 0
    assert unknown == ["n/a", "n/a"]
    assert said.startswith("Texts that differ most first.")
    assert found.startswith(f"{sum(count > 0 for count in differences)} of")


def test_player_and_picture_open_at_the_same_place(visit):
    """Where speech starts late, the clip opens just before it, in the picture, on the clock and in the audio alike."""
    page = visit.open("#clip=late-speech")
    page.evaluate(AUDIO_READY)
    shown = _seconds(page.locator(".clock").inner_text().split("/")[0])
    inside = page.evaluate(
        """() => {
            const frame = document.querySelector('.stage-frame').getBoundingClientRect();
            const cursor = document.querySelector('.cursor').getBoundingClientRect();
            return cursor.left >= frame.left && cursor.left <= frame.right;
        }"""
    )

    assert shown == pytest.approx(19.6, abs=0.2)
    assert shown == pytest.approx(page.evaluate("document.querySelector('audio').currentTime"), abs=0.1)
    assert inside


def test_nothing_shines_through_the_header(visit):
    """The bar that stays on top is opaque."""
    page = visit.open()

    assert page.evaluate("getComputedStyle(document.querySelector('.bar')).backgroundColor").startswith("rgb(")


def test_labels_of_a_logarithmic_axis_keep_apart_on_a_phone(chromium, tmp_path):
    """From 200 to 20000 ms there are more ticks than a phone has room for: some lose their label."""
    inputs = fabricate(clips=6, hostile=False)
    slow = dataclasses.replace(inputs.scores.turns[0], final_ms=15_000.0)
    scores = dataclasses.replace(inputs.scores, turns=(slow, *inputs.scores.turns[1:]))
    write_report(dataclasses.replace(inputs, scores=scores), tmp_path)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = Visit(context, tmp_path).open()
    gaps = page.evaluate(
        """() => [...document.querySelectorAll('.x-axis')].flatMap((axis) => {
            const boxes = [...axis.querySelectorAll('text')].map((text) => text.getBoundingClientRect()).filter((box) => box.width);
            return boxes.slice(1).map((box, index) => box.left - boxes[index].right);
        })"""
    )
    logarithmic = page.locator("figure small", has_text="logarithmic axis").count()
    context.close()

    assert logarithmic == 1
    assert min(gaps) > 2


def test_a_clip_says_the_difference_of_its_sides(visit):
    """Candidate minus baseline under both, coloured where it matters; what is equal says so."""
    page = visit.open("#clip=call-000")
    errors = [int(cell.split()[0]) for cell in page.locator(".score-table td:nth-child(2)").all_inner_texts()[:2]]
    first = [int(cell.split("\xa0")[0]) for cell in page.locator(".score-table td:nth-child(4)").all_inner_texts()[:2]]
    shown = page.locator(".differences td").all_inner_texts()

    assert (_signed(errors[1] - errors[0]), _signed(first[1] - first[0], "\xa0ms")) == (shown[0], shown[2])
    assert page.locator(".differences .better, .differences .worse").count() > 0


def _signed(value, unit=""):
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{abs(value)}{unit if value else ''}"


def test_a_phone_shows_all_scores_and_no_keys(chromium, report_folder):
    """At 390 px the scores of a clip stand in columns, a side each, not cut off; keys that nobody has are not named."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = Visit(context, report_folder).open()
    keys = page.locator(".section-head .hint").is_visible()
    page.goto(page.url.split("#")[0] + "#clip=call-000")
    page.wait_for_selector(".stage")
    cut = page.evaluate(
        "(() => { const e = document.querySelector('.score-frame'); return e.scrollWidth - e.clientWidth; })()"
    )
    tops = {round(side.bounding_box()["y"]) for side in page.locator(".score-table tbody th").all()}
    player_keys = page.locator(".player .hint").is_visible()
    context.close()

    assert (cut, len(tops), keys, player_keys) == (0, 1, False, False)


def test_every_section_of_an_emulated_run_is_marked(visit):
    """Every heading carries the badge, and so does the head of a clip."""
    page = visit.open()
    heads = page.locator(".section-head").count()
    marked = page.locator(".section-head .emulated-tag").count()
    page.goto(visit.url + "#clip=call-000")
    page.wait_for_selector(".stage")

    assert heads == marked
    assert page.locator(".clip-head .emulated-tag").is_visible()
    assert page.locator(".bar .emulated-tag").is_visible()


def _seconds(text: str) -> float:
    minutes, seconds = text.strip().split(":")
    return int(minutes) * 60 + float(seconds)


@pytest.mark.parametrize("width", [390, 1280])
def test_everyone_can_use_it(visit, width):
    """Axe finds nothing in the overview and in a clip, on a phone and on a screen, in either scheme."""
    visit.page.set_viewport_size({"width": width, "height": 900})
    found = []
    for fragment in ("", "#clip=call-000"):
        page = visit.open(fragment)
        page.evaluate("document.querySelectorAll('.kind, .holding').forEach((each) => { each.open = true; })")
        found += [(one["id"], one["nodes"][0]["html"]) for one in Axe().run(page).response["violations"]]

    assert found == []


def test_raw_frames_are_one_click_away(visit):
    """Every message in order of arrival, whole when opened, as text; the other time is how much later the handler had it."""
    page = visit.open("#clip=call-000")
    page.locator(".frames summary").click()
    page.wait_for_selector(".frame-list li")
    first = page.locator(".frame-list li").first
    first.locator(".frame-open").click()
    last = page.locator(".frame-list li").last
    last.locator(".frame-open").click()

    assert first.locator(".frame-later").inner_text() == "+1.0\xa0ms"
    assert '"type": "partial"' in first.locator("pre").inner_text()
    assert (last.locator(".kind").inner_text(), last.locator("pre").inner_text()) == ("not JSON", HOSTILE)
    assert page.evaluate("window.hacked === undefined")


def test_a_long_list_of_frames_scrolls_in_itself(visit):
    """The page grows by the list's own height, however many frames there are."""
    page = visit.open("#clip=very-long")
    before = page.evaluate("document.documentElement.scrollHeight")
    page.locator(".frames summary").click()
    page.wait_for_selector(".frame-list li")

    assert page.evaluate("document.documentElement.scrollHeight") - before < 700


def test_frames_that_are_not_in_the_page_say_where_they_lie(chromium, tmp_path, monkeypatch):
    """The page keeps those of the worst regressions; of others it names the files."""
    page_module = import_module("harness.report.html")  # by name: `harness.report` is a public function
    monkeypatch.setattr(page_module, "packed_frames", lambda _inputs, _rows: {})
    write_report(fabricate(clips=1, hostile=False), tmp_path)
    page = Visit(chromium.new_context(), tmp_path).open("#clip=call-000")
    page.locator(".frames summary").click()

    assert "sessions/call-000/baseline.1.jsonl.gz" in page.locator(".frames-note").inner_text()


def test_audio_within_the_page_asks_for_no_file(chromium, tmp_path):
    """With `embed_audio` the page is all there is: it plays, and nothing lies beside it."""
    folder = tmp_path / "run"
    write_report(fabricate(clips=2, hostile=False), folder, embed_audio=True)
    visit = Visit(chromium.new_context(), folder)
    page = visit.open("#clip=call-001")
    page.locator(".play").click()
    page.evaluate(AUDIO_PLAYED, 0.2)

    assert [url for url in visit.requests if url.startswith("file:") and not url.startswith(visit.url)] == []
    assert (list((folder / "audio").iterdir()), visit.messages) == ([], [])
