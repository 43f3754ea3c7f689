"""A small detector, trained on pictures of other sites, that makes the three runs of the sample. Needs torch."""
