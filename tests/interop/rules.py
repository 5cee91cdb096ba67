"""What both libraries do by rules, on the same generated tables, patterns and docs: `python rules.py LIB OUT`.

Writes JSON: lemmas of every language with a lemmatizer, what an attribute ruler sets, and noun chunks by language.
"""

import importlib
import json
import random
import sys
from pathlib import Path
from typing import Any

NUMBER_OF_DOCS = 40
POS = [
    "NOUN",
    "VERB",
    "AUX",
    "ADJ",
    "ADV",
    "PRON",
    "DET",
    "ADP",
    "NUM",
    "PROPN",
    "PUNCT",
    "CCONJ",
    "SCONJ",
    "PART",
    "X",
]
FEATURES = [
    *("", "Number=Sing", "Number=Plur", "VerbForm=Inf", "Mood=Ind|Tense=Pres|VerbForm=Fin", "Degree=Pos"),
    *("Mood=Ind|Number=Sing|Tense=Pres|VerbForm=Fin", "VerbForm=Part", "VerbForm=Vnoun", "Form=HPref|VerbForm=Inf"),
    *("PronType=Prs|VerbForm=Inf", "Case=Nom|Number=Plur"),
]
RULES = ["bn", "ca", "el", "en", "es", "fa", "fr", "ht", "mk", "nb", "nl", "sv"]
PARTS = {
    "ga": "adj adp noun verb",
    "it": "num det adp adj noun pron verb aux adv other",
    "pl": "adj adp adv aux noun num part pron verb",
}
_CHUNKED = "ca da de el en es fa fi fr ht id it ja la ms nb nl nn pt sv tr"
CHUNKED = _CHUNKED.split()
_DEPS = """
nsubj nsubj:pass obj iobj obl obl:agent nmod nmod:poss appos ROOT conj cc det det:poss amod compound flat flat:name
fixed punct case pobj dobj attr sb oa nk nummod advmod pcomp goeswith nsubj:cop
"""
DEPS = _DEPS.split()
PATTERNS: list[list[dict[str, Any]]] = [
    *([{"TAG": tag}] for tag in "ABCD"),
    *([{"LOWER": word, "TAG": tag}] for word in ("ab", "ba", "c") for tag in "AB"),
    [{"LOWER": {"IN": ["ab", "cab"]}, "TAG": {"NOT_IN": ["A"]}}],
    [{"LOWER": {"REGEX": "^a.*b$"}}],
    [{"TEXT": {"REGEX": "[A-Z]", "NOT_IN": ["AB"]}}],
    [{"IS_TITLE": True, "IS_ALPHA": True}],
    [{"IS_PUNCT": False, "DEP": {"IN": ["amod", "obj"]}}],
    [{"LOWER": "ab"}, {"TAG": {"IN": ["B", "C"]}}],
    [{"POS": "NOUN"}, {}, {"TAG": "A"}],
    [{"ORTH": "c"}, {"LOWER": "c"}],
    [{"ENT_TYPE": ""}, {"TAG": "D"}],
    [{}],
    [{"TAG": "A", "OP": "+"}, {"LOWER": "c"}],
    [{"LOWER": "ab", "OP": "!"}, {"IS_PUNCT": True}],
    [{"LOWER": {"FUZZY1": "cab"}}],
    [{"MORPH": {"IS_SUPERSET": []}, "TAG": "B"}],
]
RULER_PATTERNS: list[dict[str, Any]] = [
    *({"label": label, "pattern": text} for label, text in [("A", "ab"), ("B", "ab ba"), ("B", "c c"), ("C", "Ab")]),
    *(
        {"label": label, "pattern": text, "id": f"i{label}"}
        for label, text in [("A", "c"), ("C", "ba c"), ("A", "x x")]
    ),
    {"label": "A", "pattern": [{"LOWER": "ab"}, {"OP": "?"}, {"LOWER": "c"}]},
    {"label": "C", "pattern": [{"LOWER": {"IN": ["ba", "cab"]}, "OP": "+"}], "id": "iC"},
    {"label": "D", "pattern": [{"IS_PUNCT": True}]},
    {"label": "D", "pattern": [{"LOWER": "x", "OP": "*"}]},
]
FILTERS = ["first_longest_spans_filter", "prioritize_new_ents_filter", "prioritize_existing_ents_filter"]
SET: list[dict[str, str]] = [
    {"POS": "NOUN", "MORPH": "Number=Sing"},
    {"POS": "VERB"},
    {"MORPH": "B=2|A=1"},
    {"LEMMA": "x"},
    {"TAG": "Z", "DEP": "dep"},
    {"POS": "X", "LEMMA": "y", "MORPH": ""},
]


def words(draw: random.Random, letters: str, n: int, at_least: int = 1) -> list[str]:
    return ["".join(draw.choice(letters) for _ in range(draw.randint(at_least, 5))) for _ in range(n)]


