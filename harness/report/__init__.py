"""Views of a scored run: HTML, JUnit, Markdown, terminal."""
