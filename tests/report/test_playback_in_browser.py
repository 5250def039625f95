"""What is heard, where the cursor stands and what is drawn under it: all on one timeline, to 50 ms, in a real browser."""

import base64
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import golden_metrics
import numpy as np
import pytest
from builders import timeline, transcript

from harness import pipeline
from harness.metrics.tables import read_scores
from harness.report.html import write_report
from harness.report.inputs import ClipAudio, ReportInput
from harness.scoring import folded
from harness.timeline.events import SIDES
from harness.timeline.files import write_timeline
from harness.timeline.fold import fold

pytestmark = pytest.mark.browser

RATE_HZ = 160_000
AGREE_S = 0.05
CLIP = "flight"
CANDIDATE = [
    transcript(1.40, "i need a", key="a", start_s=0.5),
    transcript(1.95, "I need a flight.", key="a", final=True, start_s=0.5, end_s=1.6),
    transcript(2.30, "to austin", key="b", start_s=2.1, end_s=2.9),  # taken back: no final ever comes
    transcript(4.50, "to boston leaving", key="c", start_s=3.0),
    transcript(5.05, "To Boston leaving on Friday.", key="c", final=True, start_s=3.0, end_s=4.7),
]
"""The second segment vanishes when the third is final."""

SECONDS = """
    const stage = document.querySelector('.stage').getBoundingClientRect();
    const lines = [...document.querySelectorAll('.ruler line')].map((line) => Number(line.getAttribute('x1')));
    const labels = [...document.querySelectorAll('.ruler text')].map((text) => text.textContent.split(':')).map(([m, s]) => 60 * m + Number(s));
    const scale = (labels.at(-1) - labels[0]) / (lines[labels.length - 1] - lines[0]);
    const seconds = (x) => labels[0] + (x - lines[0]) * scale;
    const audio = document.querySelector('audio');
"""
"""Places of the picture as seconds, by nothing but the labels of its own axis."""

CURSOR = (
    SECONDS
    + "const cursor = () => seconds(document.querySelector('.cursor').getBoundingClientRect().left - stage.left);"
)
STATE = f"() => {{ {CURSOR} return [audio.currentTime, cursor()]; }}"
DRAWN = f"""(side) => {{ {SECONDS}
    const at = (selector) => [...document.querySelectorAll(`.lane.${{side}} ${{selector}}`)].map((line) => seconds(Number(line.getAttribute('x1')))).sort((a, b) => a - b);
    return [at('.tick'), at('.final line')];
}}"""
SHOWN = "(side) => [...document.querySelectorAll(`.screen.${side} p > :not(.nothing)`)].map((span) => [span.textContent, span.className])"
X_OF = f"(at) => {{ {SECONDS} return stage.left + lines[0] + (at - labels[0]) / scale; }}"
CLICKED = """() => {
    window.clicks = [];
    document.addEventListener('click', () => clicks.push([document.querySelector('audio').currentTime, !document.querySelector('audio').paused]));
}"""
FOLLOWED = f"""(until) => new Promise((resolve) => {{ {CURSOR}
    let before = audio.currentTime;
    const strays = [];
    const look = () => {{
        const now = audio.currentTime;
        if (cursor() < before - {AGREE_S} || cursor() > now + {AGREE_S}) strays.push([before, cursor(), now]);
        before = now;
        if (now < until) requestAnimationFrame(look); else resolve(strays);
    }};
    requestAnimationFrame(look);
}})"""
"""The cursor is drawn once a frame, so it stands between where the audio was at this frame and at the one before."""
PLAYED = f"""([start, end]) => {{
    const {{ paused, played }} = document.querySelector('audio');
    const spans = [...Array(played.length).keys()].map((place) => [played.start(place), played.end(place)]);
    return paused && spans.some(([from, to]) => from < start + {AGREE_S} && to > end - {AGREE_S});
}}"""
SEEKABLE = """() => {
    const { seekable } = document.querySelector('audio') ?? { seekable: [] };
    return seekable.length > 0 && seekable.end(0) > 0;
}"""
PEAKS = """async ([encoded, rate]) => {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer);
    const samples = sound.getChannelData(0);
    const found = [];
    samples.forEach((sample, index) => Math.abs(sample) > 0.3 && (!found.length || index / rate - found.at(-1) > 0.05) && found.push(index / rate));
    return [found, sound.duration];
}"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A recorded and scored run; one side of its clip has a segment that vanishes."""
    made = golden_metrics.write_run(tmp_path_factory.mktemp("playback") / "run")
    vanishing = timeline(CANDIDATE, provider="gladia", side="candidate", clip_id=CLIP, duration_s=7.0)
    write_timeline(made.session_path(CLIP, "candidate", 1), vanishing)
    pipeline.score(made)
    return made


