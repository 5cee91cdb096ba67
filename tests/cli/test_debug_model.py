"""tagma debug model (debug_model.py)."""

import re
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.cli import debug_model
from tagma.nn.config import Config
from tagma.registries import registry

from .conftest import Tagma

ALL = ["-DIM", "-PAR", "-GRAD", "-ATTR", "-P0", "-P1", "-P2", "-P3"]


def plain(text: str) -> str:
    """The output on one line: where lines break does not matter here."""
    return " ".join(text.split())


def test_the_network_is_printed(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """The graph of a tagger with dims, parameters and memory; its gradient goes on to the shared tok2vec."""
    result = tagma_command("debug", "model", config_file, "tagger", *paths)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Initialized with the training corpus." in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["└─", "3", "softmax", "nI=96,", "nO=6", "W", "6×96,", "b", "6", "582", "2.3", "kB", "arrives"] in rows
    assert "goes on to component 'tok2vec'" in result.stdout
    assert "582 parameters, 2.3 kB" in result.stdout
    assert "A gradient arrives in every layer that has parameters." in result.stdout
    assert "Step" not in result.stdout


def test_the_shared_layers_learn_from_their_listeners(
    tagma_command: Tagma, config_file: Path, paths: list[str]
) -> None:
    """A tok2vec by itself has no loss; its gradient comes from the components that listen to it."""
    result = tagma_command("debug", "model", config_file, "tok2vec", *paths)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("arrives\n") == 14
    assert "does not arrive" not in result.stdout


def test_steps(tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """Before initialization nothing is set; then the zeros of a softmax, which three updates change; predictions."""
    result = tagma_command("debug", "model", config_file, "tagger", *paths, *ALL, "--layers", "1,3")
    assert result.returncode == 0, result.stdout + result.stderr
    steps = re.split(r"=+ Step \d.*=+", result.stdout)
    assert len(steps) == 5
    before, initialized, trained, predicted = steps[1:]
    assert "dim nO: None" in before
    assert "param W: not set" in before
    assert "Layer 0" not in before
    assert re.search(r"Layer 3: model id \d+: 'softmax'", before)
    assert "dim nO: 6" in initialized
    assert "param W: (6, 96), begins 0, 0, 0, 0, 0, …" in initialized
    assert "attr softmax_normalize: False" in initialized
    assert re.search(r"param W: \(6, 96\), begins -?[\d.e-]*[1-9]", trained)
    assert re.search(r"grad W: \(6, 96\), begins -?[\d.e-]*[1-9]", trained)
    assert re.search(r"^\(\d+,\), begins \d", predicted.strip())


def test_without_a_corpus(tagma_command: Tagma, config_file: Path) -> None:
    """Sentences of the library's own, seven outputs and random gradients stand in; the reason is said."""
    result = tagma_command("debug", "model", config_file, "tagger")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "The training corpus cannot be used" in result.stdout
    assert "E913" in result.stdout
    assert "nO=7" in result.stdout
    assert "A gradient arrives in every layer that has parameters." in result.stdout


@pytest.mark.parametrize("name", ["parser", "ner", "spancat", "textcat", "span_finder", "trainable_lemmatizer"])
def test_any_component_without_a_corpus(tagma_command: Tagma, tmp_path: Path, name: str) -> None:
    """Every built-in component with a network can be looked at before there are data."""
    config = tmp_path / "config.cfg"
    assert tagma_command("init", "config", config, "--pipeline", name).returncode == 0
    result = tagma_command("debug", "model", config, name)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"[\d,]+ parameters, [\d.]+ [kM]?B", result.stdout)


def test_a_layer_that_does_not_learn(tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str]) -> None:
    """A layer whose gradient is thrown away is named, with its parameters."""
    code = tmp_path / "own.py"
    code.write_text(
        "from tagma.nn import Linear, Model, Softmax, chain, with_array\n"
        "from tagma.ml import CharacterEmbed\n"
        "from tagma.registries import registry\n\n\n"
        "def forward(model, X, is_train):\n"
        "    Y, _ = model.layers[0](X, is_train)\n"
        "    return Y, lambda dY: []\n\n\n"
        "@registry.architectures('own.Deaf.v1')\n"
        "def deaf():\n"
        "    embed = CharacterEmbed(16, 50, 4, 3)\n"
        "    still = Model('deaf', forward, layers=[embed], init=lambda model, X=None, Y=None: embed.initialize(X))\n"
        "    return chain(still, with_array(Softmax()))\n",
        encoding="utf8",
    )
    config = Config().from_disk(config_file, interpolate=False)
    config["components"]["tagger"]["model"] = {"@architectures": "own.Deaf.v1"}
    path = tmp_path / "config.cfg"
    config.to_disk(path)
    result = tagma_command("debug", "model", path, "tagger", "--code", code, *paths)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "No gradient arrived in these layers" in result.stdout
    assert re.search(r"\d+ hashembed \(E\)", result.stdout)
    assert "softmax (W" not in plain(result.stdout)


