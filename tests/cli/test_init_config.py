"""tagma init config, tagma init fill-config (init_config.py, _quickstart.py, _recommendations.py)."""

import json
import subprocess
from pathlib import Path

import pytest

import tagma
from tagma.cli import init_config
from tagma.cli._quickstart import quickstart
from tagma.cli._recommendations import recommendation
from tagma.nn.config import Config

from .conftest import Tagma

SECTIONS = ["paths", "system", "nlp", "components", "corpora", "training", "initialize"]


def test_sections_stand_in_order(config_file: Path) -> None:
    """Top sections in the documented order, each subsection behind its parent."""
    names = [line[1:-1] for line in config_file.read_text().splitlines() if line.startswith("[")]
    assert [name for name in names if "." not in name] == SECTIONS
    for name in names:
        if "." in name:
            parent = name.rpartition(".")[0]
            before = names[: names.index(name)]
            last = next(n for n in reversed(before) if n == parent or n.startswith(parent + "."))
            assert before[-1] == last or before[-1].startswith(parent + "."), name


def test_config_is_complete_and_variables_stay(config_file: Path) -> None:
    """The file keeps its `${…}`, and filling it again changes nothing."""
    config = Config().from_disk(config_file, interpolate=False)
    assert config["nlp"]["pipeline"] == ["tok2vec", "tagger", "morphologizer"]
    assert config["corpora"]["train"]["path"] == "${paths.train}"
    width = config["components"]["tagger"]["model"]["tok2vec"]["width"]
    assert width == "${components.tok2vec.model.encode.width}"
    assert config["components"]["tok2vec"]["model"]["encode"]["width"] == 96
    assert config["training"]["optimizer"]["beta1"] == 0.9


def test_existing_file_is_kept(config_file: Path, tagma_command: Tagma) -> None:
    """A file is overwritten with --force only."""
    before = config_file.read_bytes()
    result = tagma_command("init", "config", config_file, "--pipeline", "tagger")
    assert (result.returncode, "--force" in result.stdout) == (1, True)
    assert config_file.read_bytes() == before


def test_dash_prints_the_config_alone(config_file: Path, tagma_command: Tagma) -> None:
    """With `-` stdout is the file."""
    result = tagma_command("init", "config", "-", "--pipeline", "tagger,morphologizer")
    assert result.returncode == 0, result.stderr
    assert Config().from_str(result.stdout, interpolate=False) == Config().from_disk(config_file, interpolate=False)


def test_unknown_component_and_language(tmp_path: Path, tagma_command: Tagma) -> None:
    """What is not there is named, with what is; exit status 1, no file."""
    result = tagma_command("init", "config", tmp_path / "c.cfg", "--pipeline", "taggr")
    assert (result.returncode, "E002" in result.stdout, "taggr" in result.stdout) == (1, True, True)
    assert "tagger" in result.stdout
    result = tagma_command("init", "config", tmp_path / "c.cfg", "--lang", "qq", "--pipeline", "tagger")
    assert (result.returncode, "qq" in result.stdout) == (1, True)
    assert not list(tmp_path.iterdir())


def test_components_of_another_version(tmp_path: Path, tagma_command: Tagma) -> None:
    """Those that are not there are named once, with those that are, and a command that works."""
    result = tagma_command("init", "config", tmp_path / "c.cfg", "--pipeline", "tagger,nn_labeller")
    assert (result.returncode, "no component 'nn_labeller'" in result.stdout) == (1, True), result.stdout
    *_, command, _ = result.stdout.splitlines()
    assert command == f"tagma init config {tmp_path / 'c.cfg'} --lang en --pipeline tagger"
    assert tagma_command(*command.split()[1:]).returncode == 0


