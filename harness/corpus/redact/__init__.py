"""Removing named stretches from a corpus: from its audio and from its references, in a copy."""