@pytest.fixture(scope="module")
def folders(run, tmp_path_factory):
    """Its reports, with audio beside and within the page: a click in the recording wherever a word begins."""
    inputs = ReportInput(
        run=run.read_run(),
        clips=run.read_clips(),
        scores=read_scores(run.path / "scores"),
        sessions=partial(folded, run),
        summary=run.read_json("summary.json"),
        verdict=None,
        audio=_clicks,
        timeline=run.read_session,
    )
    made = {name: tmp_path_factory.mktemp(name) for name in ("beside", "within")}
    for name, folder in made.items():
        write_report(inputs, folder, embed_audio=name == "within")
    return made


wherever_the_audio_is = pytest.mark.parametrize("page", ["beside", "within"], indirect=True)


@pytest.fixture
def page(request, chromium, folders):
    """The clip, opened, its audio loaded."""
    folder = folders[getattr(request, "param", "beside")]
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900},
    )
    page = context.new_page()
    page.goto(f"{(folder / 'report.html').as_uri()}#clip={CLIP}")
    _until(page, "() => document.querySelector('audio')?.readyState >= 3")
    yield page
    context.close()


@wherever_the_audio_is
def test_a_word_that_is_clicked_is_played(page, run):
    """It plays from the word's start to its end, and the cursor rests at its start; Space then goes on from there."""
    words = _words(run)
    page.evaluate(CLICKED)
    for place in (3, 6, 0):
        page.locator(".cell.ref").nth(place).click()
        _until(page, PLAYED, [words[place].start_s, words[place].end_s])
    rest = page.evaluate(STATE)
    clicks = page.evaluate("clicks")
    page.locator(".ref-word").nth(4).click()
    _until(page, PLAYED, [words[4].start_s, words[4].end_s])
    page.keyboard.press("Space")  # for the player, not once more for the word that was clicked
    _until(page, "(at) => document.querySelector('audio').currentTime > at", words[4].end_s + 0.4)

    assert [(pytest.approx(words[place].start_s, abs=AGREE_S), True) for place in (3, 6, 0)] == [
        tuple(at) for at in clicks
    ]
    assert [pytest.approx(words[0].start_s, abs=AGREE_S)] * 2 == rest


def test_a_word_is_played_from_a_server_that_sends_no_parts_of_files(chromium, folders, run):
    """Python's own is one; without help a player there can only begin at the beginning."""
    handler = partial(_Silent, directory=folders["beside"])
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/report.html#clip={CLIP}")
        _until(page, SEEKABLE)
        page.locator(".cell.ref").nth(6).click()
        word = _words(run)[6]
        _until(page, PLAYED, [word.start_s, word.end_s])
        context.close()
        server.shutdown()


@wherever_the_audio_is
def test_a_word_is_heard_where_it_is_drawn(page, folders, run):
    """The browser decodes the clip's clicks at the starts of its words, without delay and to the same length."""
    embedded = page.locator("script[id^=data-audio]").count()
    place = [clip.clip_id for clip in run.read_clips()].index(CLIP)
    if embedded:
        encoded = page.locator(f"#data-audio-{place}").text_content()
    else:
        encoded = base64.b64encode((folders["beside"] / f"audio/{CLIP}.flac").read_bytes()).decode()
    heard, duration = page.evaluate(PEAKS, [encoded, RATE_HZ])
    starts = [word.start_s for word in _words(run)]
    drawn = page.evaluate(
        f"() => {{ {SECONDS} return [...document.querySelectorAll('.ref-word')].map((word) => seconds(word.getBoundingClientRect().left - stage.left)); }}"
    )

    assert [pytest.approx(start, abs=0.005) for start in starts] == heard
    assert [pytest.approx(start, abs=AGREE_S) for start in heard] == drawn
    assert duration == pytest.approx(_clip(run).duration_s, abs=0.001)
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(duration, abs=AGREE_S)


@wherever_the_audio_is
def test_the_cursor_follows_what_plays_and_what_is_sought(page):
    """On the page's own axis it is where the audio is: while it plays, after a click into a lane, after arrow keys."""
    page.keyboard.press("Space")
    strays = page.evaluate(FOLLOWED, 0.6)
    page.keyboard.press("Space")
    page.mouse.click(page.evaluate(X_OF, 3.2), page.locator(".stage").bounding_box()["y"] + 200)
    clicked = page.evaluate(STATE)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    stepped = page.evaluate(STATE)

    assert [] == strays
    assert [pytest.approx(3.2, abs=AGREE_S)] * 2 == clicked
    assert [pytest.approx(3.1, abs=AGREE_S)] * 2 == stepped


