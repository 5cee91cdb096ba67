"""tagma debug profile: where a pipeline spends its time, by function and by component."""

import cProfile
import pstats
import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._app import COMMAND, Arg, Opt, app, debug_cli
from tagma.cli._options import config_path, example
from tagma.cli._report import Printer
from tagma.cli.apply import read_jsonl

BATCH_SIZE = 16
FILE = "Profile.prof"
SHOWN = 40  # functions; the file has all


def inputs_path(path: Path | None) -> Path | None:
    """Callback of the texts: an existing file, or `-` for stdin."""
    return None if path is None else config_path(path)


Model = Annotated[str, Arg(help="Folder or name of the pipeline.", show_default=False)]
Inputs = Annotated[
    Path | None,
    Arg(help="JSONL file with 'text' in each line; '-' reads stdin.", callback=inputs_path),
]
Count = Annotated[int, Opt("--n-texts", "-n", min=1, help="Texts to annotate at most.")]


@debug_cli.command("profile", epilog=example("tagma debug profile ./model/model-best texts.jsonl --n-texts 1000"))
def profile_cli(model: Model, inputs: Inputs = None, n_texts: Count = 10000) -> None:
    """Annotate texts and print which functions and components take the time; Profile.prof has all of it."""
    profile(model, inputs, n_texts)


@app.command("profile", hidden=True)
def profile_alias_cli(model: Model, inputs: Inputs = None, n_texts: Count = 10000) -> None:
    """The former name of `debug profile`."""
    Printer().warn(f"This command is now: {COMMAND} debug profile")
    profile(model, inputs, n_texts)


def profile(model: str, inputs: Path | None = None, n_texts: int = 10000) -> None:
    """Profile a pipeline over texts, print where the time went, and write `Profile.prof` into the current folder.

    inputs    JSONL with `text`, "-" for stdin; None takes the film reviews of the package ml_datasets
    Raises SystemExit(1) where there are no texts.
    """
    from tagma import util

    msg = Printer()
    texts = list(islice(_texts(inputs, msg), n_texts))
    if not texts:
        msg.fail_and_exit("There are no texts to annotate", str(inputs))
    nlp = util.load_model(model)
    timings: dict[str, Any] = {}
    profiler = cProfile.Profile()
    profiler.runcall(_annotate, nlp, texts, timings)
    profiler.dump_stats(FILE)
    msg.good(
        f"Annotated {len(texts)} texts of {timings['tokenizer'].words} words",
        f"{FILE} has the profile: python -m pstats {FILE}",
    )
    msg.divider("Components")
    rows = [
        (name, f"{timing.seconds:.3f}", f"{timing.words / timing.seconds:,.0f}" if timing.seconds else "-")
        for name, timing in timings.items()
    ]
    msg.table(rows, header=("", "seconds", "words/s"), align=("l", "r", "r"))
    msg.divider("Functions, by the time in themselves")
    stream = StringIO()
    pstats.Stats(profiler, stream=stream).strip_dirs().sort_stats("time").print_stats(SHOWN)
    msg.text(stream.getvalue().strip())


def _annotate(nlp: Any, texts: Iterable[str], timings: dict[str, Any]) -> None:
    for _ in nlp.pipe(texts, batch_size=BATCH_SIZE, timings=timings):
        pass


def _texts(inputs: Path | None, msg: Printer) -> Iterator[str]:
    """The texts of a JSONL file, of stdin, or of a data set that is fetched by a package of its own."""
    if inputs is None:
        yield from _reviews(msg)
    elif str(inputs) == "-":
        yield from _from_stdin(msg)
    else:
        yield from (text for _, text in read_jsonl(inputs, "text", msg))


def _from_stdin(msg: Printer) -> Iterator[str]:
    import json

    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)["text"]
        except (ValueError, KeyError, TypeError):
            msg.fail_and_exit(f"stdin, line {number}: not an object with the field 'text'", line.strip()[:60])


def _reviews(msg: Printer) -> Iterator[str]:
    try:
        import ml_datasets  # type: ignore[import-not-found]  # a package that few have
    except ImportError:
        msg.fail_and_exit(
            "Without a file of texts, film reviews of the package ml_datasets are taken, and it is not installed.",
            "Name a JSONL file with 'text' in each line, or '-' for stdin.",
        )
    train, _ = ml_datasets.imdb(train_limit=None, dev_limit=0)
    yield from (text for text, _ in train)
