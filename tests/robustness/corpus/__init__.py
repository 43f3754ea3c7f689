"""Bad and odd files by kind; each module adds its items to a `Corpus`. Put together by `tests.robustness.make_corpus`."""
