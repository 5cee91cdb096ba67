"""Texts through a pipeline: one by one, as streams, in worker processes, and what happens to errors."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

import tagma
from tagma.errors import Errors
from tagma.language import Language
from tagma.language.streams import Timings
from tagma.threads import get_num_threads, set_num_threads
from tagma.tokens import Doc
from tagma.util import ignore_error

from .toys import SENTENCES, pipeline_of, trained_tagger

TEXTS = ["one", "bad two", "three", "four"]


def test_call_takes_texts_docs_and_bytes() -> None:
    """A text is tokenized, a doc is annotated as it is, bytes are read; all run through the components."""
    nlp = pipeline_of("toy_marker")
    doc = nlp.make_doc("a text")
    assert nlp(doc) is doc
    for given in ("a text", doc, doc.to_bytes()):
        done = nlp(given)
        assert done.text == "a text"
        assert done.user_data["mark"] == 3


def test_call_options() -> None:
    """Settings reach the component they are for; a disabled one does not run."""
    nlp = pipeline_of("toy_marker", "toy_nothing")
    done = nlp("a text", disable=["toy_nothing"], component_cfg={"toy_marker": {"mark": 7}})
    assert done.user_data["mark"] == 7


@pytest.mark.parametrize(
    ("names", "text", "message"),
    [
        (["toy_nothing"], "a", r"\[E005\].*'toy_nothing'.*NoneType"),
        (["toy_keyerror"], "a", r"\[E109\].*'toy_keyerror'"),
        (["tagger"], "a", r"\[E109\].*'tagger'"),
        (["toy_marker"], "bad", "cannot mark 'bad'"),
        (["toy_marker"], 3, r"\[E1041\].*int"),
    ],
)
def test_call_errors(names: list[str], text: Any, message: str) -> None:
    """Wrong texts and failing components have errors that name them."""
    with pytest.raises(ValueError, match=message):
        pipeline_of(*names)(text)


def test_what_cannot_be_called_is_named() -> None:
    """A factory that gives no function is E003 with the name and the type, when the component is added."""

    @Language.factory("toy_number")
    def make_number(nlp: Language, name: str) -> int:
        return 5

    with pytest.raises(ValueError, match=r"\[E003\].*'mine'.*int"):
        tagma.blank("en").add_pipe("toy_number", name="mine")


def test_max_length() -> None:
    """A text over the limit is E088 with both lengths; one of exactly that length passes."""
    nlp = tagma.blank("en")
    nlp.max_length = 3
    assert nlp("abc").text == "abc"
    with pytest.raises(ValueError, match=r"\[E088\].*4.*3"):
        nlp("abcd")


@pytest.mark.parametrize("n_process", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 2, 50])
def test_pipe_keeps_order_and_contexts(n_process: int, batch_size: int) -> None:
    """Docs come in the order of the texts, each with its context, from one process or two."""
    nlp = pipeline_of("toy_marker")
    pairs = [(f"text {i}" + " slow" * (i == 0), {"id": i}) for i in range(7)]
    found = list(nlp.pipe(pairs, as_tuples=True, n_process=n_process, batch_size=batch_size))
    assert [(doc.text, context) for doc, context in found] == pairs
    assert all(doc.context is None for doc, _ in found)
    assert all(doc.user_data["mark"] == 3 for doc, _ in found)


@pytest.mark.parametrize("n_process", [1, 2])
def test_pipe_options(n_process: int) -> None:
    """Settings and disabled components count in streams as in calls, in workers too; docs may be mixed with texts."""
    nlp = pipeline_of("toy_marker", "toy_nothing")
    options: dict[str, Any] = {"disable": ["toy_nothing"], "component_cfg": {"toy_marker": {"mark": "x"}}}
    docs = list(nlp.pipe([nlp.make_doc("one"), "two"], n_process=n_process, **options))
    assert [(doc.text, doc.user_data["mark"]) for doc in docs] == [("one", "x"), ("two", "x")]


@pytest.mark.parametrize("n_process", [1, 2])
def test_pipe_of_an_endless_stream(n_process: int) -> None:
    """Texts are read as docs are asked for."""
    nlp = pipeline_of("toy_marker")
    read = itertools.count()
    stream = nlp.pipe((f"text {next(read)}" for _ in itertools.count()), n_process=n_process, batch_size=3)
    assert [doc.text for doc in itertools.islice(stream, 5)] == [f"text {i}" for i in range(5)]
    stream.close()
    assert next(read) < 30


def test_pipe_of_nothing() -> None:
    """No texts give no docs, in two processes too."""
    nlp = pipeline_of("toy_marker")
    assert list(nlp.pipe([])) == list(nlp.pipe([], n_process=2)) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_process": 0}, r"\[E4022\] n_process is 0.*-1"),
        ({"n_process": -2}, r"\[E4022\] n_process is -2"),
        ({"batch_size": 0}, r"\[E4022\] batch_size is 0"),
    ],
)
def test_pipe_refuses_numbers_that_lose_texts(options: dict[str, int], message: str) -> None:
    """No batch and no worker would give no docs; that is an error with the value."""
    with pytest.raises(ValueError, match=message):
        list(pipeline_of("toy_marker").pipe(TEXTS, **options))


@pytest.mark.parametrize("option", ["batch_size", "n_process"])
@pytest.mark.parametrize("value", ["x", 1.5, [2]])
def test_pipe_refuses_what_is_no_number(option: str, value: Any) -> None:
    """Text, fractions and lists are TypeError E4022 with the value; integers of NumPy are fine."""
    nlp = pipeline_of("toy_marker")
    with pytest.raises(TypeError, match=re.escape(f"[E4022] {option} is {value!r}")):
        list(nlp.pipe(["a"], **{option: value}))
    assert len(list(nlp.pipe(["a", "b"], **{option: numpy.int64(1)}))) == 2


def test_pipe_refuses_what_is_no_text() -> None:
    """A number in the stream is E1041."""
    with pytest.raises(ValueError, match=r"\[E1041\]"):
        list(pipeline_of("toy_marker").pipe([1]))  # type: ignore[list-item]


def test_pipe_raises_by_default() -> None:
    """Without an error handler the component's error comes through; a component without result is E005."""
    with pytest.raises(ValueError, match="cannot mark 'bad two'"):
        list(pipeline_of("toy_marker").pipe(TEXTS))
    with pytest.raises(ValueError, match=r"\[E005\].*toy_nothing"):
        list(pipeline_of("toy_nothing").pipe(TEXTS))


