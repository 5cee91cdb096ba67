"""tagma find-threshold (find_threshold.py)."""

import json
import subprocess
from pathlib import Path

import pytest

import tagma
from tagma.cli import find_threshold
from tagma.language import Language
from tagma.tokens import Doc, DocBin

from .conftest import Tagma

# text → the score that the component of these tests gives it, and whether it should
GIVEN = {"calm": (0.1, 0.0), "mild": (0.4, 0.0), "warm": (0.6, 1.0), "hot": (0.9, 1.0)}


class Heat:
    """A component whose scores are known: a text is hot from its threshold on. Without a scorer it does nothing."""

    def __init__(self, threshold: float, factory_scorer: bool = True) -> None:
        self.cfg = {"threshold": threshold}
        self.scorer = self.score if factory_scorer else None

    def __call__(self, doc: Doc) -> Doc:
        if self.scorer is not None:
            doc.cats = {"HOT": float(GIVEN[doc.text][0] >= self.cfg["threshold"])}
        return doc

    def score(self, examples, **settings):  # type: ignore[no-untyped-def]
        pairs = [(eg.predicted.cats["HOT"], eg.reference.cats["HOT"]) for eg in examples]
        right = sum(one == other for one, other in pairs) / len(pairs)
        return {"heat_acc": right, "heat_desc": "a text", "heat_none": None}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved pipeline with such a component, and one without a scorer."""

    @Language.factory("heat", default_config={"threshold": 0.5, "factory_scorer": True})
    def make(nlp: Language, name: str, threshold: float, factory_scorer: bool) -> Heat:
        return Heat(threshold, factory_scorer)

    nlp = tagma.blank("en")
    nlp.add_pipe("heat")
    nlp.add_pipe("heat", name="unscored", config={"factory_scorer": False})
    path = tmp_path_factory.mktemp("heat") / "model"
    nlp.to_disk(path)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four texts with their categories."""
    nlp = tagma.blank("en")
    docs = []
    for text, (_, gold) in GIVEN.items():
        doc = nlp.make_doc(text)
        doc.cats = {"HOT": gold}
        docs.append(doc)
    path = tmp_path_factory.mktemp("heat") / "dev.spacy"
    DocBin(docs=docs).to_disk(path)
    return path


def test_the_best_threshold(model: Path, data: Path) -> None:
    """All thresholds with their scores, and the first of those with the best."""
    best, score, tried = find_threshold(model, data, "heat", "threshold", "heat_acc", n_trials=5)
    assert (best, score) == (0.5, 1.0)
    assert tried == {0.0: 0.5, 0.25: 0.75, 0.5: 1.0, 0.75: 0.75, 1.0: 0.5}


def test_rows_and_result(tagma_command: Tagma, model: Path, data: Path) -> None:
    """One row for each threshold, and the best with four places."""
    result = tagma_command("find-threshold", model, data, "heat", "threshold", "heat_acc", "-n", 3)
    assert result.returncode == 0, result.stdout + result.stderr
    assert [line for line in result.stdout.splitlines() if line[:1].isdigit()] == [
        "0.000   0.500",
        "0.500   1.000",
        "1.000   0.500",
    ]
    assert "Best threshold: 0.5000, with heat_acc 1.0000" in result.stdout


