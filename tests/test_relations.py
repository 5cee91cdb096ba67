"""The example of a component of one's own (examples/relations): relations between entities."""

from __future__ import annotations

import json
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma import util
from tagma.nn import Linear, Logistic, chain
from tagma.nn.config import Config
from tagma.tokens import Doc, Span
from tagma.training.initialize import init_nlp
from tagma.util.paths import import_file

EXAMPLE = Path(__file__).parent.parent / "examples" / "relations"
LABELS = ("BASED_IN", "BORN_IN", "FOUNDED", "LIVES_IN", "WORKS_FOR")


@pytest.fixture(scope="module")
def run() -> Iterator[Any]:
    """The script of the example; its module `relations` registers what it defines."""
    sys.path.insert(0, str(EXAMPLE))
    yield import_file("relations_run", EXAMPLE / "run.py")
    sys.path.remove(str(EXAMPLE))


@pytest.fixture(scope="module")
def relations(run: Any) -> Any:
    return sys.modules["relations"]


def doc_with_entities(nlp: Any = None) -> Doc:
    nlp = nlp or tagma.blank("en")
    doc: Doc = nlp.make_doc("Greta Holm founded Blue Lamp in Oslo.")
    doc.ents = [Span(doc, 0, 2, "PERSON"), Span(doc, 3, 5, "ORG"), Span(doc, 6, 7, "PLACE")]
    return doc


def starts(pairs: list[tuple[Span, Span]]) -> list[tuple[int, int]]:
    return [(one.start, other.start) for one, other in pairs]


def test_candidates(relations: Any) -> None:
    """Pairs of different entities, in both directions, that are near each other."""
    doc = doc_with_entities()
    assert starts(relations.create_candidates(3)(doc)) == [(0, 3), (3, 0), (3, 6), (6, 3)]
    assert len(relations.create_candidates(20)(doc)) == 6
    assert relations.create_candidates(2)(doc) == []


def test_pooling(relations: Any) -> None:
    """A pair is the means of its entities and of all from the first to the last; its gradient goes back to them."""
    docs = [doc_with_entities(), tagma.blank("en")("Nobody is here.")]
    pairs = [relations.create_candidates(3)(doc) for doc in docs]
    vectors = [np.random.uniform(-1, 1, (len(doc), 4)).astype("float32") for doc in docs]
    pool = relations.create_pooling()
    tensor, backprop = pool(tagma.nn.get_current_ops(), pairs, vectors)
    assert tensor.shape == (4, 12)
    for row, (one, other) in zip(tensor, pairs[0], strict=True):
        first, last = sorted([one, other], key=lambda span: span.start)
        for part, (start, end) in zip(
            np.split(row, 3), [(one.start, one.end), (other.start, other.end), (first.start, last.end)], strict=True
        ):
            np.testing.assert_allclose(part, vectors[0][start:end].mean(axis=0), rtol=1e-5)
    d_tensor = np.random.uniform(-1, 1, tensor.shape).astype("float32")
    d_vectors = backprop(d_tensor)
    assert [d.shape for d in d_vectors] == [X.shape for X in vectors]
    step = np.random.uniform(-1, 1, vectors[0].shape).astype("float32")
    moved, _ = pool(tagma.nn.get_current_ops(), pairs, [vectors[0] + step, vectors[1]])  # it is linear
    assert ((moved - tensor) * d_tensor).sum() == pytest.approx((d_vectors[0] * step).sum(), rel=1e-3)
    assert not d_vectors[1].any()


def test_the_network_keeps_its_parts(relations: Any) -> None:
    """Functions are attributes and layers references; the widths are found when it is initialized."""
    tok2vec = tagma.ml.CharacterEmbed(8, 50, 4, 3)
    get_candidates = relations.create_candidates(20)
    output = relations.create_output_layer(16, 0.0)
    model = relations.create_relation_model(tok2vec, get_candidates, relations.create_pooling(), output)
    model.initialize(X=[doc_with_entities()], Y=np.zeros((6, 5), dtype="float32"))
    assert model.get_ref("tok2vec") is tok2vec
    assert model.get_ref("output_layer") is output
    assert model.attrs["get_candidates"] is get_candidates
    assert output.layers[0].maybe_get_dim("nI") in (24, None)
    nlp = tagma.blank("en")
    scores = model.predict([doc_with_entities(nlp), nlp("Nobody is here.")])
    assert scores.shape == (6, 5)
    assert 0 < scores.min() < scores.max() < 1


