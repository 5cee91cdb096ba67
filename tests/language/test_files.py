"""Pipelines in folders and as bytes: what comes back, what is left out, what damage is found."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tagma
from tagma import about
from tagma.language import Language
from tagma.util.folders import MARK

from .toys import SENTENCES, pipeline_of, small_tagger, tags_of, trained_tagger


@pytest.fixture(scope="module")
def trained() -> Language:
    """A trained pipeline with a shared network."""
    return trained_tagger(upstream=True, steps=20)


@pytest.fixture(scope="module")
def saved(trained: Language, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that pipeline."""
    folder = tmp_path_factory.mktemp("saved") / "pipeline"
    trained.to_disk(folder)
    return folder


def docs_of(nlp: Language) -> list[bytes]:
    """Annotations of the sentences, byte by byte."""
    return [doc.to_bytes() for doc in nlp.pipe(text for text, _ in SENTENCES)]


def test_round_trip_by_folder(trained: Language, saved: Path) -> None:
    """The loaded pipeline annotates the same bytes and has the same config, labels and meta."""
    loaded = tagma.load(saved)
    assert docs_of(loaded) == docs_of(trained)
    assert loaded.config == trained.config
    assert loaded.pipe_labels == trained.pipe_labels
    assert loaded.meta == trained.meta
    assert loaded.path == saved
    assert type(loaded) is type(trained)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[nlp]", "[nlq]"),
        ('lang = "en"', 'lang = "qq"'),
        ("batch_size", "batch_sjze"),
        ("[components.tagger", "[components.tagxer"),
        ('factory = "tagger"', 'factory = "tagxer"'),
        ("spacy.Tagger.v2", "spacy.Tagxer.v2"),
        ("pipeline = [", "pipeline = {"),
    ],
)
def test_damaged_config(saved: Path, tmp_path: Path, before: str, after: str) -> None:
    """What is wrong in the config of a saved pipeline is said with its file; an empty one is to be copied again."""
    file = tmp_path / "pipeline" / "config.cfg"
    shutil.copytree(saved, file.parent)
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    with pytest.raises((ValueError, ImportError), match=re.escape(str(file))) as caught:
        tagma.load(file.parent)
    assert str(caught.value).count(str(file)) == 1
    file.write_text("")
    with pytest.raises(ValueError, match=rf"\[E985\] .*Copy the pipeline again.*{re.escape(str(file))}") as caught:
        tagma.load(file.parent)
    assert "init config" not in str(caught.value)


