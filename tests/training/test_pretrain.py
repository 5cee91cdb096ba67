"""Pretraining: what is trained, what is written and when, going on, and what goes wrong."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma.nn import Adam, Config, ConfigValidationError
from tagma.nn.config import code_of
from tagma.registries import registry
from tagma.tokens import Doc, DocBin
from tagma.training import Example
from tagma.training.interrupts import TrainingInterrupted
from tagma.training.pretrain import (
    ProgressTracker,
    create_pretraining_model,
    ensure_docs,
    get_tok2vec_ref,
    make_update,
    number_of_epoch,
    pretrain,
)
from tagma.training.report import PretrainingTable
from tagma.util import load_config

from .networks import TOK2VEC

TEXTS = [
    "The cat sat on the mat near the door.",
    "A dog barked at the cat all night long.",
    "Nobody slept, and the neighbours were not amused.",
    "She reads books about cats and dogs every day.",
    "On Sunday they walked along the river for hours.",
]


def config(tmp_path: Path, texts: list[str] = TEXTS, **settings: Any) -> Config:
    """A tok2vec and a tagger that listens to it, and the smallest pretraining: three batches an epoch."""
    raw = tmp_path / "raw.jsonl"
    raw.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    nlp = tagma.blank("en")
    nlp.add_pipe("tok2vec", config={"model": TOK2VEC})
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": TOK2VEC["width"]}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    made = load_config(tagma.language.DEFAULT_CONFIG_PRETRAIN_PATH).merge(nlp.config)
    made["paths"]["raw_text"] = str(raw)
    made["pretraining"]["max_epochs"] = 2
    made["pretraining"]["objective"]["hidden_size"] = 10
    made["pretraining"]["batcher"] = {"@batchers": "spacy.batch_by_sequence.v1", "size": 2}
    made["pretraining"].update(settings)
    return made


def log(folder: Path) -> list[dict[str, Any]]:
    """The lines of the log."""
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    """The weights in a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.bin"))}


def test_files(tmp_path: Path) -> None:
    """Weights of each epoch and of the last, a line of the log for each; the loss falls; nothing else is left."""
    made = config(tmp_path, max_epochs=12)
    made["pretraining"]["optimizer"]["learn_rate"] = 0.05
    pretrain(made, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted([*(f"model{n}.bin" for n in range(12)), "model-last.bin", "log.jsonl", "pretraining-state"])
    rows = log(tmp_path / "out")
    words = sum(len(tagma.blank("en").make_doc(text)) for text in TEXTS)
    assert [list(row) for row in rows] == [["nr_word", "loss", "epoch_loss", "epoch"]] * 13
    assert [row["nr_word"] for row in rows] == [words * (n + 1) for n in range(12)] + [words * 12]
    assert [row["epoch"] for row in rows] == [*range(12), 12]
    assert rows[11]["epoch_loss"] < 0.9 * rows[0]["epoch_loss"]
    assert rows[11]["loss"] == pytest.approx(sum(row["epoch_loss"] for row in rows[:12]), rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"max_epochs": 4, "n_save_epoch": 2}, {"model0.bin", "model2.bin", "model3.bin"}),
        ({"max_epochs": 1}, {"model0.bin"}),
        ({"max_epochs": 1, "n_save_every": 1}, {"model0.bin"}),  # those of batches go when the epoch is saved
        ({"max_epochs": 2, "n_save_every": 2, "n_save_epoch": 5}, {"model0.bin", "model1.bin"}),
        ({"max_epochs": 0}, set()),
    ],
)
def test_which_epochs_are_saved(tmp_path: Path, settings: dict[str, Any], names: set[str]) -> None:
    """Every epoch, or each n-th and the last; skip_last leaves model-last.bin out."""
    pretrain(config(tmp_path, **settings), tmp_path / "out", skip_last=True)
    assert set(contents(tmp_path / "out")) == names


