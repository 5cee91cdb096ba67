"""Settings that a component's files have (_settings.py): of the kind that they say they are."""

import json
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.pipeline._settings import check_settings
from tagma.tokens import Doc
from tagma.training import Example


@pytest.mark.parametrize(
    ("own", "found"),
    [
        (None, None),
        (None, "text"),
        (None, 5),
        (None, True),
        (3, 4),
        (3, None),
        (0.5, 1),
        ("sc", "other"),
        ("sc", None),
        (True, False),
        ([], ["a", "b"]),
        ([], [1, 2]),
        ({}, {"a": "b"}),
    ],
)
def test_values_of_a_kind(own: object, found: object) -> None:
    """Numbers for numbers, text for text, lists and maps of one kind; None where there may be nothing."""
    check_settings({"x": own}, {"x": found, "new": object()})


@pytest.mark.parametrize(
    ("own", "found"),
    [
        (None, []),
        (None, {}),
        (3, "3"),
        (3, True),
        (3, 2**60),
        (0.5, None),
        (0.5, True),
        ("sc", 5),
        (True, 1),
        (True, None),
        ([], "text"),
        ([], ["a", 1]),
        ([], [[]]),
        ({}, {"a": {}}),
        ({}, []),
    ],
)
def test_values_of_another_kind(own: object, found: object) -> None:
    """They are named, with a value that would do."""
    with pytest.raises(ValueError, match="'x' is"):
        check_settings({"x": own}, {"x": found})


def test_what_labels_are() -> None:
    """A component without labels yet says what they are."""
    check_settings({"labels": []}, {"labels": [1]}, int)
    with pytest.raises(ValueError, match="'labels' are"):
        check_settings({"labels": []}, {"labels": [1]})
    with pytest.raises(ValueError, match="found list"):
        check_settings({}, [])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The folder of a tagger with two tags, and a morphologizer."""
    nlp = tagma.blank("en")
    for name in ("tagger", "morphologizer"):
        nlp.add_pipe(name)
    gold = Doc(nlp.vocab, words=["a", "b"], tags=["A", "B"], pos=["NOUN", "VERB"], morphs=["Case=Nom", ""])
    nlp.initialize(lambda: [Example(nlp.make_doc("a b"), gold)])
    nlp.to_disk(tmp_path / "nlp")
    return tmp_path / "nlp"


def alter(file: Path, **settings: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


@pytest.mark.parametrize(("name", "value"), [("labels", None), ("labels", [1, 2]), ("overwrite", "no")])
def test_files_with_other_settings(saved: Path, name: str, value: object) -> None:
    """The error names file and setting."""
    alter(saved / "tagger" / "cfg", **{name: value})
    with pytest.raises(ValueError, match=rf"E4010.*tagger.cfg.*{name}"):
        tagma.load(saved)


@pytest.mark.parametrize(
    ("labels", "error"),
    [(["A"], "E149.*'tagger'"), (["A", "B", "C"], "E149"), ([], "E4514.*'tagger'.*2 outputs.*need 0")],
)
def test_labels_that_do_not_fit_the_network(saved: Path, labels: list[str], error: str) -> None:
    """Settings and network are compared when both were read."""
    alter(saved / "tagger" / "cfg", labels=labels)
    with pytest.raises(ValueError, match=error):
        tagma.load(saved)


def test_labels_of_a_morphologizer(saved: Path) -> None:
    """Features and parts of speech are of the same labels."""
    alter(saved / "morphologizer" / "cfg", labels_pos={"Case=Nom|POS=NOUN": 92})
    with pytest.raises(ValueError, match=r"E4010.*morphologizer.*labels_pos"):
        tagma.load(saved)


def test_a_network_without_weights_may_have_any_labels() -> None:
    """What was not trained is read as it is."""
    nlp = tagma.blank("en")
    tagger: Any = nlp.add_pipe("tagger")
    data = tagger.to_bytes()
    tagger.add_label("A")
    assert tagger.from_bytes(data).labels == ()