@pytest.mark.parametrize("ending", [".html", ".svg"])
def test_a_picture_is_written(
    tmp_path: Path, tagma_command: Tagma, config_file: Path, paths: list[str], ending: str
) -> None:
    """A file of the wanted kind, with the component as its title and the layers in it."""
    path = tmp_path / f"tagger{ending}"
    result = tagma_command("debug", "model", config_file, "tagger", *paths, "--output", path)
    assert result.returncode == 0, result.stdout + result.stderr
    text = path.read_text(encoding="utf8")
    assert text.startswith("<!DOCTYPE html>" if ending == ".html" else "<svg")
    assert "tagger: Tagger" in text
    assert "3 softmax" in text
    assert 'class="joined"' in text


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["tagger", "--output", "picture.png"], 2, "'.png'; give .html or .svg"),
        (["tagger", "--layers", "a"], 2, "takes numbers, with commas, not 'a'"),
        (["tagger", "-P0", "--layers", "9"], 1, "There is no layer 9; the layers are 0 to 3."),
        (["tager"], 1, "[E001] No component 'tager' in the pipeline; it has: ['tok2vec', 'tagger'"),
        (["tagger", "--nosuch"], 2, "nosuch"),
    ],
)
def test_wrong_arguments(
    tagma_command: Tagma, config_file: Path, arguments: list[str], status: int, words: str
) -> None:
    """Each mistake is named, and the exit status tells wrong usage from what was not found."""
    result = tagma_command("debug", "model", config_file, *arguments)
    assert result.returncode == status
    assert words in plain(re.sub(r"[│╭╰─╮╯]", " ", result.stdout + result.stderr))


def test_a_component_without_a_network(tagma_command: Tagma, tmp_path: Path, config_file: Path) -> None:
    """A sentencizer has no network; those that have one are named."""
    config = Config().from_disk(config_file, interpolate=False)
    config["nlp"]["pipeline"] = ["sentencizer", "tok2vec", "tagger"]
    config["components"]["sentencizer"] = {"factory": "sentencizer"}
    del config["components"]["morphologizer"]
    config.to_disk(tmp_path / "config.cfg")
    result = tagma_command("debug", "model", tmp_path / "config.cfg", "sentencizer")
    assert result.returncode == 1
    assert "'sentencizer' has no model" in result.stdout
    assert "Components with one: tok2vec, tagger." in result.stdout


def test_what_cannot_be_initialized(tagma_command: Tagma, tmp_path: Path, config_file: Path) -> None:
    """Where neither the corpus nor the stand-in gives what a model needs, both reasons are said; exit status 1."""
    code = tmp_path / "own.py"
    code.write_text(
        "from tagma.nn import Model\n"
        "from tagma.registries import registry\n\n\n"
        "def init(model, X=None, Y=None):\n"
        "    raise ValueError('needs a moon')\n\n\n"
        "@registry.architectures('own.Moon.v1')\n"
        "def moon():\n"
        "    return Model('moon', lambda model, X, is_train: (X, lambda dY: dY), init=init)\n",
        encoding="utf8",
    )
    config = Config().from_disk(config_file, interpolate=False)
    config["components"]["tagger"]["model"] = {"@architectures": "own.Moon.v1"}
    config.to_disk(tmp_path / "config.cfg")
    result = tagma_command("debug", "model", tmp_path / "config.cfg", "tagger", "--code", code)
    assert result.returncode == 1
    assert "With it: [E913]" in result.stdout
    assert "Without: needs a moon" in result.stdout


def test_from_python(capsys: pytest.CaptureFixture[str]) -> None:
    """The function takes config, settings of training, pipeline and component, and gives the graph."""
    nlp = tagma.blank("en")
    pipe: Any = nlp.add_pipe("tagger")
    config = nlp.config.interpolate()
    training = registry.resolve({"training": config["training"]}, validate=False)["training"]
    root = debug_model(config, training, nlp, pipe, print_settings={"print_after_init": True, "layers": [0]})
    assert root.id == pipe.model.id
    assert root.n_values == sum(param.n_values for param in root.all_params) > 1000
    shown = capsys.readouterr().out
    assert "Step 1" in shown
    assert "Layer 1" not in shown
