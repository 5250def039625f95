"""Timelines: event types, files, and folding events into segments."""
