"""The example of a component of one's own under either library: `python relations.py LIB FOLDER`.

Its files are copied into the folder, with the imports that the library has, and run there; `scores.json` then has
micro F by threshold, and the scores of a sentence.
"""

import contextlib
import importlib
import json
import re
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "relations"
TO_SPACY = {r"\bfrom tagma\.nn\.": "from thinc.", r"\btagma\b": "spacy"}


def main(lib: str, folder: Path) -> None:
    for file in EXAMPLE.iterdir():
        if file.is_file():
            code = file.read_text(encoding="utf8")
            for old, new in TO_SPACY.items() if lib == "spacy" and file.suffix == ".py" else ():
                code = re.sub(old, new, code)
            (folder / file.name).write_text(code, encoding="utf8")
    sys.path.insert(0, str(folder))
    example, relations = importlib.import_module("run"), importlib.import_module("relations")
    train, dev = example.halves(folder)
    with (folder / "shown.txt").open("w", encoding="utf8") as shown, contextlib.redirect_stdout(shown):
        example.main(train, dev, folder / "output", max_steps=100)
    nlp = importlib.import_module(lib).load(folder / "output" / "model-last")
    examples = list(relations.create_reader(dev)(nlp))
    for eg in examples:
        eg.predicted = nlp(eg.predicted)
    found = {
        "f": [relations.micro_scores(examples, threshold)["rel_micro_f"] for threshold in example.THRESHOLDS],
        "labels": list(nlp.get_pipe("relation_extractor").labels),
        "scores": [[list(pair), labels] for eg in examples for pair, labels in eg.predicted._.rel.items()],
    }
    (folder / "scores.json").write_text(json.dumps(found), encoding="utf8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
