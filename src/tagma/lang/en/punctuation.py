"""What is split inside English chunks: a hyphen also after a number ("20th-century")."""

from tagma.lang.char_classes import ALPHA, HYPHENS
from tagma.lang.punctuation import TOKENIZER_INFIXES as BASE_INFIXES

_HYPHEN_RULE = next(i for i, rule in enumerate(BASE_INFIXES) if f"(?:{HYPHENS})" in rule)

TOKENIZER_INFIXES: list[str] = [
    *BASE_INFIXES[:_HYPHEN_RULE],
    rf"(?<=[{ALPHA}0-9])(?:{HYPHENS})(?=[{ALPHA}])",
    *BASE_INFIXES[_HYPHEN_RULE + 1 :],
]
