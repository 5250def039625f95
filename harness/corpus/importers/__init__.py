"""Importers: corpora of other formats as native ones. One module a format; `registry` lists them, `convert` writes."""
