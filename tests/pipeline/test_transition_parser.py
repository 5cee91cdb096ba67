"""What parser and ner share: learning, files, labels, settings, distilling, rehearsing, batches, threads, bad input."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import srsly

import tagma
from tagma import testing
from tagma.errors import NotANumberError
from tagma.gold.example import Example
from tagma.ml import build_hash_embed_cnn_tok2vec, build_tb_parser_model
from tagma.nn import Adam, Model, fix_random_seed
from tagma.pipeline import DependencyParser, EntityRecognizer, Tagger
from tagma.threads import get_num_threads, set_num_threads
from tagma.tokens import Doc
from tagma.vocab import Vocab

Make = Callable[..., Any]
CFG = [
    "moves",
    "update_with_oracle_cut_size",
    "multitasks",
    "min_action_freq",
    "learn_tokens",
    "beam_width",
    "beam_density",
    "beam_update_prob",
    "incorrect_spans_key",
]
SENTENCES: list[dict[str, list[Any]]] = [
    {
        "words": ["Ann", "Lee", "likes", "green", "eggs", "."],
        "heads": [1, 2, 2, 4, 2, 2],
        "deps": ["compound", "nsubj", "ROOT", "amod", "obj", "punct"],
        "entities": ["B-PERSON", "L-PERSON", "O", "O", "O", "O"],
    },
    {
        "words": ["Eat", "blue", "ham", "!", "She", "went", "to", "Rome"],
        "heads": [0, 2, 0, 0, 5, 5, 7, 5],
        "deps": ["ROOT", "amod", "obj", "punct", "nsubj", "ROOT", "case", "obl"],
        "entities": ["O", "O", "O", "O", "O", "O", "O", "U-CITY"],
    },
    {
        "words": ["They", "sleep", "in", "New", "York", "City"],
        "heads": [1, 1, 5, 4, 5, 1],
        "deps": ["nsubj", "ROOT", "case", "compound", "compound", "obl"],
        "entities": ["O", "O", "O", "B-CITY", "I-CITY", "L-CITY"],
    },
]
ATTRS = {"parser": ["HEAD", "DEP", "SENT_START"], "ner": ["ENT_IOB", "ENT_TYPE"]}
MAIN_SCORES = {"parser": ["dep_uas", "dep_las", "sents_f"], "ner": ["ents_f"]}


def network(kind: str, **settings: Any) -> Model[Any, Any]:
    """A small network."""
    cnn = build_hash_embed_cnn_tok2vec(
        width=16,
        depth=1,
        embed_size=200,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=None,
    )
    arguments = {"extra_state_tokens": False, "hidden_width": 16, "maxout_pieces": 2, "use_upper": True, **settings}
    return build_tb_parser_model(cnn, kind, **arguments)  # type: ignore[arg-type]  # one of two


@pytest.fixture(params=["parser", "ner"])
def kind(request: Any) -> str:
    """Name of the component."""
    return str(request.param)


@pytest.fixture
def make(kind: str) -> Make:
    """Maker of the component: a vocabulary, settings, and those of its network."""

    def make(vocab: Vocab, network_settings: Any = None, **settings: Any) -> Any:
        if network_settings is None:
            network_settings = {}
        model = network(kind, **network_settings)
        if kind == "parser":
            return DependencyParser(vocab, model, "parser", **{"min_action_freq": 0, **settings})
        return EntityRecognizer(vocab, model, "ner", **settings)

    return make


@pytest.fixture
def examples(vocab: Vocab) -> list[Example]:
    """The three texts."""
    return [Example.from_dict(Doc(vocab, words=s["words"]), s) for s in SENTENCES]


@pytest.fixture
def trained(make: Make, examples: list[Example]) -> Any:
    """The component, which knows the three texts by heart."""
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples, steps=80)
    return pipe


def annotated(pipe: Any, examples: list[Example], **settings: Any) -> list[list[Any]]:
    """What the component writes."""
    docs = pipe.pipe([eg.predicted for eg in testing.fresh(examples)], **settings)
    return [doc.to_array(ATTRS[pipe.name]).tolist() for doc in docs]


def parameters(pipe: Any) -> list[np.ndarray[Any, Any]]:
    """Copies of all parameters."""
    return [node.get_param(name).copy() for node in pipe.model.walk() for name in node.param_names]


# --- learning --------------------------------------------------------------------------------------------------------


def test_conformance(make: Make, trained: Any, examples: list[Example]) -> None:
    """The checks for all components that do not look at single scores pass."""
    testing.check_deterministic(make, examples)
    testing.check_empty_docs(trained, examples)
    testing.check_predict_leaves_docs(trained, examples)
    testing.check_round_trip(make, trained, examples, ATTRS[trained.name])
    testing.check_unknown_label(trained)


@pytest.mark.parametrize(
    "settings",
    [
        {"use_upper": False},
        {"extra_state_tokens": True},
        {"maxout_pieces": 1},
        {"maxout_pieces": 3, "hidden_width": 8},
    ],
)
def test_networks_learn(make: Make, examples: list[Example], settings: dict[str, Any]) -> None:
    """Each form of the network learns the texts by heart."""
    fix_random_seed(0)
    pipe = make(examples[0].reference.vocab, settings)
    pipe.initialize(lambda: examples)
    testing.check_learns(pipe, examples, steps=120)
    assert annotated(pipe, examples) == [eg.reference.to_array(ATTRS[pipe.name]).tolist() for eg in examples]


def test_learned_annotations_are_written(trained: Any, examples: list[Example]) -> None:
    """What was learnt by heart is written and scored with 1.0; without a scorer there are no scores."""
    batch = testing.fresh(examples)
    list(trained.pipe([eg.predicted for eg in batch]))
    scores = trained.score(batch)
    assert [scores[key] for key in MAIN_SCORES[trained.name]] == pytest.approx([1.0] * len(MAIN_SCORES[trained.name]))
    trained.scorer = None
    assert trained.score(batch) == {}


@pytest.mark.parametrize("cut", [0, 1, 2, 5, 100])
def test_cut_sequences_learn(make: Make, vocab: Vocab, cut: int) -> None:
    """Training in stretches of any length, also of one move, learns a longer text."""
    text = {key: [*SENTENCES[0][key]] * 4 for key in ("words", "deps", "entities")}
    text["heads"] = [head + 6 * i for i in range(4) for head in SENTENCES[0]["heads"]]
    examples = [Example.from_dict(Doc(vocab, words=text["words"]), text)]
    fix_random_seed(0)
    pipe = make(vocab, update_with_oracle_cut_size=cut)
    pipe.initialize(lambda: examples)
    sgd = Adam(0.02)
    for _ in range(120):
        pipe.update(testing.fresh(examples), sgd=sgd)
    assert annotated(pipe, examples) == [eg.reference.to_array(ATTRS[pipe.name]).tolist() for eg in examples]


def test_examples_without_gold_are_passed_over(make: Make, trained: Any, examples: list[Example]) -> None:
    """Without annotation there is no loss and no gradient, and other examples of the batch learn as if alone."""
    vocab = examples[0].reference.vocab
    bare = Example(Doc(vocab, words=["no", "gold", "here"]), Doc(vocab, words=["no", "gold", "here"]))
    before = parameters(trained)
    assert trained.update([bare], sgd=Adam(0.1)) == {trained.name: 0.0}
    assert all(np.array_equal(a, b) for a, b in zip(before, parameters(trained), strict=True))
    losses = []
    for batch in (testing.fresh(examples[:1]), [bare, *testing.fresh(examples[:1])]):
        pipe = testing.initialized(make, examples)
        pipe.update([])  # an empty batch changes nothing
        losses.append(pipe.update(batch)[pipe.name])
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)
    assert losses[0] > 0


def test_half_known_examples_learn(make: Make, vocab: Vocab) -> None:
    """Tokens of which nothing is known say nothing; the others are learnt."""
    known = {
        "words": SENTENCES[0]["words"],
        "heads": [1, 2, 2, None, None, None],
        "deps": ["compound", "nsubj", "ROOT", None, None, None],
        "entities": ["B-PERSON", "L-PERSON", "-", "-", "-", "-"],
    }
    examples = [Example.from_dict(Doc(vocab, words=known["words"]), known)]
    pipe = testing.initialized(make, examples)
    testing.check_learns(pipe, examples, steps=80)
    doc = pipe(Doc(vocab, words=known["words"]))
    if pipe.name == "parser":
        assert [(token.head.i, token.dep_) for token in doc[:2]] == [(1, "compound"), (2, "nsubj")]
    else:
        assert next((ent.text, ent.label_) for ent in doc.ents) == ("Ann Lee", "PERSON")


def test_misaligned_tokens_learn(make: Make, vocab: Vocab) -> None:
    """Predicted tokens that are cut otherwise than the gold ones are trained where both agree."""
    words = ["Ann", "Lee", "likes", "greeneggs", "."]
    spaces = [True, True, True, False, False]
    reference = Doc(
        vocab,
        words=SENTENCES[0]["words"],
        spaces=[True, True, True, False, False, False],
        heads=SENTENCES[0]["heads"],
        deps=SENTENCES[0]["deps"],
        ents=["B-PERSON", "I-PERSON", "O", "O", "O", "O"],
    )
    example = Example(Doc(vocab, words=words, spaces=spaces), reference)
    pipe = testing.initialized(make, [example])
    testing.check_learns(pipe, [example], steps=80)
    doc = pipe(Doc(vocab, words=words, spaces=spaces))
    if pipe.name == "parser":
        assert [doc[i].head.i for i in (0, 1, 2, 4)] == [1, 2, 2, 2]
    else:
        assert [(ent.text, ent.label_) for ent in doc.ents] == [("Ann Lee", "PERSON")]


def test_sgd_none_keeps_parameters(make: Make, examples: list[Example]) -> None:
    """Without an optimizer gradients are only collected; `finish_update` then uses them."""
    pipe = testing.initialized(make, examples)
    before = parameters(pipe)
    for sgd in (None, False):
        assert pipe.update(testing.fresh(examples), sgd=sgd)[pipe.name] > 0
    assert all(np.array_equal(a, b) for a, b in zip(before, parameters(pipe), strict=True))
    assert pipe.model.get_ref("lower").has_grad("W")
    pipe.finish_update(Adam(0.01))
    assert any(not np.array_equal(a, b) for a, b in zip(before, parameters(pipe), strict=True))


def test_update_annotates_if_asked(trained: Any, examples: list[Example]) -> None:
    """`set_annotations=True` leaves predictions in the predicted docs, False does not; losses add up."""
    batch = testing.fresh(examples)
    losses = {trained.name: 1.0}
    assert trained.update(batch, losses=losses) is losses
    assert losses[trained.name] > 1.0
    assert not batch[0].predicted.has_annotation(ATTRS[trained.name][1])
    trained.update(batch, set_annotations=True)
    assert batch[0].predicted.has_annotation(ATTRS[trained.name][1])


def test_no_annotation_at_all(make: Make, vocab: Vocab) -> None:
    """A corpus without annotation can be initialized with: labels may be added later."""
    pipe = make(vocab)
    bare = [Example(Doc(vocab, words=["a", "b"]), Doc(vocab, words=["a", "b"]))]
    pipe.initialize(lambda: bare)
    assert pipe.update(bare, sgd=Adam(0.1)) == {pipe.name: 0.0}
    assert len(pipe(Doc(vocab, words=["a", "b"]))) == 2


def test_bad_examples(make: Make, vocab: Vocab, examples: list[Example]) -> None:
    """Docs instead of examples, and no examples at all, are refused with their codes."""
    pipe = make(vocab)
    for bad in (None, list):
        with pytest.raises(TypeError, match="E930"):
            pipe.initialize(bad)
    pipe = testing.initialized(make, examples)
    with pytest.raises(TypeError, match=r"E978.*update"):
        pipe.update([Doc(vocab, words=["a"])])


# --- weights that are no numbers -------------------------------------------------------------------------------------


def test_broken_weights_are_told(make: Make, examples: list[Example], vocab: Vocab) -> None:
    """NaN in the weights is an error in prediction and training, not a wrong annotation."""
    pipe = testing.initialized(make, examples)
    upper = pipe.model.get_ref("upper")
    upper.set_param("b", upper.get_param("b") + float("nan"))
    with pytest.raises(ValueError, match="E4054"):
        pipe(Doc(vocab, words=["a", "b"]))
    with pytest.raises((ValueError, NotANumberError), match=r"E4054|E910"):
        pipe.update(testing.fresh(examples))
    seen: list[Any] = []
    pipe.set_error_handler(lambda *args: seen.append(args))
    assert list(pipe.pipe([Doc(vocab, words=["a"])])) == []
    assert seen[0][0] == pipe.name


# --- labels and moves ------------------------------------------------------------------------------------------------


def test_added_label_keeps_predictions(trained: Any, examples: list[Example]) -> None:
    """A label added to a trained component changes no prediction, and can be learnt."""
    before = annotated(trained, examples)
    n_moves = trained.moves.n_moves
    assert (trained.add_label("NEW"), trained.add_label("NEW")) == (1, 0)
    assert "NEW" in trained.labels
    assert trained.moves.n_moves == n_moves + len(trained.moves.action_types)
    assert trained.model.get_ref("upper").get_dim("nO") == trained.moves.n_moves
    assert annotated(trained, examples) == before
    assert trained.is_resizable
    with pytest.raises(ValueError, match="E187"):
        trained.add_label(5)


def test_added_labels_can_be_learnt(trained: Any, vocab: Vocab, examples: list[Example]) -> None:
    """What has a label that came later is learnt beside what was known before."""
    trained.add_label("MONTH")
    if trained.name == "parser":
        text = {"words": ["May", "came"], "heads": [1, 1], "deps": ["MONTH", "ROOT"]}
    else:
        text = {"words": ["May", "came"], "entities": ["U-MONTH", "O"]}
    both = [*examples, Example.from_dict(Doc(vocab, words=text["words"]), text)]
    sgd = Adam(0.02)
    for _ in range(60):
        trained.update(testing.fresh(both), sgd=sgd)
    assert annotated(trained, both) == [eg.reference.to_array(ATTRS[trained.name]).tolist() for eg in both]


@pytest.mark.parametrize("way", ["bytes", "disk"])
def test_moves_file(make: Make, trained: Any, tmp_path: Path, way: str, examples: list[Example]) -> None:
    """The moves are saved as spaCy saves them, and labels that were added later keep their classes."""
    for label in ("ZEBRA", "AARDVARK", "MULE"):
        trained.add_label(label)
    names = trained.moves.names
    expected = annotated(trained, examples)
    data = srsly.msgpack_loads(trained.moves.to_bytes())
    assert set(data) == {"moves", "cfg"}
    counts = json.loads(data["moves"])
    assert counts == {str(action): dict(labels) for action, labels in trained.moves.labels.items()}
    assert all(counts[str(action)]["ZEBRA"] < 0 for action in trained.moves.action_types)
    assert data["cfg"] == {"neg_key": None}
    again = make(examples[0].reference.vocab)
    if way == "bytes":
        again.from_bytes(trained.to_bytes())
    else:
        trained.to_disk(tmp_path / "pipe", exclude=["vocab"])
        assert sorted(file.name for file in (tmp_path / "pipe").iterdir()) == ["cfg", "model", "moves"]
        assert srsly.msgpack_loads((tmp_path / "pipe" / "moves").read_bytes()) == data
        again.from_disk(tmp_path / "pipe", exclude=["vocab"])
    assert again.moves.names == names
    assert again.move_names == [name for name in names if name != "U-"]
    assert annotated(again, examples) == expected


def test_label_data(make: Make, trained: Any, examples: list[Example]) -> None:
    """`label_data` is JSON, and initializing with it gives the same moves in the same order."""
    labels = json.loads(json.dumps(trained.label_data))
    again = make(examples[0].reference.vocab)
    again.initialize(lambda: examples, labels=labels)
    assert again.moves.names == trained.moves.names


def test_labels_before_initialize(make: Make, vocab: Vocab, examples: list[Example]) -> None:
    """Labels added first stay when the component is initialized."""
    pipe = make(vocab)
    assert pipe.add_label("EXTRA") == 1
    pipe.initialize(lambda: examples)
    assert "EXTRA" in pipe.labels
    testing.check_learns(pipe, examples, steps=80)


# --- settings and files ----------------------------------------------------------------------------------------------


def test_settings_are_saved(make: Make, vocab: Vocab, tmp_path: Path, examples: list[Example]) -> None:
    """All settings are in `cfg`, under spaCy's keys in spaCy's order, and win over those of the constructor."""
    settings = {
        "update_with_oracle_cut_size": 7,
        "beam_width": 1,
        "beam_density": 0.25,
        "beam_update_prob": 0.75,
        "incorrect_spans_key": "wrong",
    }
    pipe = make(vocab, **settings)
    assert list(pipe.cfg) == CFG
    assert {key: pipe.cfg[key] for key in settings} == settings
    assert pipe.incorrect_spans_key == "wrong"
    pipe.initialize(lambda: examples)
    pipe.to_disk(tmp_path / "pipe", exclude=["vocab"])
    saved = json.loads((tmp_path / "pipe" / "cfg").read_text())
    assert saved == pipe.cfg
    assert list(saved) == CFG
    for again in (make(vocab).from_disk(tmp_path / "pipe", exclude=["vocab"]), make(vocab).from_bytes(pipe.to_bytes())):
        assert again.cfg == pipe.cfg
        assert again.moves.neg_key == "wrong"


def test_older_cfg(make: Make, trained: Any, tmp_path: Path, examples: list[Example]) -> None:
    """A `cfg` with fewer keys, and with others, is read: what it lacks is as the constructor says."""
    trained.to_disk(tmp_path / "pipe", exclude=["vocab"])
    (tmp_path / "pipe" / "cfg").write_text('{"beam_density": 0.5, "nr_feature": 3}')
    again = make(examples[0].reference.vocab).from_disk(tmp_path / "pipe", exclude=["vocab"])
    assert (again.cfg["beam_density"], again.cfg["beam_width"], again.cfg["nr_feature"]) == (0.5, 1, 3)
    assert annotated(again, examples) == annotated(trained, examples)


def test_bad_files(make: Make, trained: Any, vocab: Vocab, tmp_path: Path) -> None:
    """A model that is cut or of other moves, and moves that are none, are refused."""
    trained.to_disk(tmp_path / "pipe", exclude=["vocab"])
    model, moves = tmp_path / "pipe" / "model", tmp_path / "pipe" / "moves"
    data, known = model.read_bytes(), moves.read_bytes()
    for bad in (data[: len(data) // 2], b""):
        model.write_bytes(bad)
        with pytest.raises(ValueError, match=rf"E149.*{trained.name}"):
            make(vocab).from_disk(tmp_path / "pipe", exclude=["vocab"])
    model.write_bytes(data)
    trained.add_label("MORE")
    trained.moves.to_disk(moves)
    with pytest.raises(ValueError, match=rf"E149.*{trained.name}"):
        make(vocab).from_disk(tmp_path / "pipe", exclude=["vocab"])
    for bad in (known[: len(known) // 2], b"", srsly.msgpack_dumps({"moves": "[1]"}), srsly.msgpack_dumps([])):
        moves.write_bytes(bad)
        with pytest.raises(ValueError, match="E4010"):
            make(vocab).from_disk(tmp_path / "pipe", exclude=["vocab"])


def test_pickle(make: Make, trained: Any, examples: list[Example]) -> None:
    """A pickled pipeline with the component annotates the same."""
    nlp = tagma.blank("en", vocab=examples[0].reference.vocab)
    nlp.add_pipe(trained.name, config={"model": {"tok2vec": {"width": 16, "depth": 1}, "hidden_width": 16}})
    nlp.initialize(lambda: examples)
    again = pickle.loads(pickle.dumps(nlp))
    texts = ["Ann Lee likes green eggs.", "They sleep in New York City"]
    for one, other in zip(nlp.pipe(texts), again.pipe(texts), strict=True):
        assert one.to_array(ATTRS[trained.name]).tolist() == other.to_array(ATTRS[trained.name]).tolist()


# --- own settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factory", ["parser", "beam_parser", "ner", "beam_ner"])
def test_own_settings(factory: str, tmp_path: Path) -> None:
    """`scores` and `save_activations` come from configs, are saved in `cfg` and not in the pipeline's config."""
    nlp = tagma.blank("en")
    small = {"model": {"hidden_width": 8, "tok2vec": {"width": 8, "depth": 1, "embed_size": 50}}}
    pipe: Any = nlp.add_pipe(factory, config={"scores": True, "save_activations": True, **small})
    plain: Any = nlp.add_pipe(factory, "plain", config=small)
    assert list(pipe.cfg) == [*CFG, "scores", "save_activations"]
    assert list(plain.cfg) == CFG
    nlp.initialize()
    nlp.to_disk(tmp_path / "nlp")
    text = (tmp_path / "nlp" / "config.cfg").read_text()
    assert "scores =" not in text
    assert "save_activations" not in text
    for again in (tagma.load(tmp_path / "nlp"), tagma.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())):
        loaded: Any = again.get_pipe(factory)
        assert loaded.cfg["scores"]
        assert loaded.save_activations
        assert list(again.get_pipe("plain").cfg) == CFG  # type: ignore[attr-defined]  # of both


