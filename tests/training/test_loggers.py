"""Loggers: the table, its file, the bar, and loggers together."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.language import Language
from tagma.registries import registry
from tagma.tokens import Doc
from tagma.training.loggers import console_logger, console_logger_v3, setup_table

INFO: dict[str, Any] = {
    "epoch": 3,
    "step": 1200,
    "score": 0.5,
    "losses": {"tagger": 1234.567},
    "other_scores": {"tag_acc": 0.98765, "speed": 123.4, "a_very_long_score": 1},
    "checkpoints": [(0.5, 1200)],
    "seconds": 3,
    "words": 4,
}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@Language.component("loggers_nothing")
def nothing(doc: Doc) -> Doc:
    """A function as a component, which does nothing."""
    return doc


@pytest.fixture(scope="module")
def nlp() -> Language:
    """Three components, of which one is trained, and scores with and without weights."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("loggers_nothing")
    none = dict.fromkeys(["pos_acc", "sents_f", "sents_p", "sents_r"])
    nlp.config["training"]["score_weights"] = {"tag_acc": 1.0, **none, "a_very_long_score": 0.0, "speed": 0.0}
    return nlp


def log(nlp: Language, setup: Any, *infos: dict[str, Any] | None, stderr: io.StringIO | None = None) -> str:
    """What a logger prints when it is given these."""
    stdout = io.StringIO()
    log_step, finalize = setup(nlp, stdout, stderr or io.StringIO())
    for info in infos:
        log_step(info)
    finalize()
    return stdout.getvalue()


def test_setup_table() -> None:
    """Names over 13 characters are cut; a column is as wide as its name or its least width."""
    cols = ["E", "Loss long_name", "exactly13char", "x"]
    header, widths, alignments = setup_table(cols=cols, widths=[3, 4, 5, 6])
    assert header == ["E", "LOSS LONG_...", "EXACTLY13CHAR", "X"]
    assert (widths, alignments) == ([3, 13, 13, 6], ["r"] * 4)
    assert setup_table(cols=["abcdef"], widths=[0], max_width=5)[:2] == (["AB..."], [5])


@pytest.mark.parametrize("name", ["spacy.ConsoleLogger.v1", "spacy.ConsoleLogger.v2", "spacy.ConsoleLogger.v3"])
def test_table(nlp: Language, name: str) -> None:
    """Trained components and weighted scores, in percent but for the speed; steps without evaluation print nothing."""
    header, rule, row = log(nlp, registry.loggers.get(name)(), INFO, None, None).splitlines()
    assert header.split() == ["E", "#", "LOSS", "TAGGER", "TAG_ACC", "A_VERY_LON...", "SPEED", "SCORE"]
    assert set(rule) == {"-", " "}
    assert row.split() == ["3", "1200", "1234.57", "98.77", "100.00", "123.40", "0.50"]
    assert [match.end() for match in re.finditer(r"\S+", row)] == [match.end() for match in re.finditer("-+", rule)]


def test_least_widths() -> None:
    """Columns with short names are wide enough for their numbers."""
    nlp = tagma.blank("en")
    nlp.add_pipe("tagger", name="t")
    nlp.config["training"]["score_weights"] = {"tag_acc": None, "pos_acc": None, "a": 1.0}
    rule = log(nlp, console_logger_v3()).splitlines()[1]
    assert [len(dashes) for dashes in rule.split("  ")] == [3, 6, 8, 6, 6]


def test_nothing_to_show(nlp: Language) -> None:
    """Losses and scores that are missing, or None, are shown as 0."""
    row = log(nlp, console_logger_v3(), {**INFO, "losses": {}, "other_scores": {"tag_acc": None}}).splitlines()[-1]
    assert row.split()[2:] == ["0.00", "0.00", "0.00", "0.00", "0.50"]


@pytest.mark.parametrize("value", ["high", {"NN": 0.5}, [0.5]])
def test_score_that_is_no_number(nlp: Language, value: Any) -> None:
    """A score that cannot be shown is named with its type."""
    with pytest.raises(ValueError, match=rf"E916.*tag_acc.*{type(value).__name__}"):
        log(nlp, console_logger_v3(), {**INFO, "other_scores": {"tag_acc": value}})


@pytest.mark.parametrize("logger", [console_logger, console_logger_v3])
def test_log_file(tmp_path: Path, nlp: Language, logger: Any) -> None:
    """Each evaluation is a line of JSON, in folders made for it; the table need not be printed."""
    path = tmp_path / "a" / "b" / "log.jsonl"
    shown = log(nlp, logger(console_output=False, output_file=str(path)), INFO, None, {**INFO, "step": 1400})
    assert shown == ""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["step"] for row in rows] == [1200, 1400]
    scores = {"tag_acc": pytest.approx(98.765), "a_very_long_score": 100, "speed": 123.4}
    assert rows[0] == {"epoch": 3, "step": 1200, "losses": {"tagger": 1234.567}, "scores": scores, "score": 0.5}


