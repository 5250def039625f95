"""Moonshine tiny-en: speech to formatted English text, one segment at a time.

The weights lie inside the `moonshine-voice` wheel; they are run by onnxruntime with the loop below. It is no streaming model:
a growing segment is decoded again and again.
"""

import importlib.util
import math
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from harness.emulators.recogniser import Decoded, load_onnxruntime, missing
from harness.emulators.wire_audio import SAMPLE_RATE_HZ, Samples

_LAYERS, _HEADS, _HEAD_SIZE = 6, 8, 36
_BEGIN, _END = 1, 2
_SHORTEST_SAMPLES = SAMPLE_RATE_HZ // 10  # less is no speech, and the encoder's window needs most of it
_TOKENS_PER_S, _TOKENS_EXTRA = 6.5, 6  # fastest speech; without a cap a lost decode runs on for seconds


class MoonshineDecoder:
    """Greedy decoding with cached keys and values, on one thread. Not safe for concurrent use."""

    def __init__(self) -> None:
        folder = _assets()
        self._encoder = _session(folder / "encoder_model.ort")
        self._decoder = _session(folder / "decoder_model_merged.ort")
        self._vocabulary = read_vocabulary((folder / "tokenizer.bin").read_bytes())
        self._outputs = [output.name for output in self._decoder.get_outputs()][1:]

    def decode(self, samples: Samples) -> Decoded:
        """What is said in `samples` (16 kHz mono, at most some 15 s)."""
        started = perf_counter()
        if len(samples) < _SHORTEST_SAMPLES:
            return Decoded("", 0.0, 0.0)
        tokens, log_probability = self._greedy(samples)
        pieces = b"".join(self._vocabulary[token] for token in tokens).decode("utf-8", "replace")
        confidence = math.exp(log_probability / len(tokens)) if tokens else 0.0
        return Decoded(" ".join(pieces.replace("▁", " ").split()), confidence, perf_counter() - started)

    def _greedy(self, samples: Samples) -> tuple[list[int], float]:
        mask = np.ones((1, len(samples)), np.int64)
        hidden = self._encoder.run(None, {"input_values": samples[None], "attention_mask": mask})[0]
        feed: dict[str, Any] = {
            "encoder_attention_mask": mask,  # in raw samples, as the exported graph wants it
            "encoder_hidden_states": hidden,
            **_empty_cache(hidden.shape[1]),
        }
        tokens: list[int] = []
        log_probability = 0.0
        for step in range(int(len(samples) / SAMPLE_RATE_HZ * _TOKENS_PER_S) + _TOKENS_EXTRA):
            feed["input_ids"] = np.array([[tokens[-1] if tokens else _BEGIN]], np.int64)
            feed["use_cache_branch"] = np.array([step > 0])
            logits, *cache = self._decoder.run(None, feed)
            scores = logits[0, -1]
            token = int(scores.argmax())
            if token == _END:
                break
            tokens.append(token)
            log_probability -= math.log(float(np.exp(scores - scores[token]).sum()))
            for name, value in zip(self._outputs, cache, strict=True):
                if step == 0 or ".decoder." in name:  # the encoder's part is computed once
                    feed[name.replace("present", "past_key_values")] = value
        return tokens, log_probability


def read_vocabulary(data: bytes) -> list[bytes]:
    """Token texts of a `tokenizer.bin`: each a length in one byte (two from 128 up: low seven bits first), then the bytes."""
    vocabulary: list[bytes] = []
    position = 0
    while position < len(data):
        length = data[position]
        position += 1
        if length >= 128:  # noqa: PLR2004 - the format's own continuation bit
            length += 128 * (data[position] - 1)
            position += 1
        vocabulary.append(data[position : position + length])
        position += length
    return vocabulary


def _empty_cache(encoder_frames: int) -> dict[str, Any]:
    return {
        f"past_key_values.{layer}.{side}.{kind}": np.zeros((1, _HEADS, frames, _HEAD_SIZE), np.float32)
        for layer in range(_LAYERS)
        for side, frames in (("decoder", 0), ("encoder", encoder_frames))
        for kind in ("key", "value")
    }


def _assets() -> Path:
    # Only located, never imported: the package's own library loads 40 MB and audio devices.
    spec = importlib.util.find_spec("moonshine_voice")
    folder = Path(spec.origin).parent / "assets" / "tiny-en" if spec and spec.origin else None
    if folder is None or not (folder / "decoder_model_merged.ort").is_file():
        raise missing("the weights of Moonshine tiny-en (package moonshine-voice, version 0.1.0 exactly)")
    return folder


def _session(path: Path) -> Any:
    ort = load_onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