def test_save_activations(trained: Any, examples: list[Example]) -> None:
    """Moves and their probabilities are kept with each doc if asked for, and not otherwise."""
    doc = testing.fresh(examples)[0].predicted
    assert not trained(doc).activations
    trained.save_activations = True
    for doc in trained.pipe([eg.predicted for eg in testing.fresh(examples)]):
        kept = doc.activations[trained.name]
        assert kept["moves"].dtype == np.int32
        assert kept["probabilities"].dtype == np.float32
        assert kept["moves"].shape == kept["probabilities"].shape
        assert ((kept["probabilities"] > 0.5) & (kept["probabilities"] <= 1)).all()
        state = trained.moves.init_state(doc) if trained.name == "parser" else None
        for move in kept["moves"].tolist() if state is not None else ():
            trained.moves.apply(state, move)
        if state is not None:
            assert state.is_final()
        else:
            assert len(kept["moves"]) == len(doc)


def test_save_activations_of_beams(trained: Any, examples: list[Example]) -> None:
    """With a beam they are the moves of the best analysis, and how probable each was among those allowed."""
    doc = testing.fresh(examples)[0].predicted
    trained.save_activations = True
    trained.cfg["beam_width"] = 4
    kept = trained(doc).activations[trained.name]
    state = trained.moves.init_state(Doc(doc.vocab, words=[token.text for token in doc]))
    for move in kept["moves"].tolist():
        trained.moves.apply(state, move)
    assert state.is_final()
    assert kept["probabilities"].shape == kept["moves"].shape
    assert 0 < kept["probabilities"].min() <= kept["probabilities"].max() <= 1


