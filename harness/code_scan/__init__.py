"""Uses of both SDKs in somebody's code base: what each becomes at Gladia, and what goes wrong there. Reads, never edits."""
