"""Tokenizers of one's own: special cases, regular expressions in place of the rules, and a class."""

import re

import spacy
from spacy.lang.char_classes import ALPHA
from spacy.symbols import NORM, ORTH
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, get_words_and_spaces

nlp = spacy.blank("en")


def show(text):
    return print([token.text for token in nlp(text)])


nlp.tokenizer.add_special_case("lotsa", [{ORTH: "lots"}, {ORTH: "a", NORM: "of"}])
show("lotsa tea, LOTSA (lotsa)")
show("a pick-me-up, tea/milk")
whole = [rule for rule in nlp.Defaults.infixes if not re.search(rule, "a-b")]
nlp.tokenizer.infix_finditer = compile_infix_regex(whole).finditer
show("a pick-me-up, tea/milk")
suffixes = [*nlp.Defaults.suffixes, rf"(?<=[{ALPHA}])\^\d"]
nlp.tokenizer.suffix_search = compile_suffix_regex(suffixes).search
show("noted before^4, 2^4")
numbered = [*nlp.Defaults.prefixes, "no(?=[0-9])"]
nlp.tokenizer.prefix_search = compile_prefix_regex(numbered).search
show("see no7 (no5) and none")
own = Tokenizer(
    nlp.vocab,
    rules={"o.o": [{ORTH: "o.o", NORM: "eyes"}], "wanna": [{ORTH: "wan"}, {ORTH: "na", NORM: "to"}]},
    prefix_search=re.compile("^[<]").search,
    suffix_search=re.compile("[>!]$").search,
    infix_finditer=re.compile("[+|]").finditer,
    token_match=re.compile(r"^[A-Z]\+{2}$").match,
    url_match=re.compile("^(?:ftp|gopher):").match,
)
for text in (
    "<salt+pepper>!",
    "we wanna learn C++ o.o <o.o>",
    "from gopher:old|menu! or ftp:x+y",
    " oats   rye ",
    "",
    "\t\tone\ntwo",
):
    print([token.text for token in own(text)], [bool(token.whitespace_) for token in own(text)])
print(own.explain("<wanna> x|y D++ ftp:z"))
print(own.rules["wanna"], own.find_infix("m+n")[0].span(), own.find_prefix("<m"), own.find_suffix("m!>"))
again = Tokenizer(spacy.blank("en").vocab).from_bytes(own.to_bytes())
print([token.text for token in again("<salt+pepper>! wanna")])
plain = Tokenizer(nlp.vocab)
print([token.text for token in plain("Oats, rye; isn't that all?")], len(list(plain.pipe(["rye", "", "oats, salt"]))))


class Whitespace:
    def __init__(self, vocab):
        self.vocab = vocab

    def __call__(self, text):
        words, spaces = get_words_and_spaces(text.split(), text)
        return Doc(self.vocab, words=words, spaces=spaces)


nlp.tokenizer = Whitespace(nlp.vocab)
doc = nlp("Rain  fell all night, or so it's said.")
print([token.text for token in doc], doc.text)
nlp.max_length = 10
try:
    nlp("far too long a text")
except ValueError as error:
    print(str(error)[:6])
