"""Corpora: manifests, clips, reference speech."""
