"""Degraded copies of a corpus: telephone, noise, lost packets, clipping, speed, reverberation, silence, hold music."""
