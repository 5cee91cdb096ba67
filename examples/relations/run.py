"""Train the relation extractor from its config, choose a threshold, save it, load it again and use it.

    python examples/relations/run.py [TRAIN.jsonl DEV.jsonl [OUTPUT]]

Without files, the sentences beside this script are taken: twenty to train on, ten to choose a threshold by.
"""

import sys
from pathlib import Path

import tagma
from tagma import util
from tagma.tokens import Span
from tagma.training.initialize import init_nlp
from tagma.training.loop import train

sys.path.insert(0, str(Path(__file__).parent))
from relations import create_reader, micro_scores

HERE = Path(__file__).parent
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def main(train_path: Path, dev_path: Path, output: Path, max_steps: int = 300) -> float:
    """The best threshold; the pipeline is in `output`."""
    overrides = {"paths.train": str(train_path), "paths.dev": str(dev_path), "training.max_steps": max_steps}
    nlp = init_nlp(util.load_config(HERE / "config.cfg", overrides=overrides))
    output.mkdir(parents=True, exist_ok=True)
    train(nlp, output)

    nlp = tagma.load(output / "model-best")
    examples = list(create_reader(dev_path)(nlp))
    for eg, doc in zip(examples, nlp.pipe([eg.predicted for eg in examples]), strict=True):
        eg.predicted = doc
    tried = {threshold: micro_scores(examples, threshold) for threshold in THRESHOLDS}
    for threshold, scores in tried.items():
        print(f"{threshold:.1f}", *(f"{name} {value:.3f}" for name, value in scores.items()), sep="   ")
    best = max(tried, key=lambda threshold: tried[threshold]["rel_micro_f"])

    nlp.get_pipe("relation_extractor").cfg["threshold"] = best
    nlp.to_disk(output / "chosen")
    nlp = tagma.load(output / "chosen")
    doc = nlp.make_doc("Greta Holm founded Blue Lamp in Oslo.")
    doc.ents = [Span(doc, 0, 2, "PERSON"), Span(doc, 3, 5, "ORG"), Span(doc, 6, 7, "PLACE")]
    entities = {ent.start: ent.text for ent in doc.ents}
    for (one, other), scores in nlp(doc)._.rel.items():
        for label, score in scores.items():
            if score >= best:
                print(f"{entities[one]} {label} {entities[other]}: {score:.2f}")
    return best


def halves(folder: Path) -> tuple[Path, Path]:
    """The sentences beside this script as two files: of three, two to train on."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (HERE / "sentences.jsonl").read_text(encoding="utf8").splitlines(keepends=True)
    train_path, dev_path = folder / "train.jsonl", folder / "dev.jsonl"
    train_path.write_text("".join(line for i, line in enumerate(lines) if i % 3), encoding="utf8")
    dev_path.write_text("".join(lines[::3]), encoding="utf8")
    return train_path, dev_path


if __name__ == "__main__":
    output = Path(sys.argv[3] if len(sys.argv) > 3 else "relations_output")
    main(*(map(Path, sys.argv[1:3]) if len(sys.argv) > 2 else halves(output)), output)
