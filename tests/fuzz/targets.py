"""Everything of ours that reads what others wrote, by name: the fuzzer, the kept cases and the properties share this table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import fuzz_corpora
import fuzz_documents
import fuzz_sessions
import seeds

from harness.errors import HarnessError
from harness.one_line import lines_of


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes:
        read: Gives it an input; what it raises, but for our own errors, is a finding.
        seeds: Valid inputs.
    """

    read: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]

    def __call__(self, data: bytes) -> None:
        """Read an input; an error of ours has to have a message that can be shown."""
        said = "read"
        try:
            self.read(data)
        except HarnessError as error:
            said = lines_of(str(error))
        assert said.strip()
        said.encode()


TARGETS: dict[str, Target] = {
    "manifest": Target(fuzz_corpora.manifest, seeds.manifest),
    **{
        f"import-{name}": Target(partial(fuzz_corpora.importing, name), partial(seeds.importing, name))
        for name in seeds.FORMATS
    },
    "import-any": Target(
        fuzz_corpora.guessing, lambda: (each for name in seeds.FORMATS for each in seeds.importing(name))
    ),
    "spans": Target(fuzz_corpora.spans, seeds.spans),
    "audio": Target(fuzz_corpora.audio, seeds.audio),
    "remembered": Target(fuzz_corpora.remembered, seeds.remembered),
    "options": Target(fuzz_corpora.options, seeds.options),
    "frames-assemblyai": Target(partial(fuzz_sessions.frames, "assemblyai"), seeds.assemblyai_frames),
    "frames-gladia": Target(partial(fuzz_sessions.frames, "gladia"), seeds.gladia_frames),
    "frames-command": Target(partial(fuzz_sessions.frames, "command"), seeds.program),
    "timeline-lines": Target(fuzz_sessions.stored, seeds.stored),
    "timeline-file": Target(fuzz_sessions.packed, seeds.packed),
    "program": Target(fuzz_sessions.program, seeds.program),
    "client-assemblyai": Target(fuzz_sessions.assemblyai, seeds.assemblyai_client),
    "client-gladia": Target(fuzz_sessions.gladia, seeds.gladia_client),
    "wav-header": Target(fuzz_sessions.wav_header, seeds.wav_header),
    "scenario-toml": Target(partial(fuzz_sessions.scenario, ".toml"), partial(seeds.scenario, ".toml")),
    "scenario-json": Target(partial(fuzz_sessions.scenario, ".json"), partial(seeds.scenario, ".json")),
    "switches": Target(fuzz_sessions.switches, seeds.switches),
    "order": Target(fuzz_sessions.order, seeds.order),
    "config": Target(partial(fuzz_documents.config, "harness.toml"), partial(seeds.config, "harness.toml")),
    "config-project": Target(partial(fuzz_documents.config, "pyproject.toml"), partial(seeds.config, "pyproject.toml")),
    **{
        f"params-{name}": Target(partial(fuzz_documents.params, name), partial(seeds.params, name))
        for name in ("assemblyai", "gladia", "command")
    },
    "approvals": Target(fuzz_documents.approvals, seeds.approvals),
    "baseline": Target(fuzz_documents.baseline, seeds.baseline),
    "calibration": Target(fuzz_documents.calibration, seeds.calibration),
    "clips": Target(fuzz_documents.clips, seeds.clips),
    "tables": Target(fuzz_documents.tables, seeds.tables),
    "runs": Target(fuzz_documents.runs, seeds.runs),
    "in-run": Target(fuzz_documents.in_run, seeds.in_run),
    **{
        f"parameters-{suffix}": Target(
            partial(fuzz_documents.parameters, f"a.{suffix}"), partial(seeds.parameters, f"a.{suffix}")
        )
        for suffix in ("json", "toml", "py", "url")
    },
    **{
        f"code-{suffix}": Target(partial(fuzz_documents.code, f"a.{suffix}"), partial(seeds.code, f"a.{suffix}"))
        for suffix in ("py", "ipynb", "ts", "jsx")
    },
    "words": Target(fuzz_documents.words, seeds.words),
}
