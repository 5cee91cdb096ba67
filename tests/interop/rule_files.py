"""Rules of all kinds as files: `python rule_files.py LIB make FOLDER`, or `… read FOLDER OUT`."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

PATTERNS: list[dict[str, Any]] = [
    {"label": "ORG", "pattern": "Acme Corp.", "id": "acme"},
    {"label": "DATE", "pattern": [{"LOWER": {"IN": ["in", "since"]}, "OP": "?"}, {"SHAPE": "dddd"}]},
    {"label": "NAME", "pattern": [{"TEXT": {"REGEX": "^B[a-z]+$"}}, {"IS_TITLE": True, "OP": "+"}], "id": "b"},
]
TEXT = "Bob Smith left Acme Corp. in 1999! Betty Jones Brown did so since 2001; she is well"


def make(lib: str, folder: Path) -> None:
    """Save a pipeline of rules, and the patterns of each ruler as a file of their own."""
    nlp = importlib.import_module(lib).blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": ["!", ";"]})
    attributes = nlp.add_pipe("attribute_ruler")
    attributes.add([[{"LOWER": "she"}]], {"TAG": "PRP", "POS": "PRON", "MORPH": "Case=Nom|Number=Sing", "NORM": "SHE"})
    attributes.add([[{"LOWER": "did"}, {"LOWER": "so"}]], {"LEMMA": "do", "POS": "VERB"}, index=0)
    nlp.add_pipe("entity_ruler", config={"overwrite_ents": True}).add_patterns(PATTERNS[:2])
    nlp.add_pipe("span_ruler").add_patterns(PATTERNS)
    nlp.add_pipe("future_entity_ruler", name="more").add_patterns(PATTERNS[2:])
    nlp.to_disk(folder / "nlp")
    nlp.get_pipe("entity_ruler").to_disk(folder / "patterns.jsonl")


def read(lib: str, folder: Path, out: Path) -> None:
    """Annotate with what is in a folder."""
    library = importlib.import_module(lib)
    nlp = library.load(folder / "nlp")
    doc = nlp(TEXT)
    ruler = library.blank("en").add_pipe("entity_ruler").from_disk(folder / "patterns.jsonl")
    found = {
        "tokens": [
            [t.text, t.tag_, t.pos_, t.lemma_, str(t.morph), t.norm_, t.is_sent_start, t.ent_iob_, t.ent_id_]
            for t in doc
        ],
        "entities": [[ent.text, ent.label_, ent.id_] for ent in doc.ents],
        "spans": [[span.text, span.label_, span.id_] for span in doc.spans["ruler"]],
        "patterns": sorted(json.dumps(pattern, sort_keys=True) for pattern in ruler.patterns),
    }
    out.write_text(json.dumps(found), encoding="utf8")


if __name__ == "__main__":
    {"make": make, "read": read}[sys.argv[2]](sys.argv[1], *map(Path, sys.argv[3:]))