def test_error_handler() -> None:
    """The handler gets name, component, docs and error, and the stream goes on without the docs."""
    nlp = pipeline_of("toy_marker")
    seen: list[tuple[Any, ...]] = []
    nlp.set_error_handler(lambda name, proc, docs, error: seen.append((name, proc, [d.text for d in docs], str(error))))
    assert [doc.text for doc in nlp.pipe(TEXTS)] == ["one", "three", "four"]
    assert seen == [("toy_marker", nlp.get_pipe("toy_marker"), ["bad two"], "cannot mark 'bad two'")]
    assert nlp("bad").text == "bad"
    assert seen[-1][2] == ["bad"]


def test_error_handler_reaches_components() -> None:
    """Components that handle their errors themselves are given the handler."""
    nlp = trained_tagger(steps=0)
    nlp.set_error_handler(ignore_error)
    assert nlp.default_error_handler is ignore_error
    assert nlp.get_pipe("tagger").get_error_handler() is ignore_error


def test_errors_in_workers() -> None:
    """A batch that fails in a worker is lost, and the parent's handler gets E871 with the worker's message, once."""
    nlp = pipeline_of("toy_nothing")
    with pytest.raises(ValueError, match=r"(?s)\[E871\].*toy_nothing"):
        list(nlp.pipe(TEXTS, n_process=2))
    nlp = pipeline_of("toy_marker")
    seen: list[str] = []

    def remember(name: Any, proc: Any, docs: Any, error: Exception) -> None:
        if name is not None:
            raise error
        seen.append(str(error))

    nlp.set_error_handler(remember)
    assert [doc.text for doc in nlp.pipe(TEXTS, n_process=2, batch_size=2)] == ["three", "four"]
    assert len(seen) == 1
    assert seen[0].startswith("[E871]")
    assert "cannot mark 'bad two'" in seen[0]


def test_a_worker_that_dies_is_reported() -> None:
    """A worker that ends without an answer loses its batches: E871 for the handler, W127 at the end."""
    nlp = tagma.blank("en")
    nlp.add_pipe("toy_first")

    def die(doc: Doc) -> Doc:
        if doc.text == "die":
            os._exit(3)
        return doc

    nlp._components.replace(0, "toy_first", die)
    seen: list[str] = []
    nlp.set_error_handler(lambda name, proc, docs, error: seen.append(str(error)))
    with pytest.warns(UserWarning, match=r"\[W127\].*3"):
        texts = [doc.text for doc in nlp.pipe(["die", "a", "b"], n_process=2, batch_size=1)]
    assert texts == ["a"]
    assert seen
    assert all(error.startswith("[E871]") for error in seen)


