"""Several candidates against one baseline: what is varied, how it is played, and which setting is best."""