def lemmas(lib: str, lang: str, draw: random.Random) -> list[list[str]]:
    """Lemmas by random tables, of random words with parts of speech and features."""
    library, doc = importlib.import_module(lib), importlib.import_module(f"{lib}.tokens").Doc
    lookups = importlib.import_module(f"{lib}.lookups").Lookups()
    letters = {"ga": "abcfghimnts-AH", "pl": "nieajobc", "el": "αβγες", "mk": "аќиј", "es": "amedosltán"}.get(
        lang, "abceins'"
    )
    forms = words(draw, letters, 150, at_least=3 if lang == "ga" else 1) + (
        ["niebab", "najbab", "nienajbab", "un'", "l'", "la", "бaјќи"]
    )
    if lang == "es":
        forms += [form + end for form in forms[:40] for end in ("me", "lo", "melo", "nos", "s", "n")]
    forms += [form.title() for form in forms[:30]] + [form.upper() for form in forms[30:50]]
    lists = lang in ("fr", "ca")
    lookups.add_table("lemma_lookup", {w: [f"{w}l"] if lists else f"{w}l" for w in draw.sample(forms, 60)})
    parts = [pos.lower() for pos in POS if draw.random() < 0.8]
    endings = words(draw, letters, 6)
    rules: dict[str, Any] = {
        part: [[draw.choice(endings), draw.choice([*endings, ""])] for _ in range(9)] for part in parts
    }
    if lang == "es":
        rules |= {group: [[draw.choice(endings), draw.choice(endings)] for _ in range(4)] for group in ("g1", "g2")}
        rules |= {
            "accents": [["á", "a"]],
            "voc_alt_1": [["e", "i"]],
            "voc_alt_2": [["do", "du"]],
            "adverbs": [["am", "AM"]],
        }
        rules |= {"det_and_pron_fixed": [["se", "SE"]], "det_and_pron_general": [["as", "o"], ["s", ""]]}
        groups = {part: [["g1", ["Number=Plur"]], ["g2", []]] for part in ("noun", "adj", "verb", "pron")}
        lookups.add_table("lemma_rules_groups", groups)
    lookups.add_table("lemma_rules", rules)
    lookups.add_table("lemma_exc", {part: {w.lower(): [f"{w}e"] for w in draw.sample(forms, 12)} for part in parts[1:]})
    lookups.add_table("lemma_index", {part: [w.lower() for w in draw.sample(forms, 60)] for part in parts[:-1]})
    for part in PARTS.get(lang, "").split():
        lookups.add_table(f"lemma_lookup_{part}", {w: f"{w}{part}" for w in draw.sample(forms, 60)})
    nlp = library.blank(lang)
    lemmatizer = nlp.add_pipe("lemmatizer")
    lemmatizer.initialize(lookups=lookups)
    found = []
    for _ in range(NUMBER_OF_DOCS):
        chosen = draw.choices(forms, k=12)
        pos, morphs = draw.choices(POS, k=12), draw.choices(FEATURES, k=12)
        found.append([token.lemma_ for token in lemmatizer(doc(nlp.vocab, words=chosen, pos=pos, morphs=morphs))])
    return found


def random_doc(doc: Any, vocab: Any, draw: random.Random) -> Any:
    """A doc with tags, parts of speech, a projective parse and features."""
    n = draw.randint(1, 12)
    heads = list(range(n))
    attach(list(range(n)), None, heads, draw)
    deps = ["ROOT" if head == i else draw.choice(DEPS) for i, head in enumerate(heads)]
    pos = [draw.choice(["NOUN", "PROPN", "PRON", "DET", "ADP", "VERB", "ADJ", "CCONJ", "PUNCT"]) for _ in range(n)]
    text = draw.choices(["ab", "AB", "Ab", "ba", "c", "C", "cab", "x", "."], k=n)
    return doc(vocab, words=text, tags=draw.choices("ABCD", k=n), pos=pos, heads=heads, deps=deps)


def attach(span: list[int], head: int | None, heads: list[int], draw: random.Random) -> None:
    """Give the tokens of a stretch a tree, whose root hangs on `head`."""
    if not span:
        return
    root = draw.choice(span)
    heads[root] = root if head is None else head
    for side in ([i for i in span if i < root], [i for i in span if i > root]):
        while side:
            cut = draw.randint(1, len(side))
            attach(side[:cut], root, heads, draw)
            side = side[cut:]


def attributes(lib: str, draw: random.Random) -> list[Any]:
    """What random rules make of random docs, and which rules matched where."""
    library, doc = importlib.import_module(lib), importlib.import_module(f"{lib}.tokens").Doc
    nlp = library.blank("en")
    ruler = nlp.add_pipe("attribute_ruler")
    found: list[Any] = []
    for _ in range(NUMBER_OF_DOCS):
        ruler.clear()
        for _ in range(draw.randint(1, 12)):
            patterns = draw.sample(PATTERNS, draw.randint(1, 3))
            shortest = min(map(len, patterns))
            ruler.add(patterns, draw.choice(SET), draw.choice([0, -1] if shortest < 2 else [0, 1, -1, -2]))
        docs = [random_doc(doc, nlp.vocab, draw) for _ in range(5)]
        found.append([[list(match) for match in ruler.match(doc)] for doc in docs])
        for annotated in ruler.pipe(docs):
            found.append([[t.tag_, t.pos_, str(t.morph), t.lemma_, t.dep_, t.head.i] for t in annotated])
    return found


