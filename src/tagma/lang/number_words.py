"""Numbers in words, by language: cardinals, and the ordinals of some."""

from __future__ import annotations

from functools import partial

from tagma.lang.lex_attrs import Getter, without_number_marks
from tagma.lang.lex_attrs import like_num as is_written_in_digits

_WORDS = {
    "de": """
null ein eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn
achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend million millionen
milliarde milliarden billion billionen
""",
    "es": """
cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete
dieciocho
diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho
veintinueve
treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento doscientos trescientos cuatrocientos quinientos
seiscientos setecientos ochocientos novecientos mil millón millones billón billones
""",
    "fr": """
zéro un une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit
dix-neuf vingt vingts trente quarante cinquante soixante soixante-dix septante quatre-vingt quatre-vingts huitante
octante
quatre-vingt-dix nonante cent cents mille million millions milliard milliards billion billions premier première
deuxième
second seconde troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième treizième
quatorzième quinzième seizième vingtième trentième quarantième cinquantième soixantième centième millième millionième
""",
    "it": """
zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici
diciassette
diciotto diciannove venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento mille mila milione milioni
miliardo miliardi
""",
    "nl": """
nul een één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien
achttien
negentien twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd duizend miljoen miljard biljoen
""",
    "pt": """
zero um uma dois duas três quatro cinco seis sete oito nove dez onze doze treze catorze quatorze quinze dezesseis
dezasseis dezessete dezassete dezoito dezenove dezanove vinte trinta quarenta cinquenta sessenta setenta oitenta
noventa
cem cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos mil milhão milhões
bilhão bilhões
""",
}
NUMBER_WORDS: dict[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in _WORDS.items()}
# What an ordinal in digits ends in: "1er", "2e", "3.º".
ORDINAL_ENDINGS: dict[str, tuple[str, ...]] = {
    "es": ("º", "ª", "ro", "ra", "do", "da", "to", "ta", "mo", "ma", "vo", "va"),
    "fr": ("er", "ère", "re", "e", "ème", "nd", "nde", "es", "ers", "èmes"),
    "it": ("º", "ª"),
    "nl": ("e", "de", "ste"),
    "pt": ("º", "ª"),
}


def like_num(text: str, lang: str) -> bool:
    """A number in digits, in a word of the language, or digits with an ordinal ending."""
    word = without_number_marks(text).lower()
    endings = ORDINAL_ENDINGS.get(lang, ())
    ordinal = any(word.endswith(end) and word[: -len(end)].isdigit() for end in endings)
    return ordinal or word in NUMBER_WORDS[lang] or is_written_in_digits(text)


LIKE_NUM: dict[str, Getter] = {code: partial(like_num, lang=code) for code in NUMBER_WORDS}