def test_a_score_that_does_not_depend_on_it(tagma_command: Tagma, model: Path, data: Path) -> None:
    """Where all scores are the same, no threshold is called the best."""
    result = tagma_command("find-threshold", model, data, "heat", "threshold", "token_acc", "-n", 3)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "the same for all thresholds" in result.stdout
    assert "Best" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hea", "threshold", "heat_acc"), "[E001] No component 'hea' in the pipeline; it has: heat, unscored."),
        (("unscored", "threshold", "heat_acc"), "[E1045] Component 'unscored' has no scorer"),
        (("heat", "limit", "heat_acc"), "'heat' has no setting 'limit'."),
        (("heat", "threshold.low", "heat_acc"), "'heat' has no setting 'threshold.low'."),
        (("heat", "threshold", "heat"), "There is no score 'heat'. There are: token_acc"),
        (("heat", "threshold", "heat_desc"), "The score 'heat_desc' is no number, but 'a text'."),
        (("heat", "threshold", "heat_none"), "The score 'heat_none' is no number, but None."),
    ],
)
def test_what_is_not_there(
    tagma_command: Tagma, model: Path, data: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Each is named with what there is; exit status 1."""
    result = tagma_command("find-threshold", model, data, *arguments)
    assert result.returncode == 1
    assert words in " ".join(result.stdout.split())


def test_errors_of_the_function(model: Path, data: Path) -> None:
    """Unknown components and those without a scorer are AttributeErrors, as in the peer."""
    with pytest.raises(AttributeError, match="E001"):
        find_threshold(model, data, "hea", "threshold", "heat_acc")
    with pytest.raises(AttributeError, match="E1045"):
        find_threshold(model, data, "unscored", "threshold", "heat_acc")


@pytest.fixture(scope="module")
def categories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two untrained pipelines of text classifiers, and a corpus for both."""
    folder = tmp_path_factory.mktemp("cats")
    docs = []
    for name in ("textcat", "textcat_multilabel"):
        nlp = tagma.blank("en")
        pipe = nlp.add_pipe(name)
        docs = []
        for text in ("good", "bad"):
            doc = nlp.make_doc(text)
            doc.cats = {"GOOD": float(text == "good"), "BAD": float(text == "bad")}
            docs.append(doc)
        for label in ("GOOD", "BAD"):
            pipe.add_label(label)  # type: ignore[attr-defined]  # classifiers have it
        nlp.initialize()
        nlp.to_disk(folder / name)
    DocBin(docs=docs).to_disk(folder / "dev.spacy")
    return folder


def test_advice_for_classifiers(tagma_command: Tagma, categories: Path) -> None:
    """A textcat has no use for a threshold; for several labels the scores that depend on it are named."""
    line = ("threshold", "cats_macro_auc", "-n", 2)
    result = tagma_command("find-threshold", categories / "textcat", categories / "dev.spacy", "textcat", *line)
    assert "whatever the threshold is" in " ".join(result.stdout.split())
    name = "textcat_multilabel"
    result = tagma_command("find-threshold", categories / name, categories / "dev.spacy", name, *line)
    assert "take cats_macro_f or cats_micro_f" in " ".join(result.stdout.split())


def test_wrong_usage(tagma_command: Tagma, model: Path, data: Path) -> None:
    """One trial finds nothing, and a corpus must be there: exit status 2."""
    line = ("heat", "threshold", "heat_acc")
    assert tagma_command("find-threshold", model, data, *line, "--n_trials", 1).returncode == 2
    assert tagma_command("find-threshold", model, "nowhere.spacy", *line).returncode == 2


@pytest.mark.peer
def test_the_peer_finds_the_same(categories: Path, peer_python: str) -> None:
    """Thresholds and scores of a classifier are those that spaCy finds for the same saved pipeline and corpus."""
    place = [str(categories / "textcat_multilabel"), str(categories / "dev.spacy")]
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom spacy.cli.find_threshold import find_threshold\n"
        "found = find_threshold(sys.argv[1], Path(sys.argv[2]), 'textcat_multilabel', 'threshold', 'cats_macro_f',"
        " n_trials=4, silent=True)\nprint(json.dumps([float(found[0]), float(found[1]),"
        " [[float(a), float(b)] for a, b in found[2].items()]]))"
    )
    environment = {"PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        [peer_python, "-c", code, *place], capture_output=True, text=True, check=True, timeout=300, env=environment
    ).stdout
    best, score, tried = json.loads(shown.splitlines()[-1])
    own = find_threshold(place[0], Path(place[1]), "textcat_multilabel", "threshold", "cats_macro_f", n_trials=4)
    assert own[0] == pytest.approx(best)
    assert own[1] == pytest.approx(score)
    assert list(own[2].items()) == [pytest.approx(pair) for pair in tried]