def test_usual_pipeline(tmp_path: Path, tagma_command: Tagma) -> None:
    """Without --pipeline the config is for a tagger, a parser and an entity recognizer, which share an embedding."""
    result = tagma_command("init", "config", tmp_path / "c.cfg")
    assert result.returncode == 0, result.stdout
    config = Config().from_disk(tmp_path / "c.cfg", interpolate=False)
    assert config["nlp"]["pipeline"] == ["tok2vec", "tagger", "parser", "ner"]
    assert config == Config().from_str(init_config().to_str(interpolate=False), interpolate=False)
    for name, state, width, pieces in (("parser", "parser", 128, 3), ("ner", "ner", 64, 2)):
        model = dict(config["components"][name]["model"])
        assert model.pop("tok2vec") == {
            "@architectures": "spacy.Tok2VecListener.v1",
            "width": "${components.tok2vec.model.encode.width}",
            "upstream": "*",
        }
        assert model == {
            "@architectures": "spacy.TransitionBasedParser.v2",
            "state_type": state,
            "extra_state_tokens": False,
            "hidden_width": width,
            "maxout_pieces": pieces,
            "use_upper": True,
            "nO": None,
        }
    parser = config["components"]["parser"]
    assert {key: parser[key] for key in parser if key not in ("model", "scorer")} == {
        "factory": "parser",
        "moves": None,
        "update_with_oracle_cut_size": 100,
        "learn_tokens": False,
        "min_action_freq": 30,
    }
    ner = config["components"]["ner"]
    assert {key: ner[key] for key in ner if key not in ("model", "scorer")} == {
        "factory": "ner",
        "moves": None,
        "update_with_oracle_cut_size": 100,
        "incorrect_spans_key": None,
    }
    weights = config["training"]["score_weights"]
    assert {name: weight for name, weight in weights.items() if weight} == {
        "tag_acc": 0.33,
        "dep_uas": 0.17,
        "dep_las": 0.17,
        "ents_f": 0.33,
    }


@pytest.mark.parametrize("pipeline", ["", "tok2vec", "sentencizer"])
def test_nothing_to_train(tmp_path: Path, tagma_command: Tagma, pipeline: str) -> None:
    """A pipeline without weights is refused."""
    result = tagma_command("init", "config", tmp_path / "c.cfg", "--pipeline", pipeline)
    assert (result.returncode, "Nothing to train" in result.stdout, "tagger" in result.stdout) == (1, True, True)
    assert not list(tmp_path.iterdir())


def test_pretraining(tmp_path: Path, tagma_command: Tagma) -> None:
    """--pretraining adds its settings; those that a config has already stay."""
    result = tagma_command("init", "config", tmp_path / "c.cfg", "-p", "tagger", "-pt")
    assert result.returncode == 0, result.stdout
    made = Config().from_disk(tmp_path / "c.cfg", interpolate=False)
    assert made["corpora"]["pretrain"]["path"] == "${paths.raw_text}"
    assert made["pretraining"]["objective"]["@architectures"] == "spacy.PretrainCharacters.v1"
    text = "[nlp]\nlang = 'en'\n[pretraining]\nmax_epochs = 7\n[pretraining.objective]\n"
    objective = "@architectures = 'spacy.PretrainVectors.v1'\nmaxout_pieces = 3\nhidden_size = 30\nloss = 'L2'\n"
    (tmp_path / "base.cfg").write_text((text + objective).replace("'", '"'))
    result = tagma_command("init", "fill-config", tmp_path / "base.cfg", tmp_path / "f.cfg", "-pt")
    assert result.returncode == 0, result.stdout
    filled = Config().from_disk(tmp_path / "f.cfg")["pretraining"]
    assert (filled["max_epochs"], filled["dropout"], filled["objective"]["hidden_size"]) == (7, 0.2, 30)
    assert "n_characters" not in filled["objective"]
    result = tagma_command("init", "config", tmp_path / "d.cfg", "-p", "sentencizer,textcat", "-pt")
    assert "needs a tok2vec component" in result.stdout


def test_vectors_that_are_not_installed(tmp_path: Path, tagma_command: Tagma) -> None:
    """The config for accuracy needs vectors: it is written, and it is said how to go on without them."""
    result = tagma_command("init", "config", tmp_path / "c.cfg", "-p", "tagger", "-o", "accuracy")
    assert result.returncode == 0
    assert Config().from_disk(tmp_path / "c.cfg")["paths"]["vectors"] == "en_core_web_lg"
    assert all(word in result.stdout for word in ("not installed", "--paths.vectors", "--optimize efficiency"))


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_output_is_a_folder(tmp_path: Path, tagma_command: Tagma, force: list[str]) -> None:
    """A folder where a file is needed is wrong usage."""
    result = tagma_command("init", "config", tmp_path, "-p", "tagger", *force)
    assert (result.returncode, "is a directory" in " ".join(result.stderr.split())) == (2, True)
    (tmp_path / "file").write_text("")
    result = tagma_command("init", "config", tmp_path / "file" / "c.cfg", "-p", "tagger", *force)
    assert (result.returncode, "file is a file" in " ".join(result.stdout.split())) == (1, True), result.stdout


