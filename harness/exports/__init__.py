"""A run in the formats that others' tools read: CTM, STM, SegLST, SRT, WebVTT and the Chrome trace of Perfetto."""