def rulers(lib: str, draw: random.Random) -> list[Any]:
    """What rulers of all kinds and settings make of random docs with random entities and spans."""
    library, tokens = importlib.import_module(lib), importlib.import_module(f"{lib}.tokens")
    nlp = library.blank("en")
    found: list[Any] = []
    for number in range(NUMBER_OF_DOCS):
        attr, overwrite = draw.choice([None, "LOWER"]), draw.random() < 0.5
        kind = draw.choice(["entity_ruler", "future_entity_ruler", "span_ruler"])
        config: dict[str, Any] = {"phrase_matcher_attr": attr}
        if kind == "span_ruler":
            config |= {"overwrite": overwrite, "annotate_ents": draw.random() < 0.5}
            config["ents_filter"] = {"@misc": f"spacy.{draw.choice(FILTERS)}.v1"}
            if draw.random() < 0.5:
                config["spans_filter"] = {"@misc": f"spacy.{draw.choice(FILTERS)}.v1"}
        else:
            config["overwrite_ents"] = overwrite
        ruler = nlp.add_pipe(kind, name=f"ruler{number}", config=config)
        ruler.add_patterns(draw.sample(RULER_PATTERNS, draw.randint(1, len(RULER_PATTERNS))))
        found.append([list(ruler.labels), len(ruler), sorted(json.dumps(p, sort_keys=True) for p in ruler.patterns)])
        for _ in range(5):
            doc = random_doc(tokens.Doc, nlp.vocab, draw)
            places = [draw.randint(0, len(doc) - 1) for _ in range(2)]
            doc.ents = [tokens.Span(doc, i, i + 1, label="OLD") for i in sorted({*places})]
            doc.spans["ruler"] = [tokens.Span(doc, i, len(doc), label="OLD") for i in places]
            ruler(doc)
            groups = {key: [described(span) for span in group] for key, group in doc.spans.items()}
            found.append([[described(ent) for ent in doc.ents], groups])
        nlp.remove_pipe(f"ruler{number}")
    return found


def described(span: Any) -> list[Any]:
    return [span.start, span.end, span.label_, span.id_]


def merged(lib: str, draw: random.Random) -> list[Any]:
    """What the components that merge and split tokens make of random docs."""
    tokens, library = importlib.import_module(f"{lib}.tokens"), importlib.import_module(lib)
    nlp = library.blank("en")
    for name in ("merge_entities", "merge_noun_chunks", "merge_subtokens"):
        nlp.add_pipe(name)
    nlp.add_pipe("token_splitter", config={"min_length": 3, "split_length": 2})
    found: list[Any] = []
    for name in nlp.pipe_names:
        for _ in range(NUMBER_OF_DOCS):
            doc = random_doc(tokens.Doc, nlp.vocab, draw)
            for token in doc:
                if token.head.i > token.i and draw.random() < 0.5:
                    token.dep_ = "subtok"
            place = draw.randint(0, len(doc) - 1)
            doc.ents = [tokens.Span(doc, place, min(place + 2, len(doc)), label="X")]
            doc = nlp.get_pipe(name)(doc)
            found.append([[t.text, t.head.i, t.ent_iob_] for t in doc])
            if name != "token_splitter":  # whose pieces have in the peer what the next tokens had
                found.append([[t.tag_, t.pos_, t.dep_, t.ent_type_] for t in doc])
    return found


def chunks(lib: str, lang: str, vocab: Any, draw: random.Random) -> list[Any]:
    """Noun chunks of random parses."""
    doc = importlib.import_module(f"{lib}.tokens").Doc
    util = importlib.import_module(f"{lib}.util")
    iterate = util.get_lang_class(lang).Defaults.syntax_iterators["noun_chunks"]
    docs = [random_doc(doc, vocab, draw) for _ in range(NUMBER_OF_DOCS * 4)]
    return [[[start, end] for start, end, _ in iterate(doc)] for doc in docs]


def main(lib: str, out: Path) -> None:
    found: dict[str, Any] = {f"lemmas of {lang}": lemmas(lib, lang, random.Random(lang)) for lang in [*RULES, *PARTS]}
    found["attributes"] = attributes(lib, random.Random(0))
    found |= {"rulers": rulers(lib, random.Random(0)), "merged": merged(lib, random.Random(0))}
    vocab = importlib.import_module(lib).blank("xx").vocab
    found |= {f"chunks of {lang}": chunks(lib, lang, vocab, random.Random(lang)) for lang in CHUNKED}
    out.write_text(json.dumps(found), encoding="utf8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