def test_workers_run_one_thread_each() -> None:
    """Whatever this process is set to, a worker has one thread; the setting here stays."""
    nlp = trained_tagger(upstream=True)
    nlp.add_pipe("toy_threads")
    texts = [text for text, _ in SENTENCES] * 200
    before = get_num_threads()
    set_num_threads(3)
    try:
        assert {doc.user_data["threads"] for doc in nlp.pipe(texts)} == {3}
        # batches large enough for the network to cut its work into parts
        workers = nlp.pipe(texts, n_process=2, batch_size=300)
        assert {doc.user_data["threads"] for doc in workers} == {1}
        assert get_num_threads() == 3
    finally:
        set_num_threads(before)


COUNT = """
import sys
from pathlib import Path

import tagma
from tagma.language import Language

@Language.component("count_threads")
def count_threads(doc):
    doc.user_data["running"] = len(list(Path("/proc/self/task").iterdir()))
    return doc

nlp = tagma.load(sys.argv[1])
nlp.add_pipe("count_threads")
tagma.set_num_threads(3)
docs = nlp.pipe(["I like it", "You too"] * 300, n_process=2, batch_size=300)
print(sorted({doc.user_data["running"] for doc in docs}))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc")
def test_workers_have_one_thread_each(tmp_path: Path) -> None:
    """The operating system counts one thread in each worker, where NumPy was not imported before tagma."""
    trained_tagger(upstream=True).to_disk(tmp_path / "pipeline")
    command = [sys.executable, "-c", COUNT, str(tmp_path / "pipeline")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[1]"


@pytest.mark.parametrize("threads", [1, 2])
def test_workers_give_the_same_annotations(threads: int) -> None:
    """One process and two give equal bytes of docs, whether this process runs one thread or two."""
    nlp = trained_tagger(upstream=True)
    texts = [text for text, _ in SENTENCES] * 5
    before = get_num_threads()
    set_num_threads(threads)
    try:
        alone = [doc.to_bytes() for doc in nlp.pipe(texts, batch_size=4)]
        beside = [doc.to_bytes() for doc in nlp.pipe(texts, n_process=2, batch_size=4)]
    finally:
        set_num_threads(before)
    assert alone == beside


def test_memory_zone() -> None:
    """Words that a zone brought are gone after it, words from before stay; a zone in a zone is E4000."""
    nlp = pipeline_of("toy_marker")
    nlp("staying words")
    with nlp.memory_zone():
        assert nlp("passing words").text == "passing words"
        assert "passing" in nlp.vocab.strings
        with pytest.raises(ValueError, match="E4000"), nlp.memory_zone():
            pass
    assert "passing" not in nlp.vocab.strings
    assert "staying" in nlp.vocab.strings


def test_messages_of_wrong_numbers_name_the_argument() -> None:
    """The message of E4022 has the argument, the value and what is allowed."""
    text = Errors.E4022.format(name="batch_size", value=0, besides="")
    assert text == "[E4022] batch_size is 0; give a whole number of at least 1."


def test_timings_of_components() -> None:
    """On request `pipe` counts docs and words of each component and the seconds that pass in it, not in others."""
    nlp = tagma.blank("en")
    nlp.add_pipe("toy_first")
    nlp.add_pipe("toy_slow")
    timings: Timings = {}
    docs = list(nlp.pipe(["one two", "three"], timings=timings))
    assert list(timings) == ["tokenizer", "toy_first", "toy_slow"]
    assert {(timing.docs, timing.words) for timing in timings.values()} == {(len(docs), 3)}
    assert timings["toy_slow"].seconds >= 0.02
    assert timings["toy_first"].seconds < timings["toy_slow"].seconds
    with pytest.raises(ValueError, match=r"\[E4029\]"):
        list(nlp.pipe(["one"], timings={}, n_process=2))


def test_a_text_is_no_stream() -> None:
    """One text in the place of a stream is told, not read letter by letter; so are texts in the place of pairs."""
    nlp = tagma.blank("en")
    with pytest.raises(TypeError, match=r"\[E4034\].*'hello'"):
        list(nlp.pipe("hello"))
    with pytest.raises(ValueError, match=r"\[E4035\].*'hello'"):
        list(nlp.pipe(["hello"], as_tuples=True))


def test_a_doc_of_another_vocabulary() -> None:
    """A trained pipeline refuses a Doc in which its labels would have no text; one without models takes it."""
    doc = tagma.blank("en").make_doc("one two")
    nlp = tagma.blank("en")
    nlp.add_pipe("toy_first")
    assert nlp(doc) is doc
    nlp.add_pipe("tagger")
    with pytest.raises(ValueError, match=r"\[E4037\].*'one two'"):
        nlp(doc)
    with pytest.raises(ValueError, match=r"\[E4037\]"):
        list(nlp.pipe([doc]))
