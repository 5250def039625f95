"""Metrics: pure functions of folded timelines and references."""
