"""Tokenizers of one's own: special cases, regular expressions in place of the rules, and a class."""

import re

import spacy
from spacy.lang.char_classes import ALPHA, ALPHA_LOWER, ALPHA_UPPER, CONCAT_QUOTES, LIST_ELLIPSES, LIST_ICONS
from spacy.symbols import NORM, ORTH
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, get_words_and_spaces

nlp = spacy.blank("en")


def show(text):
    return print([token.text for token in nlp(text)])


nlp.tokenizer.add_special_case("lemme", [{ORTH: "lem", NORM: "let"}, {ORTH: "me"}])
show("lemme go, LEMME (lemme)")
infixes = (
    LIST_ELLIPSES
    + LIST_ICONS
    + [
        r"(?<=[0-9])[+\-\*^](?=[0-9-])",
        rf"(?<=[{ALPHA_LOWER}{CONCAT_QUOTES}])\.(?=[{ALPHA_UPPER}{CONCAT_QUOTES}])",
        rf"(?<=[{ALPHA}]),(?=[{ALPHA}])",
        rf"(?<=[{ALPHA}0-9])[:<>=/](?=[{ALPHA}])",
    ]
)
show("mother-in-law and a/b")
nlp.tokenizer.infix_finditer = compile_infix_regex(infixes).finditer
show("mother-in-law and a/b")
suffixes = [*nlp.Defaults.suffixes, r"%%"]
nlp.tokenizer.suffix_search = compile_suffix_regex(suffixes).search
show("ten%% of it")
prefixes = [p for p in nlp.Defaults.prefixes if p != r"\["]
nlp.tokenizer.prefix_search = compile_prefix_regex([*prefixes, r"~~"]).search
show("~~hello")
own = Tokenizer(
    nlp.vocab,
    rules={":-)": [{ORTH: ":-)"}], "dont": [{ORTH: "do"}, {ORTH: "nt"}]},
    prefix_search=re.compile(r"""^[("']""").search,
    suffix_search=re.compile(r"""[)"',.]$""").search,
    infix_finditer=re.compile(r"[-~]").finditer,
    token_match=re.compile(r"^\d+-\d+$").match,
    url_match=re.compile(r"^https?://").match,
)
for text in ("(hello-world).", "dont :-) 10-12 'x-y',", "see https://a.b/c-d. ok", "  two  spaces ", "", "\n\nx\ty"):
    print([token.text for token in own(text)], [bool(token.whitespace_) for token in own(text)])
print(own.explain("(dont) a-b 1-2"))
print(own.rules["dont"], own.find_infix("a-b")[0].group(), own.find_prefix("(x"), own.find_suffix("x)."))
again = Tokenizer(spacy.blank("en").vocab).from_bytes(own.to_bytes())
print([token.text for token in again("(hello-world). dont")])
plain = Tokenizer(nlp.vocab)
print([token.text for token in plain("Hello, world. don't!")], len(list(plain.pipe(["a b", "c"]))))


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
