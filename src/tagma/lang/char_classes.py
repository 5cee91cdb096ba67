"""Character classes for tokenization rules, as the inside of a regular expression's `[...]`.

Every class is a table of code point ranges in hexadecimal: `61-7a` is a range, `101-137/2` every second code point of
one (where upper and lower case alternate), `ad` a single one. The extents were established by asking spaCy's rules
about every code point, so that trained pipelines see the tokens they were trained on.
"""

# Letters with case, script by script.
_LOWER_RANGES = {
    "latin": (
        "61-7a df-f6 f8-ff 101-137/2 138-148/2 149-177/2 17a-17e/2 17f-180 183-185/2 188 18c-18d 192 195 199-19b 19e "
        "1a1-1a5/2 1a8-1aa/2 1ab-1ad/2 1b0 1b4-1b6/2 1b9-1ba 1bd-1bf 1c6 1c9 1cc-1dc/2 1dd-1ef/2 1f0 1f3-1f5/2 "
        "1f9-233/2 234-239 23c 23f-240 242 247-24f/2 250-2af 1d00-1d25 1d6b-1d77 1d79-1d9a 1e01-1e95/2 1e96-1e9d "
        "1e9f-1eff/2 2c61 2c65-2c66 2c68-2c6c/2 2c71-2c73/2 2c74-2c76/2 2c77-2c7b a723-a72f/2 a730-a731 a733-a771/2 "
        "a772-a778 a77a-a77c/2 a77f-a787/2 a78c-a78e/2 a791-a793/2 a794-a795 a797-a7a9/2 a7af a7b5-a7b9/2 a7fa "
        "ab30-ab5a ab60-ab64 ff41-ff5a"
    ),
    "greek": "3ac-3af 3b1-3c9 3cc-3ce",
    "cyrillic": "430-451 453-45a 45c-45d 491 497 4a3 4af 4bb 4d9 4e9",
}
_UPPER_RANGES = {
    "latin": (
        "41-5a c0-d6 d8-de 100-136/2 139-147/2 14a-178/2 179-17d/2 181-182 184-186/2 187-189/2 18a-18b 18e-191 193-194 "
        "196-198 19c-19d 19f-1a0 1a2-1a6/2 1a7-1a9/2 1ac-1ae/2 1af-1b1/2 1b2-1b3 1b5-1b7/2 1b8 1bc 1c4 1c7 1ca "
        "1cd-1db/2 1de-1ee/2 1f1 1f4-1f6/2 1f7-1f8 1fa-232/2 23a-23b 23d-23e 241-243/2 244-246 248-24e/2 1e00-1e94/2 "
        "1e9e-1efe/2 2c60-2c62/2 2c63-2c64 2c67-2c6d/2 2c6e-2c70 2c72 2c75 2c7e-2c7f a722-a72e/2 a732-a76e/2 "
        "a779-a77d/2 a77e-a786/2 a78b-a78d/2 a790-a792/2 a796-a7aa/2 a7ab-a7ae a7b0-a7b4 a7b6-a7b8/2 ff21-ff3a"
    ),
    "greek": "386-388/2 389-38a 38c-38e/2 38f-391/2 392-3a9",
    "cyrillic": "400-401 403-40a 40c-40d 410-42f 490 496 4a2 4ae 4ba 4d8 4e8",
}
# Latin letters that are neither: the digraphs with a capital first letter, and a click letter.
_OTHER_LETTER_RANGES = "1bb 1c5 1c8 1cb 1f2"
# Scripts without case count as lower and as upper case. Whole blocks, so signs and digits of the script are inside.
_UNCASED_RANGES = {
    "hebrew": "591-5f4 fb1d-fb4f",
    "arabic, persian, urdu": (
        "620-64a 66e-6d5 6e5-6ff 750-77f 8a0-8bd fb50-fbb1 fbd3-fd3d fd50-fdc7 fdf0-fdfb fe70-fefc 1ee00-1eebb"
    ),
    "devanagari, bengali": "900-9ff",
    "tamil, telugu, kannada": "b80-cff",
    "sinhala": "d80-dff",
    "hangul, ethiopic": "1100-137f ac00-d7af",
    "han, kana": (
        "2e80-2fdf 2ff0-30ff 31c0-31ef 3200-4dbf 4e00-9fff f900-faff fe30-fe4f 1f200-1f2ff 20000-2a6df 2a700-2ebef "
        "2f800-2fa1f"
    ),
}
# Pictures and other symbols (Unicode category So as it stood when the peer's rules were made).
_ICON_RANGES = (
    "a6 a9 ae-b0/2 482 58d-58e 60e-60f 6de 6e9 6fd-6fe 7f6 9fa b70 bf3-bf8 bfa c7f d4f d79 f01-f03 f13-f15/2 f16-f17 "
    "f1a-f1f f34-f38/2 fbe-fc5 fc7-fcc fce-fcf fd5-fd8 109e-109f 1390-1399 1940 19de-19ff 1b61-1b6a 1b74-1b7c "
    "2100-2101 2103-2106 2108-2109 2114-2116/2 2117 211e-2123 2125-2129/2 212e 213a-213b 214a-214c/2 214d-214f/2 "
    "218a-218b 2195-2199 219c-219f 21a1-21a2 21a4-21a5 21a7-21ad 21af-21cd 21d0-21d1 21d3-21d5/2 21d6-21f3 2300-2307 "
    "230c-231f 2322-2328 232b-237b 237d-239a 23b4-23db 23e2-2426 2440-244a 249c-24e9 2500-25b6 25b8-25c0 25c2-25f7 "
    "2600-266e 2670-2767 2794-27bf 2800-28ff 2b00-2b2f 2b45-2b46 2b4d-2b73 2b76-2b95 2b98-2bc8 2bca-2bfe 2ce5-2cea "
    "2e80-2e99 2e9b-2ef3 2f00-2fd5 2ff0-2ffb 3004 3012-3013 3020 3036-3037 303e-303f 3190-3191 3196-319f 31c0-31e3 "
    "3200-321e 322a-3247 3250 3260-327f 328a-32b0 32c0-32fe 3300-33ff 4dc0-4dff a490-a4c6 a828-a82b a836-a837 a839 "
    "aa77-aa79 fdfd ffe4 ffe8 ffed-ffee fffc-fffd 10137-1013f 10179-10189 1018c-1018e 10190-1019b 101a0 101d0-101fc "
    "10877-10878 10ac8 1173f 16b3c-16b3f 16b45 1bc9c 1d000-1d0f5 1d100-1d126 1d129-1d164 1d16a-1d16c 1d183-1d184 "
    "1d18c-1d1a9 1d1ae-1d1e8 1d200-1d241 1d245 1d300-1d356 1d800-1d9ff 1da37-1da3a 1da6d-1da74 1da76-1da83 "
    "1da85-1da86 1ecac 1f000-1f02b 1f030-1f093 1f0a0-1f0ae 1f0b1-1f0bf 1f0c1-1f0cf 1f0d1-1f0f5 1f110-1f16b "
    "1f170-1f1ac 1f1e6-1f202 1f210-1f23b 1f240-1f248 1f250-1f251 1f260-1f265 1f300-1f3fa 1f400-1f6d4 1f6e0-1f6ec "
    "1f6f0-1f6f9 1f700-1f773 1f780-1f7d8 1f800-1f80b 1f810-1f847 1f850-1f859 1f860-1f887 1f890-1f8ad 1f900-1f90b "
    "1f910-1f93e 1f940-1f970 1f973-1f976 1f97a-1f97c/2 1f97d-1f9a2 1f9b0-1f9b9 1f9c0-1f9c2 1f9d0-1f9ff 1fa60-1fa6d"
)


