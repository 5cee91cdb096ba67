"""The augmenters beside spaCy's: the same seed gives the same examples, and leaves the generator in the same state."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.peer

SCRIPT = """
import importlib
import random
import sys

library = importlib.import_module(sys.argv[1])
augment = importlib.import_module(sys.argv[1] + ".training.augment")
Example = importlib.import_module(sys.argv[1] + ".training").Example
nlp = library.blank("en")
VARIANTS = {
    "single": [
        {"tags": [".", ":"], "variants": ["...", "…", ". . ."]},
        {"tags": ["UH"], "variants": ["ok", "OK"]},
    ],
    "paired": [
        {"tags": ["LQ", "RQ"], "variants": [["“", "”"], ["«", "»"], ["*", "*"]]},
        {"tags": ["Q"], "variants": [["„", "“"], ["“", "”"]]},
    ],
}
WORDS = ["«", "OK", "»", "Oskar", "Lind", "said", "...", "“", "Well", "”", "..."]
ANNOTATION = {
    "words": WORDS,
    "spaces": [False, False, True, True, True, False, True, False, False, True, False],
    "tags": ["LQ", "UH", "RQ", "NNP", "NNP", "VBD", ".", "Q", "UH", "Q", ":"],
    "pos": ["PUNCT", "INTJ", "PUNCT", "PROPN", "PROPN", "VERB", "PUNCT", "PUNCT", "INTJ", "PUNCT", "PUNCT"],
    "lemmas": [word.lower() for word in WORDS],
    "heads": [1, 5, 1, 4, 5, 5, 5, 8, 8, 8, 8],
    "deps": ["punct", "ccomp", "punct", "compound", "nsubj", "ROOT", "punct", "punct", "ROOT", "punct", "punct"],
    "entities": ["-", "O", "O", "B-PER", "L-PER", "O", "O", "O", "U-X", "U-Y", "-"],
    "cats": {"Talk": 1.0},
}
COLUMNS = ("text", "whitespace_", "tag_", "pos_", "morph", "lemma_", "dep_", "is_sent_start", "ent_iob_", "ent_type_")


def examples():
    doc = library.tokens.Doc(nlp.vocab, words=WORDS, spaces=ANNOTATION["spaces"])
    example = Example.from_dict(nlp.make_doc(doc.text), ANNOTATION)
    yield from augment.lower_casing_augmenter(nlp, example, level=0.5)
    yield from augment.orth_variants_augmenter(nlp, example, VARIANTS, level=0.7, lower=0.5)
    yield from augment.combined_augmenter(
        nlp,
        example,
        lower_level=0.4,
        orth_level=0.6,
        orth_variants=VARIANTS,
        whitespace_level=0.6,
        whitespace_per_token=0.4,
        whitespace_variants=[" ", "\\n", "\\t\\t"],
    )


for seed in range(40):
    random.seed(seed)
    for example in examples():
        print(seed, ascii([token.text for token in example.predicted]), example.reference.cats)
        for token in example.reference:
            print("   ", ascii([str(getattr(token, name)) for name in COLUMNS]), token.head.i)
    print(seed, random.random())
"""


def test_same_seed_same_examples(peer_python: str) -> None:
    """Of a hundred and twenty examples, texts and annotation are equal, and so is the number drawn after them."""
    results = [
        subprocess.run([python, "-c", SCRIPT, library], capture_output=True, text=True, timeout=120)
        for python, library in ((sys.executable, "tagma"), (peer_python, "spacy"))
    ]
    ours, theirs = (result.stdout.splitlines() for result in results)
    assert results[0].returncode == results[1].returncode == 0, results[0].stderr + results[1].stderr
    assert ours == theirs
    assert len(ours) > 40 * 3 * 11  # the tokens of each
