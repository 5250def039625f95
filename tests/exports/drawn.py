"""Lines as hypothesis draws them: any text a service may send, any name a clip may have."""

from hypothesis import strategies as st

from harness.exports.transcripts import Line, Token

_characters = st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\ufeff")
_words = st.text(_characters, min_size=1, max_size=6) | st.sampled_from(["<b>", "-->", "&amp;", "it's", "3:00", "7"])
_names = st.text(_characters | st.sampled_from(" ;%\t\n/\"'"), min_size=1, max_size=8)


@st.composite
def drawn_lines(draw: st.DrawFn, words: st.SearchStrategy[str] = _words) -> list[Line]:
    """Lines in order of time, of one to three tokens each, with times in whole milliseconds."""
    clip_id, speaker = draw(_names), draw(st.none() | _names)
    lines, at_ms = [], 0
    for texts in draw(st.lists(st.lists(words, min_size=1, max_size=3), max_size=4)):
        tokens = []
        for text in texts:
            start_ms = at_ms + draw(st.integers(0, 4_000_000))
            at_ms = start_ms + draw(st.integers(0, 2000))
            tokens.append(Token(text, start_ms / 1000, at_ms / 1000, draw(st.none() | st.just(0.25))))
        lines.append(Line(clip_id, 1, speaker, tokens[0].start_s, tokens[-1].end_s, tuple(tokens)))
    return lines
