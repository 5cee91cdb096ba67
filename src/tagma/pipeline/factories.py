"""All modules that define a component: importing this one registers their factories and scorers."""

from tagma.pipeline import morphologizer, sentencizer, senter, tagger, tok2vec

__all__ = ["morphologizer", "sentencizer", "senter", "tagger", "tok2vec"]