def char_class(ranges: str) -> str:
    """The inside of a regular expression's character class for a table of hexadecimal ranges."""
    parts: list[str] = []
    for entry in ranges.split():
        span, _, step = entry.partition("/")
        first, _, last = span.partition("-")
        if not last:
            parts.append(chr(int(first, 16)))
        elif step:
            parts.extend(map(chr, range(int(first, 16), int(last, 16) + 1, int(step))))
        else:
            parts.append(f"{chr(int(first, 16))}-{chr(int(last, 16))}")
    return "".join(parts)


def split_chars(char: str) -> list[str]:
    """Words of a list written with spaces between."""
    return char.strip().split(" ")


def merge_chars(char: str) -> str:
    """A list written with spaces, as alternatives of a regular expression."""
    return char.strip().replace(" ", "|")


def group_chars(char: str) -> str:
    """A list written with spaces, as the inside of a character class."""
    return char.strip().replace(" ", "")


LATIN_LOWER_BASIC, LATIN_UPPER_BASIC = "a-z", "A-Z"
LATIN_BASIC = LATIN_LOWER_BASIC + LATIN_UPPER_BASIC
LATIN_LOWER = char_class(_LOWER_RANGES["latin"])
LATIN_UPPER = char_class(_UPPER_RANGES["latin"])
LATIN = LATIN_LOWER + LATIN_UPPER + char_class(_OTHER_LETTER_RANGES)