# --- other ways to learn ---------------------------------------------------------------------------------------------


def test_rehearse(trained: Any, examples: list[Example]) -> None:
    """Rehearsal does nothing without an earlier model, and pulls towards it with one, also when labels came later."""
    assert trained.rehearse(testing.fresh(examples)) == {trained.name: 0.0}
    trained._rehearsal_model = trained.model.copy()
    assert trained.rehearse(testing.fresh(examples))[trained.name] == pytest.approx(0.0, abs=1e-6)
    trained.add_label("NEW")
    upper = trained.model.get_ref("upper")
    b = upper.get_param("b").copy()
    b[0] += 20.0
    upper.set_param("b", b)
    sgd = Adam(0.01)
    losses = [trained.rehearse(testing.fresh(examples), sgd=sgd)[trained.name] for _ in range(30)]
    assert 0 < losses[-1] < losses[0] / 2


def test_rehearse_through_the_pipeline(trained: Any, examples: list[Example]) -> None:
    """`nlp.resume_training` keeps the model that `nlp.rehearse` pulls to."""
    nlp = tagma.blank("en", vocab=examples[0].reference.vocab)
    nlp.add_pipe(trained.name, config={"model": {"tok2vec": {"width": 8, "depth": 1}}})
    nlp.initialize(lambda: examples)
    sgd = nlp.resume_training()
    assert nlp.rehearse(testing.fresh(examples), sgd=sgd)[trained.name] == pytest.approx(0.0, abs=1e-6)
    nlp.update(testing.fresh(examples), sgd=sgd)
    assert nlp.rehearse(testing.fresh(examples), sgd=sgd)[trained.name] > 0