def test_a_sentence_without_pairs(run: Any, relations: Any, tmp_path: Path) -> None:
    """Docs without candidates are no obstacle: not to prediction, training, nor in one batch with others."""
    nlp = initialized(run, tmp_path)
    pipe = nlp.get_pipe("relation_extractor")
    alone = nlp("Nobody is here.")
    assert alone._.rel == {}
    examples = [tagma.training.Example(nlp.make_doc("Nobody is here."), alone)]
    before = pipe.model.to_bytes()
    assert nlp.update(examples, sgd=nlp.create_optimizer()) == {"relation_extractor": 0.0}
    assert pipe.model.to_bytes() == before
    both = list(nlp.pipe([nlp.make_doc("Nobody is here."), doc_with_entities(nlp)]))
    assert [len(doc._.rel) for doc in both] == [0, 6]


def initialized(run: Any, folder: Path) -> Any:
    train, dev = run.halves(folder)
    overrides = {"paths.train": str(train), "paths.dev": str(dev)}
    return init_nlp(util.load_config(EXAMPLE / "config.cfg", overrides=overrides))


def test_labels_and_first_scores(run: Any, tmp_path: Path) -> None:
    """The labels are those of the data; `doc._.rel` has a score for each label of each pair."""
    nlp = initialized(run, tmp_path)
    assert nlp.get_pipe("relation_extractor").labels == LABELS
    doc = nlp(doc_with_entities(nlp))
    assert list(doc._.rel) == [(0, 3), (0, 6), (3, 0), (3, 6), (6, 0), (6, 3)]
    assert all(tuple(scores) == LABELS for scores in doc._.rel.values())


def test_given_labels(relations: Any) -> None:
    """Labels can be given in place of data, one by one or to `initialize`; none is there twice."""
    nlp = tagma.blank("en")
    model = Config().from_disk(EXAMPLE / "config.cfg")["components"]["relation_extractor"]["model"]
    pipe: Any = nlp.add_pipe("relation_extractor", config={"model": model})
    assert (pipe.add_label("A"), pipe.add_label("A")) == (1, 0)
    example = tagma.training.Example(doc_with_entities(nlp), doc_with_entities(nlp))
    pipe.initialize(lambda: [example], labels=["A", "B"])
    assert pipe.labels == ("A", "B")
    assert set(nlp(doc_with_entities(nlp))._.rel[0, 3]) == {"A", "B"}


def test_micro_scores(relations: Any) -> None:
    """Counted are pairs with a label, over all docs; a threshold decides what is predicted."""
    nlp = tagma.blank("en")
    predicted, gold = doc_with_entities(nlp), doc_with_entities(nlp)
    predicted._.rel = {(0, 3): {"A": 0.9, "B": 0.4}, (3, 6): {"A": 0.6}}
    gold._.rel = {(0, 3): {"A": 1.0, "B": 1.0}, (6, 3): {"A": 1.0}}
    examples = [tagma.training.Example(predicted, gold)]
    assert relations.micro_scores(examples, 0.5) == {"rel_micro_p": 0.5, "rel_micro_r": 1 / 3, "rel_micro_f": 0.4}
    assert relations.micro_scores(examples, 0.95)["rel_micro_f"] == 0
    low = relations.micro_scores(examples, 0.3)
    assert (low["rel_micro_p"], low["rel_micro_r"]) == (2 / 3, 2 / 3)


@pytest.fixture(scope="module")
def trained(run: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float, str]:
    """Folder, best threshold and output of the script, on the sentences of the example."""
    folder = tmp_path_factory.mktemp("relations")
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *values, sep=" ", **_: lines.append(sep.join(map(str, values))))
        best = run.main(*run.halves(folder), folder / "output", max_steps=300)
    return folder / "output", best, "\n".join(lines)


def test_the_script(trained: tuple[Path, float, str], run: Any) -> None:
    """It trains, prints a row for each threshold, and names relations of a sentence that it has not seen."""
    _, best, shown = trained
    rows = [line.split() for line in shown.splitlines() if line[:2] == "0."]
    assert [float(row[0]) for row in rows] == list(run.THRESHOLDS)
    scores = {float(row[0]): float(row[-1]) for row in rows}
    assert scores[best] == max(scores.values()) > 0.4
    assert "Greta Holm FOUNDED Blue Lamp" in shown


def test_it_is_above_every_pair(trained: tuple[Path, float, str], run: Any, relations: Any, tmp_path: Path) -> None:
    """Micro F at the best threshold is more than twice that of giving every pair every label."""
    folder, best, _ = trained
    nlp = tagma.load(folder / "chosen")
    assert nlp.get_pipe("relation_extractor").cfg["threshold"] == pytest.approx(best)  # type: ignore[attr-defined]
    own, every = scores_of(nlp, relations, run.halves(tmp_path)[1], best)
    assert own > 2 * every > 0