def test_log_file_that_is_there(tmp_path: Path, nlp: Language) -> None:
    """A file from before stays as it is; that is said, and the table is printed all the same."""
    path = tmp_path / "log.jsonl"
    path.write_text("mine")
    shown = log(nlp, console_logger_v3(output_file=path), INFO)
    assert path.read_text() == "mine"
    assert str(path) in shown
    assert "1234.57" in shown


@pytest.mark.parametrize("value", ["both", True, ""])
def test_unknown_bar(value: Any) -> None:
    """Another word for a bar is refused."""
    with pytest.raises(ValueError, match="E1048"):
        console_logger_v3(progress_bar=value)


@pytest.mark.parametrize(
    ("setup", "title", "counts"),
    [
        (console_logger(progress_bar=True), "Epoch 4", ["0/200", "2/200"]),
        (registry.loggers.get("spacy.ConsoleLogger.v1")(progress_bar=True), "Epoch 4", ["0/200", "2/200"]),
        (console_logger_v3("eval"), "Epoch 4", ["0/200", "2/200"]),
        (console_logger_v3("train"), "Last Eval Epoch: 3", ["1200/20000", "1202/20000"]),
    ],
)
def test_bar(nlp: Language, monkeypatch: pytest.MonkeyPatch, setup: Any, title: str, counts: list[str]) -> None:
    """On a terminal a bar counts the steps to the next evaluation or to the end, from the first evaluation on."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    shown = log(nlp, setup, None, INFO, None, None, INFO, stderr=terminal)
    assert len(shown.splitlines()) == 4
    bars = terminal.getvalue()
    assert title in bars
    assert all(re.search(rf"(?<!\d){count}(?!\d)", bars.replace(" ", "")) for count in counts)
    assert bars.endswith("\x1b[2K")  # the line is erased


@pytest.mark.parametrize("name", ["spacy.ConsoleLogger.v1", "spacy.ConsoleLogger.v2", "spacy.ConsoleLogger.v3"])
def test_no_bar_unless_asked_for(nlp: Language, name: str) -> None:
    """By default there is none, on a terminal either."""
    terminal = Terminal()
    log(nlp, registry.loggers.get(name)(), INFO, None, INFO, stderr=terminal)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("kind", ["train", "eval"])
def test_no_bar_in_a_file(nlp: Language, kind: str) -> None:
    """What is no terminal gets no bar."""
    stderr = io.StringIO()
    log(nlp, console_logger_v3(kind), INFO, None, INFO, stderr=stderr)
    assert stderr.getvalue() == ""


def test_lookup_logger(nlp: Language) -> None:
    """Entries whose dotted names match one of the expressions are printed, at evaluations."""
    setup = registry.loggers.get("spacy.LookupLogger.v1")(patterns=[r"^losses\.", "acc$", "step"])
    shown = log(nlp, setup, None, INFO).splitlines()
    assert [line.split()[0] for line in shown] == ["step", "losses.tagger", "other_scores.tag_acc"]
    assert shown[1].endswith(" 1234.567")


def test_lookup_logger_needs_expressions() -> None:
    """No pattern, and one that is no regular expression, are refused."""
    with pytest.raises(ValueError, match="pattern"):
        registry.loggers.get("spacy.LookupLogger.v1")(patterns=[])
    with pytest.raises(ValueError, match=r"'\(' is no regular expression"):
        registry.loggers.get("spacy.LookupLogger.v1")(patterns=["("])


def test_chain_logger(tmp_path: Path, nlp: Language) -> None:
    """Several loggers run in order, from the first step to the end; without any there is an error."""
    calls: list[str] = []

    def named(name: str) -> Any:
        def setup(nlp: Language, stdout: Any, stderr: Any) -> Any:
            return lambda info: calls.append(f"{name} {info and info['step']}"), lambda: calls.append(f"{name} end")

        return setup

    chain = registry.loggers.get("spacy.ChainLogger.v1")
    table = log(nlp, chain(logger1=named("one"), logger3=named("three"), logger10=console_logger_v3()), None, INFO)
    assert calls == ["one None", "three None", "one 1200", "three 1200", "one end", "three end"]
    assert len(table.splitlines()) == 3
    with pytest.raises(ValueError, match="logger1"):
        chain()