@pytest.mark.parametrize("cut", [4, 100])
def test_distill(make: Make, trained: Any, examples: list[Example], vocab: Vocab, cut: int) -> None:
    """A student learns what its teacher predicts, without gold annotation, from whole docs and from stretches."""
    fix_random_seed(7)
    student = make(vocab, update_with_oracle_cut_size=cut)
    student.initialize(lambda: examples, labels=trained.label_data)
    bare = [Example(eg.predicted, eg.predicted.copy()) for eg in testing.fresh(examples)]
    sgd = Adam(0.02)
    assert student.is_distillable
    for _ in range(100):
        losses = student.distill(trained, bare, sgd=sgd)
    assert losses[student.name] >= 0
    assert annotated(student, examples) == annotated(trained, examples)
    with pytest.raises(ValueError, match="E4002"):
        student.distill(None, bare)
    with pytest.raises(ValueError, match="E4003"):
        student.distill(trained, [Example(Doc(vocab, words=["a"]), Doc(vocab, words=["b"]))])
    student.add_label("OTHER")
    with pytest.raises(ValueError, match="E4057"):
        student.distill(trained, bare)
    with pytest.raises(ValueError, match="E4057"):
        student.distill(tagma.blank("en").add_pipe("tagger"), bare)


def test_components_that_learn_along(
    make: Make, tagger_model: Any, vocab: Vocab, examples: list[Example], tmp_path: Path
) -> None:
    """A component that was added as another objective is initialized and trained with this one, and not saved."""
    tagged = [Example.from_dict(Doc(vocab, words=s["words"]), {**s, "tags": s["words"]}) for s in SENTENCES]
    pipe, tagger = make(vocab), Tagger(vocab, tagger_model())
    pipe.add_multitask_objective(tagger)
    pipe.initialize(lambda: tagged)
    assert "Rome" in tagger.labels
    sgd = Adam(0.02)
    for _ in range(60):
        pipe.update(testing.fresh(tagged), sgd=sgd)
    assert [token.tag_ for token in tagger(Doc(vocab, words=SENTENCES[0]["words"]))] == SENTENCES[0]["words"]
    pipe.to_disk(tmp_path / "pipe", exclude=["vocab"])
    assert json.loads((tmp_path / "pipe" / "cfg").read_text())["multitasks"] == []