def test_fill_config(tmp_path: Path, tagma_command: Tagma) -> None:
    """A short config gets all its settings; what it said stays; the result has nothing to fill."""
    base = tmp_path / "base.cfg"
    base.write_text(
        '[nlp]\nlang = "en"\npipeline = ["sentencizer"]\n\n[components]\n\n'
        '[components.sentencizer]\nfactory = "sentencizer"\n'
    )
    full = tmp_path / "full.cfg"
    result = tagma_command("init", "fill-config", base, full, "--diff")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "+max_steps" in result.stdout.replace(" ", "")
    config = Config().from_disk(full, interpolate=False)
    assert config["nlp"]["pipeline"] == ["sentencizer"]
    assert config["training"]["max_steps"] == 20000
    again = tagma_command("init", "fill-config", full, tmp_path / "again.cfg")
    assert "nothing to fill" in again.stdout
    assert (tmp_path / "again.cfg").read_bytes() == full.read_bytes()


def test_fill_config_keeps_own_settings(tmp_path: Path, tagma_command: Tagma) -> None:
    """Settings that spaCy does not know are not filled in; those that are given stay, and are checked."""
    text = '[nlp]\nlang = "en"\npipeline = ["ner", "tagger"]\n\n[components]\n\n'
    text += '[components.tagger]\nfactory = "tagger"\n'
    base, full = tmp_path / "base.cfg", tmp_path / "full.cfg"
    base.write_text(text + '\n[components.ner]\nfactory = "ner"\nscores = true\n')
    assert tagma_command("init", "fill-config", base, full).returncode == 0
    config = Config().from_disk(full)
    assert config["components"]["ner"]["scores"] is True
    assert not {"scores", "save_activations"} & set(config["components"]["tagger"])
    assert "save_activations" not in config["components"]["ner"]
    base.write_text(text + '\n[components.ner]\nfactory = "ner"\nscores = 3\n')
    result = tagma_command("init", "fill-config", base, full)
    assert (result.returncode, "components -> ner -> scores" in result.stdout) == (1, True), result.stdout


def test_fill_config_takes_stdin(tagma_command: Tagma) -> None:
    """`-` as the base reads stdin, `-` as the output prints."""
    result = tagma_command("init", "fill-config", "-", stdin='[nlp]\nlang = "en"\npipeline = []\n')
    assert result.returncode == 0, result.stdout + result.stderr
    assert Config().from_str(result.stdout)["training"]["dropout"] == 0.1


@pytest.mark.parametrize(
    ("components", "optimize", "embedding"),
    [
        (["tagger"], "efficiency", "tok2vec"),
        (["sentencizer"], "efficiency", None),
        (["textcat"], "efficiency", None),
        (["textcat"], "accuracy", "tok2vec"),
        (["textcat", "tagger"], "efficiency", "tok2vec"),
    ],
)
def test_embedding_is_added_where_it_is_needed(components: list[str], optimize: str, embedding: str | None) -> None:
    """tok2vec stands first where a component listens to it; a bag of words needs none."""
    base = quickstart("en", components, optimize, "cpu", recommendation("en"))
    assert base["nlp"]["pipeline"] == ([embedding] if embedding else []) + components
    assert ("tok2vec" in base["components"]) == (embedding == "tok2vec")


def test_transformer_on_gpu() -> None:
    """On a GPU the recommended transformer is the embedding, with its batches and learn rate."""
    base = quickstart("de", ["tagger", "textcat"], "efficiency", "gpu", recommendation("de"))
    assert base["nlp"]["pipeline"] == ["transformer", "tagger", "textcat"]
    assert base["components"]["transformer"]["model"]["name"] == "bert-base-german-cased"
    assert base["training"]["accumulate_gradient"] == 3
    assert base["training"]["batcher"]["@batchers"] == "spacy.batch_by_padded.v1"
    assert base["components"]["textcat"]["model"]["@architectures"] == "spacy.TextCatCNN.v2"
    assert "label_smoothing" not in base["components"]["tagger"]