_uncased = char_class(" ".join(_UNCASED_RANGES.values()))
ALPHA_LOWER = char_class(" ".join(_LOWER_RANGES.values())) + _uncased
ALPHA_UPPER = char_class(" ".join(_UPPER_RANGES.values())) + _uncased
ALPHA = char_class(" ".join((*_LOWER_RANGES.values(), *_UPPER_RANGES.values(), _OTHER_LETTER_RANGES))) + _uncased

# Marks that combine with the letter before them.
COMBINING_DIACRITICS = char_class("300-36f 1ab0-1aff 1dc0-1dff 20d0-20ff fe20-fe2f")

_ARABIC_UNITS = "كم كم² كم³ م م² م³ سم سم² سم³ مم مم² مم³ كغ ملغ جم جرام غرام كوب اكواب"
_CYRILLIC_UNITS = (
    "км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч "
    "кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ"
)
_LATIN_UNITS = (
    "km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph "
    "hPa Pa mbar mb MB kb KB gb GB tb TB T G M K %"
)
_UNITS = f"{_LATIN_UNITS} {_CYRILLIC_UNITS} {_ARABIC_UNITS}"
_CURRENCY = r"\$ £ € ¥ ฿ US\$ C\$ A\$ ₽ ﷼ ₴ ₠ ₡ ₢ ₣ ₤ ₥ ₦ ₧ ₨ ₩ ₪ ₫ ₭ ₮ ₯ ₰ ₱ ₲ ₳ ₵ ₶ ₷ ₸ ₹ ₺ ₻ ₼ ₾ ₿"
_PUNCT = r"… …… , : ; \! \? ¿ ؟ ¡ \( \) \[ \] \{ \} < > _ # \* & 。 ？ ！ ， 、 ； ： ～ · । ، ۔ ؛ ٪"
_QUOTES = (
    r"\' \" ” “ ` ‘ ´ ’ ‚ , „ » « 「 」 『 』 （ ） 〔 〕 【 】 《 》 〈 〉 "
    "\u2329 \u232a ⟦ ⟧"  # the angle brackets of mathematics, which look like the pair before
)
_HYPHENS = "- – — -- --- —— ~"

UNITS = merge_chars(_UNITS)
CURRENCY = merge_chars(_CURRENCY)
PUNCT = merge_chars(_PUNCT)
HYPHENS = merge_chars(_HYPHENS)
ICONS = char_class(_ICON_RANGES)

LIST_UNITS = split_chars(_UNITS)
LIST_CURRENCY = split_chars(_CURRENCY)
LIST_QUOTES = split_chars(_QUOTES)
LIST_PUNCT = split_chars(_PUNCT)
LIST_HYPHENS = split_chars(_HYPHENS)
LIST_ELLIPSES = [r"\.\.+", "…"]
LIST_ICONS = [f"[{ICONS}]"]

CONCAT_QUOTES = group_chars(_QUOTES)
CONCAT_ICONS = ICONS