def test_weights_initialize_a_pipeline(tmp_path: Path) -> None:
    """The file goes into the tok2vec of a pipeline by [initialize] init_tok2vec; training starts from it."""
    made = config(tmp_path)
    pretrain(made, tmp_path / "out")
    made["initialize"]["init_tok2vec"] = str(tmp_path / "out" / "model-last.bin")
    nlp = tagma.util.load_model_from_config(made, auto_fill=True)
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("a b"), {"tags": ["A", "B"]})])
    expected = tagma.util.load_model_from_config(made, auto_fill=True).get_pipe("tok2vec").model
    expected.initialize(X=[nlp.make_doc("a")]).from_bytes((tmp_path / "out" / "model-last.bin").read_bytes())
    doc = [nlp.make_doc(TEXTS[0])]
    np.testing.assert_array_equal(nlp.get_pipe("tok2vec").model.predict(doc)[0], expected.predict(doc)[0])


def test_weights_of_another_network(tmp_path: Path) -> None:
    """Weights that do not fit are an error that names the file and the component."""
    pretrain(config(tmp_path), tmp_path / "out")
    made = config(tmp_path)
    made["initialize"]["init_tok2vec"] = str(tmp_path / "out" / "model-last.bin")
    made["components"]["tok2vec"]["model"]["width"] = 16
    made["components"]["tagger"]["model"]["tok2vec"]["width"] = 16
    nlp = tagma.util.load_model_from_config(made, auto_fill=True)
    with pytest.raises(ValueError, match=r"E4323.*model-last.bin.*'tok2vec'"):
        nlp.initialize(lambda: [Example.from_dict(nlp.make_doc("a b"), {"tags": ["A", "B"]})])


def test_averages_are_saved(tmp_path: Path) -> None:
    """With use_averages the files hold other weights than without; the training is the same."""
    for use in (True, False):
        made = config(tmp_path)
        made["pretraining"]["optimizer"]["use_averages"] = use
        pretrain(made, tmp_path / str(use))
    assert log(tmp_path / "True") == log(tmp_path / "False")
    assert contents(tmp_path / "True")["model1.bin"] != contents(tmp_path / "False")["model1.bin"]


def test_same_seed_same_weights(tmp_path: Path) -> None:
    """A run and its repetition write the same files; another seed gives others."""
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        made = config(tmp_path)
        made["system"]["seed"] = seed
        pretrain(made, tmp_path / name)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert contents(tmp_path / "a")["model1.bin"] != contents(tmp_path / "c")["model1.bin"]


@registry.batchers("interrupted.v1")
def interrupted(size: int, at: int, by: int) -> Any:
    """Batches, with a signal when the one of that number is asked for."""
    count = 0

    def batch(items: Any) -> Any:
        nonlocal count
        for items_of_batch in tagma.util.minibatch(items, size):
            if count == at:
                os.kill(os.getpid(), by)
            count += 1
            yield items_of_batch

    return batch


@pytest.mark.parametrize("at", [3, 4, 5])
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_resumed(tmp_path: Path, at: int, by: signal.Signals) -> None:
    """A run that goes on from its state ends with the weights of one that was not interrupted, bit for bit."""
    pretrain(config(tmp_path, max_epochs=3, n_save_every=2), tmp_path / "whole")
    batcher = {"@batchers": "interrupted.v1", "size": 2, "at": at, "by": int(by)}
    with pytest.raises(TrainingInterrupted) as caught:
        pretrain(config(tmp_path, max_epochs=3, n_save_every=2, batcher=batcher), tmp_path / "out")
    assert caught.value.saved == tmp_path / "out" / "model-last.bin"
    assert caught.value.saved.is_file()
    assert (caught.value.can_resume, caught.value.number) == (True, by)
    pretrain(config(tmp_path, max_epochs=3, n_save_every=2), tmp_path / "out", tmp_path / "out" / "pretraining-state")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert log(tmp_path / "out")[-1] == log(tmp_path / "whole")[-1]


def test_resumed_from_weights(tmp_path: Path) -> None:
    """From model0.bin the run goes on with epoch 1; from a file of another name with the epoch that is given."""
    pretrain(config(tmp_path, max_epochs=1), tmp_path / "out")
    pretrain(config(tmp_path, max_epochs=3), tmp_path / "on", tmp_path / "out" / "model0.bin")
    assert set(contents(tmp_path / "on")) == {"model1.bin", "model2.bin", "model-last.bin"}
    pretrain(config(tmp_path, max_epochs=9), tmp_path / "late", tmp_path / "out" / "model-last.bin", epoch_resume=8)
    assert set(contents(tmp_path / "late")) == {"model8.bin", "model-last.bin"}
    with pytest.raises(ValueError, match=r"E1020.*model-last.bin.*--epoch-resume"):
        pretrain(config(tmp_path), tmp_path / "none", tmp_path / "out" / "model-last.bin")
    assert not (tmp_path / "none").exists()


