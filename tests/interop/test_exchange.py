"""Parsers and entity recognizers trained in one library, used and trained on in the other."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from .conftest import HERE, Annotate, Run, disagreement

pytestmark = [pytest.mark.peer, pytest.mark.slow]

OTHER = {"tagma": "spacy", "spacy": "tagma"}
SENTENCES = 500
KINDS = ("heads", "deps", "sent_starts", "ents")

# A pipeline and its scores on dev.
Trained = tuple[Path, dict[str, float]]


@pytest.fixture(scope="module")
def train(run: Run, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Trained]:
    """Trains with a library's command line."""

    def train(lib: str, config: str, *overrides: object) -> Trained:
        folder = tmp_path_factory.mktemp(f"trained-{lib}")
        command = ["-m", lib, "train", HERE / config, "--output", folder, "--paths.train", corpus / "train.spacy"]
        command += ["--paths.dev", corpus / "dev.spacy", "--training.logger.output_file", folder / "log.jsonl"]
        run(lib, *command, *overrides)
        scores = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["scores"]
        return folder / "model-last", scores

    return train


@pytest.fixture(scope="module")
def trained(train: Callable[..., Trained]) -> Callable[[str], Trained]:
    """The pipeline that a library trained, once for all tests."""
    return cache(lambda lib: train(lib, "train.cfg"))


@pytest.mark.parametrize("trainer", ["tagma", "spacy"])
def test_the_other_predicts_the_same(
    trainer: str, trained: Callable[[str], Trained], annotate: Annotate, texts: list[str]
) -> None:
    """Heads, labels, sentence starts and entities of 500 sentences are those that the library gives which trained."""
    some = texts[: SENTENCES // 5]
    pipeline, _ = trained(trainer)
    theirs = annotate(trainer, pipeline, some)
    differ = disagreement(annotate(OTHER[trainer], pipeline, some), theirs)
    assert all(differ[kind] <= 1e-4 for kind in KINDS), differ
    assert len({dep for doc in theirs for dep in doc["deps"]}) > 10
    assert any(iob == "B" for doc in theirs for iob, _ in doc["ents"])


@pytest.mark.parametrize("trainer", ["tagma", "spacy"])
def test_the_same_with_a_beam(
    trainer: str, trained: Callable[[str], Trained], annotate: Annotate, texts: list[str]
) -> None:
    """So are those of a beam of eight over the same weights."""
    pipeline, _ = trained(trainer)
    ours, theirs = (annotate(lib, pipeline, texts[:20], "--beam", 8) for lib in ("tagma", "spacy"))
    differ = disagreement(ours, theirs)
    assert all(differ[kind] <= 1e-3 for kind in KINDS), differ


@pytest.mark.parametrize("trainer", ["tagma", "spacy"])
def test_the_other_trains_on(trainer: str, trained: Callable[[str], Trained], train: Callable[..., Trained]) -> None:
    """The other library takes the components from that pipeline and goes on: the scores on dev rise."""
    pipeline, before = trained(trainer)
    _, after = train(OTHER[trainer], "train_on.cfg", "--paths.pipeline", pipeline)
    for score in ("dep_uas", "dep_las", "ents_f"):
        assert after[score] > before[score], (score, before, after)
