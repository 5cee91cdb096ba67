"""Knowledge bases and entity linkers go from one library to the other, and link the same."""

import json
from itertools import groupby, islice
from pathlib import Path

import pytest

from tagma.training.converters import conllu_to_docs

from .conftest import HERE, Run, unpacked

pytestmark = [pytest.mark.peer, pytest.mark.slow]

OTHER = {"tagma": "spacy", "spacy": "tagma"}
SCRIPT = HERE / "linking.py"


@pytest.fixture(scope="module")
def mentions(treebank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 sentences of the treebank, whose runs of proper nouns are names."""
    docs = conllu_to_docs(unpacked(treebank / "en_ewt-ud-dev.conllu.xz"), n_sents=1, no_print=True)
    sentences = []
    for doc in docs:
        runs = [(pos, [token.i for token in run]) for pos, run in groupby(doc, lambda token: token.pos_)]
        names = [(run[0], run[-1] + 1) for pos, run in runs if pos == "PROPN"]
        if names:
            sentences.append({"words": [token.text for token in doc], "names": names})
    file = tmp_path_factory.mktemp("linking") / "mentions.json"
    file.write_text(json.dumps(list(islice(sentences, 200))), encoding="utf8")
    return file


@pytest.fixture(scope="module")
def trained(run: Run, mentions: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with all pipelines, for each library."""
    folders = {lib: tmp_path_factory.mktemp(f"linkers-{lib}") for lib in OTHER}
    for lib, folder in folders.items():
        run(lib, SCRIPT, lib, "train", mentions, folder)
    return folders


@pytest.mark.parametrize("writer", OTHER)
def test_knowledge_bases_byte_for_byte(writer: str, run: Run, tmp_path: Path) -> None:
    """What one library writes, both read alike, and write again as it was."""
    run(writer, SCRIPT, writer, "kb", tmp_path)
    for reader in OTHER:
        run(reader, SCRIPT, reader, "copy", tmp_path, tmp_path / reader)
        for file in ("kb/contents", "kb.bytes"):
            assert (tmp_path / reader / file).read_bytes() == (tmp_path / file).read_bytes(), (reader, file)
    found = [json.loads((tmp_path / reader / "found.json").read_text(encoding="utf8")) for reader in OTHER]
    assert found[0] == found[1]
    assert [len(candidates) for candidates in found[0].values()] == [3, 4, 3, 3, 3]


def test_both_write_the_same_knowledge_base(run: Run, tmp_path: Path) -> None:
    """From the same calls."""
    for lib in OTHER:
        (tmp_path / lib).mkdir()
        run(lib, SCRIPT, lib, "kb", tmp_path / lib)
    for file in ("kb/contents", "kb.bytes"):
        assert (tmp_path / "tagma" / file).read_bytes() == (tmp_path / "spacy" / file).read_bytes()


@pytest.mark.parametrize("trainer", OTHER)
def test_the_other_links_the_same(
    trainer: str, trained: dict[str, Path], mentions: Path, run: Run, tmp_path: Path
) -> None:
    """All mentions of 200 sentences, with each configuration."""
    found = {}
    for lib in OTHER:
        run(lib, SCRIPT, lib, "predict", mentions, trained[trainer], tmp_path / f"{lib}.json")
        found[lib] = json.loads((tmp_path / f"{lib}.json").read_text(encoding="utf8"))
    assert len(found["tagma"]) == 6
    assert found["tagma"] == found["spacy"]
    first = [i for ids in found["tagma"]["two-prior"] for i in ids]
    for name in ("two", "two-context", "one"):
        assert sum(a != b for a, b in zip(first, (i for ids in found["tagma"][name] for i in ids), strict=True)) > 20


def test_the_same_seed_gives_the_same_losses(trained: dict[str, Path]) -> None:
    """Initial weights, contexts and the first steps are the peer's."""
    ours, theirs = (json.loads((trained[lib] / "losses.json").read_text(encoding="utf8")) for lib in OTHER)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name] == pytest.approx(theirs[name], rel=1e-3), name
