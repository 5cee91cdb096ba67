"""What both libraries do, by the same code: `python both.py LIB annotate PIPELINE TEXTS OUT [--beam WIDTH]`."""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any


def annotate(lib: str, args: argparse.Namespace) -> None:
    """Annotates the texts of a JSON list, with a beam of that width if one is given."""
    nlp = importlib.import_module(lib).load(args.pipeline)
    if args.beam:
        for name in ("parser", "ner"):
            nlp.get_pipe(name).cfg.update(beam_width=args.beam, beam_density=0.0)
    texts = json.loads(args.texts.read_text(encoding="utf8"))
    args.out.write_text(json.dumps([annotation(doc) for doc in nlp.pipe(texts)]), encoding="utf8")


def annotation(doc: Any) -> dict[str, list[Any]]:
    """A list with an item for each token, by kind of annotation."""
    return {
        "words": [token.text for token in doc],
        "tags": [token.tag_ for token in doc],
        "pos": [token.pos_ for token in doc],
        "morphs": [str(token.morph) for token in doc],
        "lemmas": [token.lemma_ for token in doc],
        "heads": [token.head.i for token in doc],
        "deps": [token.dep_ for token in doc],
        "sent_starts": [bool(token.is_sent_start) for token in doc],
        "ents": [[token.ent_iob_, token.ent_type_] for token in doc],
        "norms": [token.norm_ for token in doc],
        "vectors": [round(float(token.vector_norm), 2) for token in doc] if doc.vocab.vectors.shape[1] else [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lib", choices=["tagma", "spacy"])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("annotate")
    command.add_argument("pipeline", type=Path)
    command.add_argument("texts", type=Path)
    command.add_argument("out", type=Path)
    command.add_argument("--beam", type=int, default=0)
    command.set_defaults(run=annotate)
    args = parser.parse_args()
    args.run(args.lib, args)


if __name__ == "__main__":
    main()
