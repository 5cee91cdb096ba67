"""Corpora in other formats as Docs: CoNLL-U, token-per-line and sentence-per-line entity tags, coreference,
spaCy's JSON."""

from tagma.training.converters.conll2012 import conll2012_to_docs
from tagma.training.converters.conll_ner import conll_ner_to_docs
from tagma.training.converters.conllu import conllu_to_docs
from tagma.training.converters.iob import iob_to_docs
from tagma.training.converters.json_docs import json_to_docs

__all__ = ["conll2012_to_docs", "conll_ner_to_docs", "conllu_to_docs", "iob_to_docs", "json_to_docs"]