def test_teacher_student_loss(trained: Any) -> None:
    """The loss is that of probabilities: zero for the same ones, its gradient leads from the student to the teacher."""
    rng = np.random.default_rng(0)
    teacher, student = ([rng.normal(size=(n, 5)).astype("f") for n in (3, 1)] for _ in range(2))
    loss, gradients = trained.get_teacher_student_loss(teacher, teacher)
    assert (loss, any(g.any() for g in gradients)) == (0.0, False)
    loss, gradients = trained.get_teacher_student_loss(teacher, student)
    exp = [np.exp(s - s.max(axis=1, keepdims=True)) for s in (student[0], teacher[0])]
    p, q = (e / e.sum(axis=1, keepdims=True) for e in exp)
    np.testing.assert_allclose(gradients[0], p - q, atol=1e-6)
    assert loss == pytest.approx(sum(float((g**2).sum()) for g in gradients))
    with pytest.raises(NotANumberError, match="E910"):
        trained.get_teacher_student_loss([teacher[0] * float("nan")], [student[0]])


# --- batches, threads, sizes -----------------------------------------------------------------------------------------


def test_batches_change_nothing(trained: Any, examples: list[Example]) -> None:
    """One doc at a time, two at a time, all at once and in another order give the same annotation."""
    expected = annotated(trained, examples)
    for size in (1, 2, 100):
        assert annotated(trained, examples, batch_size=size) == expected
    assert annotated(trained, examples[::-1]) == expected[::-1]
    singly = [trained(eg.predicted).to_array(ATTRS[trained.name]).tolist() for eg in testing.fresh(examples)]
    assert singly == expected


