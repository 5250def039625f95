"""Replays recorded speech to two live transcription services and judges what changes."""