def scores_of(nlp: Any, relations: Any, dev: Path, threshold: float) -> tuple[float, float]:
    """Micro F of a pipeline, and of every candidate pair with every label."""
    examples = list(relations.create_reader(dev)(nlp))
    for eg in examples:
        eg.predicted = nlp(eg.predicted)
    own = relations.micro_scores(examples, threshold)["rel_micro_f"]
    return own, relations.micro_scores(examples, 0.0)["rel_micro_f"]


def test_saved_and_loaded(trained: tuple[Path, float, str]) -> None:
    """A pipeline that was loaded predicts the same scores, also after a round through bytes."""
    folder, _, _ = trained
    nlp = tagma.load(folder / "chosen")
    again = tagma.load(folder / "chosen").from_bytes(nlp.to_bytes())
    expected, found = nlp(doc_with_entities(nlp))._.rel, again(doc_with_entities(again))._.rel
    assert found == expected
    assert again.get_pipe("relation_extractor").labels == LABELS  # type: ignore[attr-defined]


def test_from_the_command_line(run: Any, tmp_path: Path, tagma_command: Callable[..., Any]) -> None:
    """`tagma train` takes the component from the file that is given with --code."""
    train, dev = run.halves(tmp_path)
    result = tagma_command(
        *("train", EXAMPLE / "config.cfg", "--code", EXAMPLE / "relations.py", "--output", tmp_path / "out"),
        *("--paths.train", train, "--paths.dev", dev, "--training.max_steps", 20, "--training.eval_frequency", 10),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "REL_MICRO_F" in result.stdout
    assert (tmp_path / "out" / "model-best" / "relation_extractor" / "model").exists()


def test_parts_are_swapped_by_config(run: Any, relations: Any, tmp_path: Path) -> None:
    """A shared tok2vec, another candidate function and another output layer: named in the config, nothing else."""

    @tagma.registry.misc("forward_only.v1")
    def forward_only() -> Callable[[Doc], Any]:
        return lambda doc: [(one, other) for one in doc.ents for other in doc.ents if one.start < other.start]

    @tagma.registry.architectures("plain_output.v1")
    def plain_output() -> Any:
        return chain(Linear(), Logistic())

    train, dev = run.halves(tmp_path)
    config = Config().from_disk(EXAMPLE / "config.cfg", interpolate=False)
    own = config["components"]["relation_extractor"]["model"]
    config["components"]["tok2vec"] = {"factory": "tok2vec", "model": own["tok2vec"]}
    own["tok2vec"] = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "*"}
    own["get_candidates"] = {"@misc": "forward_only.v1"}
    own["output_layer"] = {"@architectures": "plain_output.v1"}
    config["nlp"]["pipeline"] = ["tok2vec", "relation_extractor"]
    config["paths"] = {"train": str(train), "dev": str(dev)}
    nlp = init_nlp(config)
    examples = list(relations.create_reader(train)(nlp))
    losses: dict[str, float] = {}
    optimizer = nlp.create_optimizer()
    for _ in range(20):
        losses = nlp.update(examples, sgd=optimizer)
    assert losses["tok2vec"] > 0  # the gradient that came back from the relations
    assert list(nlp(doc_with_entities(nlp))._.rel) == [(0, 3), (0, 6), (3, 6)]


@pytest.mark.shared_data
@pytest.mark.slow
def test_relations_of_proteins(run: Any, relations: Any, shared_data: Path, tmp_path: Path) -> None:
    """On texts of biology the best F on a fifth that is held out is twice that of every pair with every label."""
    lines: tuple[list[str], list[str]] = ([], [])
    with lzma.open(shared_data / "relations" / "annotations.jsonl.xz", "rt", encoding="utf8") as file:
        for line in file:
            lines[zlib.crc32(json.loads(line)["meta"]["source"].encode()) % 5 == 0].append(line)
    for name, part in zip(("train.jsonl", "dev.jsonl"), lines, strict=True):
        (tmp_path / name).write_text("".join(part), encoding="utf8")
    best = run.main(tmp_path / "train.jsonl", tmp_path / "dev.jsonl", tmp_path / "output", max_steps=800)
    own, every = scores_of(tagma.load(tmp_path / "output" / "chosen"), relations, tmp_path / "dev.jsonl", best)
    assert own > 2 * every > 0
