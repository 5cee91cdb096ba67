"""The README of a packaged pipeline."""

from tagma.cli._model_card import generate_readme

META = {"lang": "en", "name": "toy", "version": "1.0.0", "spacy_version": ">=3.8.0,<3.9.0"}


def rows(text: str) -> dict[str, str]:
    """{first cell: the rest} of the lines of all tables."""
    cells = [line.strip("| ").split(" | ", 1) for line in text.splitlines() if line.startswith("|")]
    return {first.replace("*", ""): rest for first, rest in cells}


def test_what_is_not_known() -> None:
    """The least meta gives a table without labels and scores, which says what it does not know."""
    text = generate_readme(META)
    assert text.splitlines()[0] == "| Feature | Description |"
    found = rows(text)
    assert (found["Name"], found["Version"], found["spaCy"]) == ("`en_toy`", "`1.0.0`", "`>=3.8.0,<3.9.0`")
    assert {found[name] for name in ("Default Pipeline", "Components", "Sources", "License", "Author")} == {"n/a"}
    assert found["Vectors"] == "0 keys, 0 unique vectors (0 dimensions)"
    assert "Label Scheme" not in text
    assert "Accuracy" not in text


def test_everything_that_is_known() -> None:
    """Description, notes, sources with links and authors, labels with their number, scores in percent."""
    text = generate_readme(
        META
        | {
            "description": "A toy.",
            "notes": "Not for use.",
            "author": "Ann",
            "url": "https://ann.example",
            "license": "MIT",
            "pipeline": ["tagger"],
            "components": ["tagger", "ner"],
            "vectors": {"width": 3, "vectors": 20, "keys": 30},
            "sources": ["A list", {"name": "EWT", "url": "https://ud.example", "author": "UD", "license": "CC"}],
            "labels": {"tagger": ["A|B", "C"], "senter": []},
            "performance": {"tag_acc": 0.5, "tagger_loss": 0.25, "ents_per_type": {"A": 1}, "speed": 12.0, "n": 7},
        }
    )
    assert text.startswith("A toy.\n\n|")
    assert text.endswith("\n\nNot for use.\n")
    found = rows(text)
    assert found["Default Pipeline"] == "`tagger`"
    assert found["Components"] == "`tagger`, `ner`"
    assert found["Vectors"] == "30 keys, 20 unique vectors (3 dimensions)"
    assert found["Sources"] == "A list<br>[EWT](https://ud.example) (UD)"
    assert found["Author"] == "[Ann](https://ann.example)"
    assert found["`tagger`"] == "`A\\|B`, `C`"
    assert "(2 labels for 1 components)" in text
    assert (found["`TAG_ACC`"], found["`TAGGER_LOSS`"], found["`N`"]) == ("50.00", "0.25", "7.00")
    assert not {"`SPEED`", "`ENTS_PER_TYPE`", "`senter`"} & set(found)


def test_a_line_stays_a_line() -> None:
    """What would end a cell or a line of the table does not."""
    found = rows(generate_readme(META | {"author": "A | B\nC"}))
    assert found["Author"] == "A \\| B C"