def test_lanes_and_screens_are_those_of_the_timeline(page, run):
    """Every message is drawn at its arrival; 50 ms before it the screen shows what was there before, 50 ms after it what it brought."""
    top = page.locator(".stage").bounding_box()["y"] + 200
    for side in SIDES:
        session = fold(run.read_session(CLIP, side, 1))
        updates = [update for segment in session.segments for update in segment.updates]
        instants = sorted(update.wire_ns / 1e9 for update in updates)
        finals = sorted(update.wire_ns / 1e9 for update in updates if update.kind != "partial")
        drawn, stems = page.evaluate(DRAWN, side)
        assert [pytest.approx(at, abs=AGREE_S) for at in instants] == drawn
        assert [pytest.approx(at, abs=AGREE_S) for at in finals] == stems
        for at in (*(at - AGREE_S for at in instants), *(at + AGREE_S for at in instants), 6.5):
            page.mouse.click(page.evaluate(X_OF, at), top)
            assert page.evaluate(SHOWN, side) in _within(session, instants, at), (side, at)


def test_an_address_brings_back_what_its_sender_saw(page, run):
    """Choosing a message shows it, however its instant is rounded, and so does the address in another window."""
    page.locator(".updates:not(.frames) summary").click()
    messages = page.locator(".candidate .update")
    for place, text in enumerate(("i need a", "I need a flight.")):
        messages.nth(place).click()
        assert [text] == [shown for shown, _ in page.evaluate(SHOWN, "candidate")]
    other = page.context.new_page()
    other.goto(page.evaluate("location.href"))
    other.wait_for_selector(".screen.candidate .final")

    assert page.evaluate(SHOWN, "candidate") == other.evaluate(SHOWN, "candidate")


def test_a_long_clip_opens_wide_enough_to_read(chromium, folders):
    """Also where a screen would have to be made wider many times: never squeezed into one."""
    context = chromium.new_context(viewport={"width": 100, "height": 600})
    page = context.new_page()
    page.goto(f"{(folders['beside'] / 'report.html').as_uri()}#clip=backlog")
    page.wait_for_selector(".stage")
    width = page.locator(".stage").bounding_box()["width"]
    minutes, seconds = page.locator(".clock").inner_text().split("/")[1].split(":")
    context.close()

    assert width / (60 * int(minutes) + float(seconds)) >= 70


def _until(page, condition, argument=None):
    """Wait for it, frame by frame: what Playwright has for this evaluates texts, which the page's policy forbids."""
    page.evaluate(
        f"""(argument) => new Promise((resolve, reject) => {{
            const isMet = {condition};
            const began = performance.now();
            const look = () => {{
                if (isMet(argument)) resolve();
                else if (performance.now() - began > 60_000) reject(new Error("not within 60 s"));
                else requestAnimationFrame(look);
            }};
            look();
        }})""",
        argument,
    )


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments) -> None:
        pass


def _within(session, instants, at):
    """What may be shown at `at`: the texts of all instants that are nearer than 50 ms."""
    near = [at, *(edge for edge in instants if abs(edge - at) < AGREE_S - 1e-6)]
    return [_on_screen(session, instant) for instant in (*near, *(edge - 1e-6 for edge in near[1:]))]


def _on_screen(session, at_s):
    """Each segment's latest text and whether it is final; one that vanished is gone once a later one is final."""
    shown = []
    for place, segment in enumerate(session.segments):
        latest = _latest(segment, at_s)
        later = session.segments[place + 1 :]
        gone = segment.closed_by == "vanished" and any(
            update.kind != "partial" and update.wire_ns / 1e9 <= at_s for other in later for update in other.updates
        )
        if latest and latest.text and not gone:
            shown.append([latest.text, "partial" if latest.kind == "partial" else "final"])
    return shown


def _latest(segment, at_s):
    arrived = [update for update in segment.updates if update.wire_ns / 1e9 <= at_s]
    return arrived[-1] if arrived else None


def _clicks(clip):
    """A burst of 5 ms where each word begins, silence elsewhere."""
    samples = np.zeros(round(clip.duration_s * RATE_HZ), np.int16)
    burst = (30_000 * np.sin(np.arange(80) * 2 * np.pi * 1000 / RATE_HZ)).astype(np.int16)
    for utterance in clip.utterances:
        for word in utterance.words:
            start = round(word.start_s * RATE_HZ)
            samples[start : start + 80] = burst
    return ClipAudio(samples, RATE_HZ)


def _clip(run):
    return next(clip for clip in run.read_clips() if clip.clip_id == CLIP)


def _words(run):
    return [word for utterance in _clip(run).utterances for word in utterance.words]