def test_number_of_epoch() -> None:
    """The number comes from the file's own name."""
    assert number_of_epoch(Path("a/model12.bin"), None) == 13
    assert number_of_epoch(Path("model12.bin"), 3) == 3
    for name in ("model1.bin/weights", "model1.temp.bin", "mymodel1.bin", "model-last.bin"):
        with pytest.raises(ValueError, match="E1020"):
            number_of_epoch(Path(name), None)


@pytest.mark.parametrize("kind", ["spacy", "txt"])
def test_other_corpora(tmp_path: Path, kind: str) -> None:
    """.spacy files and plain text are read as JSONL is: the same docs give the same weights."""
    pretrain(config(tmp_path), tmp_path / "jsonl")
    made = config(tmp_path)
    path = tmp_path / f"raw.{kind}"
    if kind == "spacy":
        nlp = tagma.blank("en")
        DocBin(docs=[nlp.make_doc(text) for text in TEXTS]).to_disk(path)
        made["corpora"]["pretrain"] = {"@readers": "spacy.Corpus.v1", "path": str(path), "gold_preproc": False}
    else:
        path.write_text("\n\n".join(TEXTS) + "\n")
        made["corpora"]["pretrain"] = {"@readers": "spacy.PlainTextCorpus.v1", "path": str(path)}
    pretrain(made, tmp_path / kind)
    assert contents(tmp_path / kind) == contents(tmp_path / "jsonl")


def test_what_is_left_out(tmp_path: Path) -> None:
    """Docs that are too short or too long are told of, once; without any other there is nothing to train on."""
    texts = [*TEXTS, "Short.", "word " * 40, ""]
    made = config(tmp_path, texts)
    made["corpora"]["pretrain"].update(min_length=5, max_length=30)
    with pytest.warns(UserWarning, match=r"W4105.*corpora.pretrain.*2 shorter.* 1 of its max_length") as told:
        pretrain(made, tmp_path / "out")
    assert len(told) == 1
    made["corpora"]["pretrain"]["min_length"] = 25
    with pytest.raises(ValueError, match=r"E4321.*raw.jsonl.*7 shorter.*1 of max_length") as caught:
        pretrain(made, tmp_path / "none")
    assert code_of(caught.value) == "E4321"


@pytest.mark.parametrize("texts", [[], [""]])
def test_nothing_to_read(tmp_path: Path, texts: list[str]) -> None:
    """An empty file, and one with empty texts alone, are errors that name it."""
    made = config(tmp_path, texts)
    made["corpora"]["pretrain"]["min_length"] = 0
    with pytest.raises(ValueError, match=r"E4321.*raw.jsonl"):
        pretrain(made, tmp_path / "out")