def test_round_trip_in_a_new_process(trained: Language, saved: Path) -> None:
    """Another process gives the same tags."""
    code = (
        f"import tagma; nlp = tagma.load({str(saved)!r});"
        f"print([[t.tag_ for t in doc] for doc in nlp.pipe({[text for text, _ in SENTENCES]!r})])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == str(tags_of(trained))


def test_round_trip_by_bytes(trained: Language) -> None:
    """Bytes go into a pipeline with the same components."""
    loaded = small_tagger(upstream=True).from_bytes(trained.to_bytes())
    assert docs_of(loaded) == docs_of(trained)
    assert loaded.pipe_labels == trained.pipe_labels


def test_second_round_trip_changes_nothing(trained: Language, saved: Path, tmp_path: Path) -> None:
    """What is loaded and saved again has the same files."""
    tagma.load(saved).to_disk(tmp_path / "again")
    names = sorted(str(file.relative_to(saved)) for file in saved.rglob("*") if file.is_file())
    assert names == sorted(
        str(file.relative_to(tmp_path / "again")) for file in (tmp_path / "again").rglob("*") if file.is_file()
    )
    for name in names:
        if name.endswith("model"):
            assert (saved / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_exclude_when_saving(trained: Language, tmp_path: Path) -> None:
    """What is excluded has no file; a component may be excluded by its name."""
    trained.to_disk(tmp_path / "part", exclude=["tagger", "vocab"])
    names = {"config.cfg", "meta.json", "tok2vec", "tokenizer"}
    assert {file.name for file in (tmp_path / "part").iterdir()} == names


def test_exclude_when_loading(trained: Language, saved: Path) -> None:
    """An excluded component keeps the weights it has."""
    nlp = small_tagger(upstream=True)
    before = nlp.get_pipe("tok2vec").model.get_dim("nO")
    nlp.from_disk(saved, exclude=["tok2vec"])
    assert nlp.get_pipe("tok2vec").model.get_dim("nO") == before
    assert nlp.get_pipe("tagger").labels == trained.get_pipe("tagger").labels
    assert tagma.load(saved, exclude=["tagger"]).component_names == ["tok2vec"]


@pytest.mark.parametrize(
    ("options", "running", "all_names"),
    [
        ({}, ["tok2vec", "tagger"], ["tok2vec", "tagger"]),
        ({"disable": ["tagger"]}, ["tok2vec"], ["tok2vec", "tagger"]),
        ({"disable": "tagger"}, ["tok2vec"], ["tok2vec", "tagger"]),
        ({"enable": "tok2vec"}, ["tok2vec"], ["tok2vec", "tagger"]),
        ({"enable": ["tok2vec", "tagger"]}, ["tok2vec", "tagger"], ["tok2vec", "tagger"]),
        ({"exclude": ["tagger"]}, ["tok2vec"], ["tok2vec"]),
        ({"exclude": "tagger", "disable": ["tok2vec"]}, [], ["tok2vec"]),
    ],
)
def test_load_options(saved: Path, options: dict[str, Any], running: list[str], all_names: list[str]) -> None:
    """Disabled components are there and do not run; excluded ones are not there; a name may stand for a list."""
    nlp = tagma.load(saved, **options)
    assert (nlp.pipe_names, nlp.component_names) == (running, all_names)


def test_load_refuses_contradictions(saved: Path) -> None:
    """A component both enabled and disabled is E1042."""
    with pytest.raises(ValueError, match="E1042"):
        tagma.load(saved, enable=["tagger"], disable=["tagger"])


def test_load_with_settings(saved: Path) -> None:
    """Settings in place of the saved ones are taken nested and dotted, and are in the config of the pipeline."""
    for given in ({"nlp.batch_size": 7}, {"nlp": {"batch_size": 7}}):
        nlp = tagma.load(saved, config=given)
        assert nlp.batch_size == 7
        assert nlp.config["nlp"]["batch_size"] == 7


def test_load_into_a_vocabulary(saved: Path) -> None:
    """A given vocabulary is used, with its strings."""
    vocab = tagma.blank("en").vocab
    vocab.strings.add("mine")
    nlp = tagma.load(saved, vocab=vocab)
    assert nlp.vocab is vocab
    assert nlp.get_pipe("tagger").vocab is vocab
    assert "mine" in vocab.strings


def test_disabled_stays_disabled(trained: Language, tmp_path: Path) -> None:
    """A component that was disabled when saved is loaded disabled."""
    with trained.select_pipes(disable="tagger"):
        trained.to_disk(tmp_path / "pipeline")
    nlp = tagma.load(tmp_path / "pipeline")
    assert nlp.disabled == ["tagger"]
    nlp.enable_pipe("tagger")
    assert tags_of(nlp) == tags_of(trained)


@pytest.mark.parametrize(
    ("name", "code"),
    [("no_such_package", "E050"), (Path("/no/such/folder"), "E052"), ("en", "E941")],
)
def test_load_what_is_not_there(name: Any, code: str) -> None:
    """No package, no folder, an old short name: OSError with the name."""
    with pytest.raises(OSError, match=rf"\[{code}\].*{name}"):
        tagma.load(name)


def test_load_blank() -> None:
    """A name may ask for a blank pipeline, also with settings."""
    nlp = tagma.load("blank:en", config={"nlp.batch_size": 5})
    assert (nlp.lang, nlp.pipe_names, nlp.batch_size) == ("en", [], 5)


def test_nothing_half_written(trained: Language, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If saving fails, the folder that was there stays as it was, and no other is left beside it."""
    shutil.copytree(saved, tmp_path / "pipeline")
    before = {file: file.read_bytes() for file in (tmp_path / "pipeline").rglob("*") if file.is_file()}

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(trained.get_pipe("tagger"), "to_disk", fail)
    with pytest.raises(OSError, match="disk full"):
        trained.to_disk(tmp_path / "pipeline")
    assert {file: file.read_bytes() for file in (tmp_path / "pipeline").rglob("*") if file.is_file()} == before
    assert [file.name for file in tmp_path.iterdir()] == ["pipeline"]


def damages(data: bytes, seed: int) -> Iterator[bytes]:
    """The data cut at several places, with single bytes flipped, empty, and something else."""
    places = random.Random(seed)
    for share in (0.0, 0.1, 0.5, 0.9):
        yield data[: int(len(data) * share)]
    yield data[:-1]
    for place in (0, len(data) // 2, len(data) - 1, *(places.randrange(len(data)) for _ in range(8))):
        yield data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    yield b"\x00\x01 something else"


@pytest.mark.parametrize("name", ["tagger/model", "tok2vec/model"])
def test_damaged_models(saved: Path, tmp_path: Path, name: str) -> None:
    """A model file that was cut, or in which one byte anywhere changed, is refused with its path."""
    shutil.copytree(saved, tmp_path / "pipeline")
    file = tmp_path / "pipeline" / name
    data = file.read_bytes()
    for bad in damages(data, seed=1):
        file.write_bytes(bad)
        with pytest.raises(ValueError, match=r"\[(E149|E4023)\]") as error:
            tagma.load(tmp_path / "pipeline")
        assert str(file) in str(error.value)
    file.write_bytes(data)
    assert tagma.load(tmp_path / "pipeline").pipe_names == ["tok2vec", "tagger"]


def test_damaged_model_in_bytes(trained: Language) -> None:
    """A weight that was changed in the bytes of a component is found."""
    data = trained.get_pipe("tagger").to_bytes(exclude=["vocab"])
    place = data.rindex(b"data\xc5") + 20
    changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    with pytest.raises(ValueError, match=r"\[E4023\] the model of 'tagger'"):
        small_tagger(upstream=True).get_pipe("tagger").from_bytes(changed, exclude=["vocab"])


def test_models_without_checksum_load(trained: Language, saved: Path, tmp_path: Path) -> None:
    """Models that another program writes over ours, without checksums, are loaded."""
    folder = without_sums(copied(saved, tmp_path))
    assert docs_of(tagma.load(folder)) == docs_of(trained)


def test_files_of_a_component(saved: Path) -> None:
    """A component with a network has the files that spaCy writes, and no other; its model is spaCy's in front."""
    assert sorted(file.name for file in (saved / "tagger").iterdir()) == ["cfg", "model"]
    model = tagma.load(saved).get_pipe("tagger").model.to_bytes()
    assert (saved / "tagger" / "model").read_bytes()[1 : len(model)] == model[1:]


def copied(saved: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "pipeline"))


def without_sums(folder: Path) -> Path:
    """The folder as another program writes it."""
    nlp = tagma.load(folder)
    for name in ("tok2vec", "tagger"):
        nlp.get_pipe(name).model.to_disk(folder / name / "model")
    return folder


VOCAB_FILES = ["vocab/strings.json", "vocab/vectors", "vocab/vectors.cfg", "vocab/key2row", "vocab/lookups.bin"]


def test_files_of_a_pipeline(tmp_path: Path) -> None:
    """A pipeline without networks has the files that spaCy writes, and no other."""
    nlp = tagma.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path)
    files = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert files == {"config.cfg", "meta.json", "sentencizer.json", "tokenizer", *VOCAB_FILES}


@pytest.mark.parametrize("name", VOCAB_FILES)
def test_damaged_files_of_the_vocabulary_are_named(saved: Path, tmp_path: Path, name: str) -> None:
    """What was cut or is something else is E4010 with its path."""
    file = without_sums(copied(saved, tmp_path)) / name
    data = file.read_bytes()
    for bad in (data[: len(data) // 2], b"\x00\x01 something else"):
        file.write_bytes(bad)
        with pytest.raises(ValueError, match=r"\[E4010\]") as error:
            tagma.load(tmp_path / "pipeline")
        assert f" in {file}:" in str(error.value)


@pytest.mark.parametrize(
    "name", ["tagger", "tagger/model", "tagger/cfg", "tok2vec", "vocab", "vocab/strings.json", "tokenizer"]
)
def test_missing_files_are_named(saved: Path, tmp_path: Path, name: str) -> None:
    """A folder or file that is needed and gone is E4024 with pipeline, part and path."""
    folder = without_sums(copied(saved, tmp_path))
    shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
    part = name.split("/")[0]
    with pytest.raises(FileNotFoundError, match=rf"\[E4024\].*{folder} lacks {name}.* part '{part}'"):
        tagma.load(folder)
    assert part not in tagma.load(folder, exclude=[part]).pipe_names


def test_files_that_a_component_misses_elsewhere(trained: Language, saved: Path, monkeypatch: Any) -> None:
    """An error about a file outside of the pipeline's folder stays as it is."""

    def fail(*args: Any, **kwargs: Any) -> None:
        Path("/no/such/file").read_bytes()

    nlp = tagma.load(saved)
    monkeypatch.setattr(nlp.get_pipe("tagger"), "from_disk", fail)
    with pytest.raises(FileNotFoundError, match=r"^\[Errno 2\].*/no/such/file"):
        nlp.from_disk(saved)


@pytest.mark.parametrize("name", ["config.cfg", "meta.json", "tokenizer", "tagger/cfg", "vocab/strings.json"])
def test_damaged_other_files(saved: Path, tmp_path: Path, name: str) -> None:
    """A file that is empty, cut in the middle, something else or gone is an error with a code or the file's name."""
    shutil.copytree(saved, tmp_path / "pipeline")
    file = tmp_path / "pipeline" / name
    data = file.read_bytes()
    for bad in (b"", data[: len(data) // 2], b"\x00\x01 something else", b"\xff" + data, None):
        if bad is None:
            file.unlink()
        else:
            file.write_bytes(bad)
        with pytest.raises((ValueError, OSError)) as error:
            tagma.load(tmp_path / "pipeline")
        message = str(error.value)
        assert "[E" in message or file.name in message or "Config validation error" in message
        assert len(message) < 600


def test_damaged_bytes(trained: Language) -> None:
    """Bytes that were cut, or changed at one place, load or are a ValueError with a code: nothing else comes out."""
    data = trained.to_bytes()
    messages = []
    for bad in damages(data, seed=2):
        try:
            small_tagger(upstream=True).from_bytes(bad)
        except ValueError as error:
            messages.append(str(error))
    assert len(messages) >= 6
    assert all(message.startswith(("[E", "\n\nConfig validation error")) for message in messages)


def test_wrong_components_are_named(saved: Path, tmp_path: Path) -> None:
    """Weights of another size are refused with component, file and both numbers."""
    shutil.copytree(saved, tmp_path / "pipeline")
    config = (tmp_path / "pipeline" / "config.cfg").read_text()
    (tmp_path / "pipeline" / "config.cfg").write_text(config.replace("width = 16", "width = 24"))
    with pytest.raises(ValueError, match=r"(?s)\[E149\].*tok2vec.*24.*16"):
        tagma.load(tmp_path / "pipeline")


def test_meta(tmp_path: Path) -> None:
    """What is said about a pipeline is saved; what follows from its state is computed."""
    nlp = pipeline_of("toy_marker")
    assert (nlp.meta["name"], nlp.meta["version"], nlp.meta["lang"]) == ("pipeline", "0.0.0", "en")
    nlp.meta["name"] = "mine"
    nlp.meta["author"] = "somebody"
    nlp.disable_pipe("toy_marker")
    nlp.to_disk(tmp_path / "pipeline")
    meta = json.loads((tmp_path / "pipeline" / "meta.json").read_text())
    assert (meta["name"], meta["author"], meta["lang"]) == ("mine", "somebody", "en")
    assert (meta["components"], meta["pipeline"], meta["disabled"]) == (["toy_marker"], [], ["toy_marker"])
    assert meta["tagma_version"] == about.__version__
    assert tagma.load(tmp_path / "pipeline").meta["author"] == "somebody"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("nan"), [1.0, float("nan")]])
def test_numbers_that_json_lacks(tmp_path: Path, value: Any) -> None:
    """A score that is no number is saved as null: it does not cost the weights."""
    nlp = tagma.blank("en")
    nlp.meta["performance"] = {"tag_acc": value, "by_tag": {"NN": {"p": value, "r": 0.5}}}
    nlp.to_disk(tmp_path / "pipeline")
    saved = [None if x != x or x == float("inf") else x for x in np.atleast_1d(value).tolist()]
    expected = saved if isinstance(value, list) else saved[0]
    for meta in (tagma.load(tmp_path / "pipeline").meta, tagma.blank("en").from_bytes(nlp.to_bytes()).meta):
        assert meta["performance"] == {"tag_acc": expected, "by_tag": {"NN": {"p": expected, "r": 0.5}}}
    assert "NaN" not in (tmp_path / "pipeline" / "meta.json").read_text()


def test_components_that_are_not_there(saved: Path, trained: Language) -> None:
    """Loading into a pipeline that lacks a saved component warns W4013 with its name, unless it is excluded."""
    data = trained.to_bytes()
    for read in (lambda nlp, **options: nlp.from_disk(saved, **options), lambda nlp, **o: nlp.from_bytes(data, **o)):
        with pytest.warns(UserWarning, match=r"\[W4013\] .*\['tok2vec', 'tagger'\]") as caught:
            read(tagma.blank("en"))
        assert caught[0].filename == __file__
        read(tagma.blank("en"), exclude=["tok2vec", "tagger"])


WAYS = ["swap", "renames", "within"]


@pytest.fixture(scope="module")
def younger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """The folder of a pipeline that has learnt less, and what it says of the sentences."""
    nlp = trained_tagger(upstream=True, steps=1)
    nlp.to_disk(folder := tmp_path_factory.mktemp("younger") / "pipeline")
    return folder, docs_of(nlp)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_killed_while_saving(
    trained: Language, younger: tuple[Path, list[bytes]], tmp_path: Path, way: str, killing: Any
) -> None:
    """Killed at any moment, what is loaded is the old pipeline or the new one, by readers that may write or not."""
    expected = [younger[1], docs_of(trained)]
    target = tmp_path / "pipeline"
    seen = []
    with killing.way_of(way, target):
        shutil.copytree(younger[0], target)
        n = killing.changes_of(lambda: trained.to_disk(target))
        for moment in killing.moments(n, every=n // 8):
            for entry in tmp_path.iterdir():
                shutil.rmtree(entry)
            shutil.copytree(younger[0], target)
            assert killing.killed_at(moment, lambda: trained.to_disk(target))
            with killing.read_only():
                found = docs_of(tagma.load(target))
            assert docs_of(tagma.load(target)) == found
            seen.append(expected.index(found))
    assert seen == sorted(seen)
    assert set(seen) == {0, 1}


def test_killed_between_two_renames(trained: Language, saved: Path, tmp_path: Path, killing: Any) -> None:
    """A folder that is complete, but not yet in its place, is loaded by the name that it will have."""
    (tmp_path / "parent").mkdir()
    part = Path(shutil.copytree(saved, tmp_path / "parent" / ".pipeline.abcdefgh.part"))
    (part / MARK).touch()
    with killing.read_only():
        nlp = tagma.load(tmp_path / "parent" / "pipeline")
    assert nlp.path == tmp_path / "parent" / "pipeline"
    assert docs_of(nlp) == docs_of(trained)
    assert docs_of(tagma.load(str(nlp.path))) == docs_of(trained)
    assert [entry.name for entry in (tmp_path / "parent").iterdir()] == ["pipeline"]