def test_transformer_without_its_packages(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without them the config has a tok2vec, and what to install is said."""
    monkeypatch.setattr("tagma.ml.transformer.pretrained.has_packages", lambda: False)
    config = init_config(pipeline=["tagger"], gpu=True, silent=False)
    assert config["nlp"]["pipeline"] == ["tok2vec", "tagger"]
    assert 'pip install "tagma[transformers]"' in " ".join(capsys.readouterr().out.split())


@pytest.mark.transformers
def test_transformer_with_its_packages() -> None:
    """The filled config has the transformer, which is not looked up."""
    config = init_config(pipeline=["tagger", "ner"], gpu=True)
    assert config["nlp"]["pipeline"] == ["transformer", "tagger", "ner"]
    assert config["components"]["transformer"]["model"]["name"] == "roberta-base"
    assert config["components"]["transformer"]["max_batch_items"] == 4096
    tok2vec = config["components"]["ner"]["model"]["tok2vec"]
    assert tok2vec["@architectures"] == "spacy-transformers.TransformerListener.v1"


def test_recommendation_of_an_unknown_language() -> None:
    """A language without an entry gets the multilingual transformer and no vectors."""
    advice = recommendation("qq")
    assert advice["word_vectors"] is None
    assert advice["transformer"]["accuracy"]["name"] == "bert-base-multilingual-uncased"
    assert recommendation("it")["transformer"] is None


@pytest.mark.peer
@pytest.mark.parametrize(
    ("pipeline", "optimize"),
    [
        ("tagger,morphologizer", "efficiency"),
        ("tagger", "accuracy"),
        ("senter,sentencizer,tagger", "efficiency"),
        ("tagger,parser,ner", "efficiency"),
        ("tagger,parser,ner", "accuracy"),
        ("beam_parser,beam_ner", "efficiency"),
    ],
)
def test_same_settings_as_the_peer(tmp_path: Path, peer_python: str, pipeline: str, optimize: str) -> None:
    """Every key and value equals what spaCy's command writes for the same request."""
    target = tmp_path / "peer.cfg"
    command = [peer_python, "-m", "spacy", "init", "config", str(target), "--pipeline", pipeline]
    pretraining = pipeline.startswith("tagger")
    more = ["--pretraining"] if pretraining else []
    subprocess.run([*command, "--optimize", optimize, *more], check=True, capture_output=True)
    theirs = Config().from_disk(target, interpolate=False)
    if not pretraining:
        theirs.pop("pretraining", None)
    ours = init_config(pipeline=pipeline.split(","), optimize=optimize, pretraining=pretraining)
    assert json.loads(json.dumps(Config().from_str(ours.to_str(interpolate=False), interpolate=False))) == json.loads(
        json.dumps(theirs)
    )


def test_coreference_hands_on_heads(tmp_path: Path, tagma_command: Tagma) -> None:
    """Both components listen to one embedding, the first writes what the second reads, and sentences come first."""
    result = tagma_command("init", "config", tmp_path / "c.cfg", "-p", "coref,span_resolver")
    assert result.returncode == 0, result.stdout + result.stderr
    config = tagma.util.load_config(tmp_path / "c.cfg")
    assert config["nlp"]["pipeline"] == ["tok2vec", "sentencizer", "coref", "span_resolver"]
    assert config["training"]["annotating_components"] == ["sentencizer"]
    coref, resolver = config["components"]["coref"], config["components"]["span_resolver"]
    assert coref["span_cluster_prefix"] == coref["scorer"]["span_cluster_prefix"] == "coref_head_clusters"
    assert resolver["input_prefix"] == resolver["model"]["prefix"] == "coref_head_clusters"
    assert coref["model"]["tok2vec"] == resolver["model"]["tok2vec"]
    tagma.util.load_model_from_config(config)
    alone = tagma_command("init", "config", "-", "-p", "coref").stdout
    assert 'span_cluster_prefix = "coref_clusters"' in alone
    assert "sentencizer" not in alone