def test_null_path(tmp_path: Path) -> None:
    """A path that is null is named by its section, with the option that gives it."""
    made = config(tmp_path)
    made["paths"]["raw_text"] = None
    with pytest.raises(ValueError, match=r"E913.*\[corpora.pretrain\].*--paths.raw_text"):
        pretrain(made, tmp_path / "out")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no component of that name": ({"component": "tok3vec"}, "E001.*tok3vec"),
    "no network": ({"component": "sentencizer"}, "E874.*no network"),
    "no such layer": ({"component": "tagger", "layer": "tok3vec"}, r"E874.*tok3vec.*'tok2vec'"),
    "no vector for each token": ({"component": "textcat"}, "E874.*textcat"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_pretrained(tmp_path: Path, case: str) -> None:
    """The error says what is there in its place."""
    settings, said = WRONG[case]
    made = config(tmp_path, **settings)
    made["nlp"]["pipeline"] += ["sentencizer", "textcat"]
    made["components"].update(sentencizer={"factory": "sentencizer"}, textcat={"factory": "textcat"})
    with pytest.raises(ValueError, match=said):
        pretrain(made, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_section(tmp_path: Path) -> None:
    """Without [pretraining] the error says which command adds it."""
    made = config(tmp_path)
    del made["pretraining"]
    with pytest.raises(ValueError, match=r"E4322.*fill-config --pretraining"):
        pretrain(made, tmp_path / "out")


def test_wrong_settings(tmp_path: Path) -> None:
    """Settings are checked before anything is made."""
    for said, wrong in {"max_epochs": "many", "dropout": 1.5, "corpus": "corpora.none"}.items():
        with pytest.raises(ConfigValidationError, match=said[:4]):
            pretrain(config(tmp_path, **{said: wrong}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_loss_that_is_no_number(tmp_path: Path) -> None:
    """The run ends before weights that are no numbers are saved."""
    made = config(tmp_path, max_epochs=40)
    made["pretraining"]["optimizer"].update(learn_rate=1e30, grad_clip=0.0)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="E910"):
        pretrain(made, tmp_path / "out")
    assert "model-last.bin" not in contents(tmp_path / "out")


def test_model(tmp_path: Path) -> None:
    """create_pretraining_model replaces a listener by the network that it listens to."""
    made = config(tmp_path, component="tagger", layer="tok2vec")
    nlp = tagma.util.load_model_from_config(made, auto_fill=True)
    objective = registry.resolve({"objective": made["pretraining"]["objective"]})["objective"]
    settings = {"component": "tagger", "layer": "tok2vec", "objective": objective, "dropout": 0.1}
    listener = get_tok2vec_ref(nlp, settings)
    assert listener is nlp.get_pipe("tagger").model.get_ref("tok2vec")
    model = create_pretraining_model(nlp, settings)
    assert model.get_ref("tok2vec") is nlp.get_pipe("tok2vec").model
    doc = nlp.make_doc(TEXTS[0])
    example = Example(Doc(nlp.vocab, words=["another"]), doc)
    assert ensure_docs([doc, example]) == [doc, doc]
    optimizer = Adam(0.01)
    losses = [make_update(model, [doc] * 5, optimizer, model.attrs["loss"]) for _ in range(30)]
    assert losses[-1] < losses[0]


def test_tracker() -> None:
    """Words and losses are counted; a row comes each time that enough words have."""
    tracker = ProgressTracker(frequency=25)
    docs = [Doc(tagma.blank("xx").vocab, words=["a"] * 10)]
    rows = [tracker.update(epoch, 2.5, docs) for epoch in (0, 0, 0, 1, 1, 1)]
    assert [row is not None for row in rows] == [False, False, True, False, False, True]
    assert rows[2] is not None
    assert rows[2][:4] == (0, 30, "7.5000", "7.5000")
    assert rows[5] is not None
    assert rows[5][:4] == (1, 60, "15.0000", "7.5000")
    assert isinstance(rows[5][4], int)
    assert (tracker.loss, tracker.epoch_loss, dict(tracker.words_per_epoch)) == (15.0, 15.0, {0: 30, 1: 30})
    tracker.update(1, 1234567.891, docs)
    tracker.frequency = 1
    row = tracker.update(1, 0.0, docs)
    assert row is not None
    assert row[2:4] == ("1234582.89", "1234568")


def test_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Not silent, the run prints a row each so many words, with a rate and, known from the file's lines, a time."""
    monkeypatch.setattr("tagma.training.pretrain.ROW_WORDS", 20)
    pretrain(config(tmp_path), tmp_path / "out", silent=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["#", "#", "Words", "Total", "Loss", "Loss", "w/s", "left"]
    rows = [line.split() for line in lines[3:]]
    assert [row[0] for row in rows] == ["0", "0", "1", "1"]
    assert all(len(row) == 6 and row[5].count(":") == 2 for row in rows)
    pretrain(config(tmp_path), tmp_path / "silent")
    assert capsys.readouterr().out == ""


def test_time_left_is_open_where_nothing_tells_it() -> None:
    """A dash stands where the time is not known."""
    stream = io.StringIO()
    PretrainingTable(stream).row((0, 10, "1.0", "1.0", 5), None)
    assert stream.getvalue().split()[-1] == "-"


def test_config_is_left_alone(tmp_path: Path) -> None:
    """init_tok2vec, which the run is to make, is passed over and not changed in the config that was given."""
    made = config(tmp_path)
    made["initialize"]["init_tok2vec"] = "not-there.bin"
    pretrain(made, tmp_path / "out")
    assert made["initialize"]["init_tok2vec"] == "not-there.bin"