def test_threads_change_nothing(make: Make, examples: list[Example]) -> None:
    """Weights after training, and predictions, are the same bytes for any number of threads."""
    many = [examples[i % 3] for i in range(150)]
    before = get_num_threads()
    results = []
    try:
        for n in (1, 2, 4):
            set_num_threads(n)
            pipe = testing.initialized(make, examples)
            sgd = Adam(0.01)
            for _ in range(3):
                pipe.update(testing.fresh(many), sgd=sgd, drop=0.2)
            results.append((pipe.model.to_bytes(), annotated(pipe, many)))
    finally:
        set_num_threads(before)
    assert results[0] == results[1] == results[2]


def test_processes(trained: Any, examples: list[Example]) -> None:
    """Worker processes give the annotation of this one."""
    nlp = tagma.blank("en", vocab=examples[0].reference.vocab)
    nlp.add_pipe(trained.name, config={"model": {"tok2vec": {"width": 8, "depth": 1}}})
    nlp.initialize(lambda: examples)
    texts = [" ".join(s["words"]) for s in SENTENCES]
    alone = [doc.to_array(ATTRS[trained.name]).tolist() for doc in nlp.pipe(texts)]
    assert [doc.to_array(ATTRS[trained.name]).tolist() for doc in nlp.pipe(texts, n_process=2, batch_size=1)] == alone


@pytest.mark.parametrize("words", [[], ["a"], [" "], ["\n"], [" ", "\n\n", "\t"], ["\n"] * 50, ["a", " ", "b"]])
def test_odd_docs(trained: Any, vocab: Vocab, words: list[str]) -> None:
    """Docs of nothing, of one token, of white space alone."""
    doc = trained(Doc(vocab, words=words))
    assert len(doc) == len(words)
    if trained.name == "parser":
        assert all(0 <= token.head.i < len(words) and token.dep_ for token in doc)
        assert sum(len(sent) for sent in doc.sents) == len(words)
    else:
        assert not any(token.ent_type for token in doc if token.is_space)
        assert all(token.ent_iob_ in ("O", "B", "I") for token in doc)


def test_long_docs_cost_what_their_words_cost(trained: Any, vocab: Vocab) -> None:
    """Moves grow with the words, twice as many at most for the parser, in a doc of 20,000 words as in short ones."""
    trained.save_activations = True
    words = [word for s in SENTENCES for word in s["words"]] * 1000
    doc = trained(Doc(vocab, words=words))
    assert len(doc.activations[trained.name]["moves"]) <= 4 * len(words)
    assert len(list(doc.sents)) > 100 if trained.name == "parser" else len(doc.ents) > 100
