"""A project written for spaCy runs with `tagma project`, through weasel, where the peer is installed but not used."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import threadpoolctl

import tagma

pytestmark = [pytest.mark.peer, pytest.mark.slow]

PROJECT = """
title: "A tagger"
vars: {steps: 2}
directories: [corpus]
assets:
  - {dest: assets/train.conllu, url: given/train.conllu}
workflows:
  all: [convert, config, train, tell]
commands:
  - name: convert
    script: ["python -m spacy convert assets/train.conllu corpus --n-sents 1"]
    deps: [assets/train.conllu]
    outputs: [corpus/train.spacy]
  - name: config
    script: ["python -m spacy init config config.cfg --pipeline tagger"]
    outputs: [config.cfg]
  - name: train
    script:
      - "python3 -m spacy train config.cfg --output training --paths.train corpus/train.spacy \\
         --paths.dev corpus/train.spacy --training.max_steps ${vars.steps}"
    deps: [corpus/train.spacy, config.cfg]
    outputs: [training/model-last]
  - name: tell
    script: ["python tell.py training/model-last"]
  - name: fail
    script: ["python -c 'raise SystemExit(3)'"]
"""
TELL = """
import sys
from importlib.metadata import version
import spacy
print("loaded by", type(spacy.load(sys.argv[1])).__module__, version("spacy") == spacy.__version__, flush=True)
"""
SENTENCE = "1\tShe\tshe\tPRON\tPRP\t_\t2\tnsubj\t_\t_\n2\treads\tread\tVERB\tVBZ\t_\t0\troot\t_\t_\n\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "project.yml").write_text(PROJECT, encoding="utf8")
    (folder / "tell.py").write_text(TELL, encoding="utf8")
    (folder / "given").mkdir()
    (folder / "given" / "train.conllu").write_text(SENTENCE * 3, encoding="utf8")
    return folder


def test_a_whole_project(project: Path, peer_python: str, tmp_path: Path) -> None:
    """Assets, steps, what did not change passed over, statuses, remotes, documents, in this order."""

    # The one package that tagma needs and the peer does not.
    shutil.copy(threadpoolctl.__file__, tmp_path)
    source = str(Path(tagma.__file__).parents[1])

    def run(*line: str, status: int = 0) -> str:
        done = subprocess.run(
            [peer_python, "-W", "ignore", "-m", "tagma", "project", *line],
            capture_output=True,
            text=True,
            cwd=project,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([source, str(tmp_path)])},
            timeout=300,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "train.conllu" in run("assets")
    assert "convert -> config -> train -> tell" in run("run")
    assert "loaded by tagma.lang.en True" in run("run", "all")
    again = run("run", "all")
    assert "Skipping 'train'" in again
    assert "loaded by tagma" in again
    assert "Skipping 'train'" not in run("run", "train", "--vars.steps", "1")
    run("run", "fail", status=3)
    run("run", "nothing", status=1)
    assert "Pushed corpus/train.spacy" in run("push", "remote")
    (project / "corpus" / "train.spacy").unlink()
    assert "Pulled corpus/train.spacy" in run("pull", "remote")
    assert (project / "corpus" / "train.spacy").exists()
    run("document", "--output", "README.md")
    assert "A tagger" in (project / "README.md").read_text(encoding="utf8")
