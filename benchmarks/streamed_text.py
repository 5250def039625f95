"""Do the emulators hear the same in a paced run as at once? Compares every session's finals with an offline recognition.

    python benchmarks/streamed_text.py reports/RUN

Segmentation is a pure function of the audio and the settings, so the texts should be equal, word for word.
"""

import sys
from pathlib import Path

from harness.config import LoadedConfig
from harness.emulators.assemblyai_parameters import parse_query
from harness.emulators.gladia_parameters import parse_body
from harness.emulators.recogniser import load_decoder, recognise_offline
from harness.pipeline import config_of
from harness.planning import plan_run
from harness.rundir import RunDir
from harness.timeline.events import SIDES
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession


def streamed_finals(session: FoldedSession) -> list[str]:
    """The last final text of each segment, in order."""
    return [
        finals[-1].strip()
        for segment in session.segments
        if (finals := [update.text for update in segment.updates if update.kind != "partial"])
    ]


def main() -> int:
    """Compare all sessions of a run; returns the number of sessions whose text differs."""
    run = RunDir(Path(sys.argv[1]))
    document = run.read_run()
    corpus = run.path / document["provenance"]["corpus"]["path"]
    config = config_of(run, document)
    plan = plan_run(
        LoadedConfig(
            config.model_copy(update={"corpus": config.corpus.model_copy(update={"path": str(corpus)})}), "run", Path()
        )
    )
    decoder = load_decoder()
    differing = sessions = 0
    for clip in plan.clips:
        payload = plan.stream(clip).payload
        for side in SIDES:
            timeline = run.read_session(clip.clip_id, side, 1)
            if timeline is None:
                continue
            params = timeline.header.params
            parsed = (
                parse_query({name: str(value) for name, value in params.items()})
                if timeline.header.provider == "assemblyai"
                else parse_body(params)[0]
            )
            offline = [
                final.text.strip()
                for final in recognise_offline(payload, parsed.wire_format, parsed.rules, decoder=decoder)
                if final.text.strip()
            ]
            streamed = streamed_finals(fold(timeline))
            sessions += 1
            if streamed != offline:
                differing += 1
                print(f"{clip.clip_id} {side}:\n  streamed {streamed}\n  offline  {offline}")
    print(f"{sessions - differing} of {sessions} sessions have the text of the offline recognition, word for word")
    return differing


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
