"""What each number of a calibration means, for its page."""

MEANINGS = {
    "send lateness": (
        "When the write of a chunk had returned, against the instant at which its last sample existed. Every chunk of both sides."
    ),
    "wire stamp error": (
        "The harness's stamp of an arriving message, against the instant at which the service handed it to its socket. What is "
        "charged to a service that is not its own doing. Every message."
    ),
    "handler stamp error": (
        "The same for the stamp in the SDK's callback: what a harness would charge that stamps there. Every message that reached one."
    ),
    "delay at the source": (
        "How much later than scripted a first partial or a final left the service: the chunk's lateness, its way through the "
        "machine, and the emulator's own. No error of a stamp, but part of every bias below."
    ),
    "SDK overhead": "Callback stamp minus wire stamp: the SDK's decoding and parsing, and its wait for the processor. Messages with text.",
    "injected": "What a faultless harness would measure, worked out from the script and the definitions of the metrics alone.",
    "difference": "Measured minus injected. Counts are exact or wrong; latencies carry whatever came too late on the way.",
    "of the harness": (
        "The part of a latency's difference that arose after the message had left the service: measured, minus the same statistic "
        "of the services' own send times."
    ),
    "mean ± sd": "Of measured minus injected, utterance by utterance.",
    "CPU": (
        "Processor time of the recording processes, without the emulators. The engine's own share is what is left when the cost of the "
        "SDKs alone is taken off: the same audio, pace and calls, with empty handlers and nobody watching, played before and after."
    ),
    "limits": (
        "The 99th percentiles of send lateness and wire error stay under 10 ms, no pair is invalid or has to be run again, and what "
        "is counted comes out exactly as injected."
    ),
}
