"""The same seed gives the same pipeline, and that the same annotations, whatever the process and its threads."""

from pathlib import Path

import pytest

from .conftest import Tagma

SHORT = ["--training.max_steps", "12", "--training.eval_frequency", "12"]


@pytest.mark.slow
def test_threads_and_processes(
    tmp_path: Path, tagma_command: Tagma, treebank: Path, config_file: Path, corpus: Path
) -> None:
    """Training in two processes, with one thread and with two, ends with equal files; so does applying the result."""
    result = tagma_command("convert", treebank / "en_ewt-ud-dev.conllu.xz", tmp_path, "--n-sents", 10)
    assert result.returncode == 0, result.stdout
    # batches of some thousand words: the work is cut into several parts
    batches = ["--training.batcher.size.start", "2000", "--training.batcher.size.stop", "2001"]
    train = tmp_path / "en_ewt-ud-dev.spacy"
    paths = ["--paths.train", train, "--paths.dev", corpus / "dev.spacy"]
    files: list[dict[str, bytes]] = []
    for threads in ("1", "2"):
        environment = {"TAGMA_NUM_THREADS": threads}
        folder, output = tmp_path / f"out{threads}", tmp_path / f"annotated{threads}.spacy"
        result = tagma_command("train", config_file, *paths, *SHORT, *batches, "--output", folder, env=environment)
        assert result.returncode == 0, result.stdout + result.stderr
        result = tagma_command("apply", folder / "model-last", train, output, "--batch-size", 32, env=environment)
        assert result.returncode == 0, result.stdout + result.stderr
        model = folder / "model-last"
        files.append({str(p.relative_to(model)): p.read_bytes() for p in sorted(model.rglob("*")) if p.is_file()})
        files[-1]["annotated"] = output.read_bytes()
    one, two = files
    assert [name for name in one if one[name] != two[name]] == []
    assert len(one["annotated"]) > 100_000
