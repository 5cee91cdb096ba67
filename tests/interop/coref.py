"""What both libraries do with coreference: `coref.py LIB train FOLDER` and `coref.py LIB annotate FOLDER OUT`.

The peer is spacy-experimental on spaCy 3.7.
"""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

TEXTS = [
    "Anna lost her cat in the garden. She called it all night, but the cat slept. In the garden Anna found it.",
    "The old captain sailed home. He was tired, and his ship was slow. The crew loved the captain and his ship.",
    "One word.",
]
HEADS, MENTIONS = "coref_head_clusters", "coref_clusters"
TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 16,
    "depth": 1,
    "embed_size": 100,
    "window_size": 1,
    "maxout_pieces": 2,
    "subword_features": True,
}


def pipeline(lib: str) -> Any:
    if lib == "spacy":
        import spacy_experimental  # noqa: F401 - registers its components
    nlp = importlib.import_module(lib).blank("en")
    nlp.add_pipe("sentencizer")
    heads = {
        "span_cluster_prefix": HEADS,
        "model": {"tok2vec": TOK2VEC, "hidden_size": 24, "depth": 2, "antecedent_limit": 8},
    }
    nlp.add_pipe("experimental_coref", config=heads)
    nlp.add_pipe("experimental_span_resolver", config={"model": {"tok2vec": TOK2VEC, "hidden_size": 24}})
    return nlp


def examples(lib: str, nlp: Any) -> list[Any]:
    """Same words are a cluster, and a mention begins a word before."""
    example = importlib.import_module(f"{lib}.training").Example
    made = []
    for text in TEXTS:
        doc = nlp.get_pipe("sentencizer")(nlp.make_doc(text))
        gold, places = doc.copy(), {}
        for token in doc:
            places.setdefault(token.lower_, []).append(token.i)
        clusters = [cluster for word, cluster in places.items() if len(cluster) > 1 and word.isalpha()]
        for number, cluster in enumerate(clusters, 1):
            for side in (doc, gold):
                side.spans[f"{HEADS}_{number}"] = [side[i : i + 1] for i in cluster]
            firsts = [max(i - 1, gold[i].sent.start) for i in cluster]
            gold.spans[f"{MENTIONS}_{number}"] = [gold[a : b + 1] for a, b in zip(firsts, cluster, strict=True)]
        made.append(example(doc, gold))
    return made


def train(lib: str, args: argparse.Namespace) -> None:
    importlib.import_module(f"{lib}.util").fix_random_seed(0)
    nlp = pipeline(lib)
    batch = examples(lib, nlp)
    optimizer = nlp.initialize(lambda: batch)
    for _ in range(300):
        for name in ("experimental_coref", "experimental_span_resolver"):
            nlp.get_pipe(name).update(batch, sgd=optimizer)
    nlp.to_disk(args.folder)


def annotate(lib: str, args: argparse.Namespace) -> None:
    nlp = importlib.import_module(lib).load(args.folder)
    found = []
    for text in TEXTS:
        doc = nlp(text)
        found.append({key: [[span.start, span.end] for span in group] for key, group in doc.spans.items()})
    scores, places = nlp.get_pipe("experimental_coref").model.predict([nlp.make_doc(TEXTS[0])])
    rows = [
        sorted(
            (int(place), round(float(score), 3)) for place, score in zip(row, own, strict=True) if score > float("-inf")
        )
        for row, own in zip(places, scores[:, 1:], strict=True)
    ]
    names = [[node.name for node in pipe.model.walk()] for _, pipe in nlp.pipeline[1:]]
    args.out.write_text(json.dumps({"clusters": found, "scores": rows, "names": names}), encoding="utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lib", choices=["tagma", "spacy"])
    parser.add_argument("command", choices=["train", "annotate"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    args = parser.parse_args()
    (train if args.command == "train" else annotate)(args.lib, args)


if __name__ == "__main__":
    main()
