"""English rules for what is split inside a chunk and off its end."""

from tagma.lang import punctuation

# "20th-century", "5-year"
TOKENIZER_INFIXES: list[str] = punctuation.infixes(before_hyphen="0-9")

# The special cases know the contractions of pronouns and auxiliaries; these are for the other words before a
# contracted verb or negation: "people'll", "needn't've", "hasen't".
_CONTRACTED = ["[nN]['’][tT]", "['’](?:ll|LL|re|RE|ve|VE)"]
TOKENIZER_SUFFIXES: list[str] = [
    *punctuation.TOKENIZER_SUFFIXES,
    *(f"(?<=[A-Za-z]){form}" for form in _CONTRACTED),
]
