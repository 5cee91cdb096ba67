"""Base norms: variants of quotes, punctuation and currency signs that count as one form, in every language."""

_VARIANTS = {
    "'s": ["'s", "'S", "’s", "’S"],
    "'": ["’", "‘", "´", "`"],
    '"': ["”", "“", "''", "``", "´´", "„", "»", "«", "‘‘", "’’"],
    "?": ["？"],
    "!": ["！"],
    ",": ["，"],
    ";": ["；"],
    ":": ["："],
    ".": ["。", "।"],
    "...": ["…"],
    "-": ["—", "–", "--", "---", "——"],
    "$": ["€", "£", "¥", "฿", "US$", "C$", "A$", "₺", "₹", "৳", "₩", "Mex$", "₣", "E£"],
}

BASE_NORMS: dict[str, str] = {variant: norm for norm, variants in _VARIANTS.items() for variant in variants}
