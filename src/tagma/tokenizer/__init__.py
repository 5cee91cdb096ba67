"""The tokenizer: text to Docs, by rules that a language brings and a pipeline keeps.

Reading order: `tokenizer` (one pass over the text, a cache from chunk to lexeme rows), `rules` (prefixes, suffixes and
infixes as automata), `patterns` (regular expressions translated for them), `explain` (the readable twin), `dummy` (the
base of tokenizers of one's own), `regexes` (joining a language's patterns). Imported by languages and pipelines;
imports documents and word forms.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(__name__, {"tagma.tokenizer.tokenizer": "Tokenizer create_tokenizer"})
