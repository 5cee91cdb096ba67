"""tagma benchmark speed: how many words a second a pipeline annotates on this machine, and how sure that is."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tagma.cli._app import Arg, Opt, benchmark_cli
from tagma.cli._options import Code, GpuId, example, existing_path, import_code, setup_gpu
from tagma.cli._report import Printer, progress
from tagma.errors import Errors

if TYPE_CHECKING:
    import numpy as np

    from tagma.language import Language

RESAMPLES = 10_000
MIN_BATCHES = 30  # fewer say little about the spread


@benchmark_cli.command("speed", epilog=example("tagma benchmark speed ./model/model-best dev.spacy --batch-size 256"))
def benchmark_speed_cli(
    model: Annotated[str, Arg(help="Folder or name of the pipeline.", show_default=False)],
    data_path: Annotated[Path, Arg(help="A .spacy file or a folder.", callback=existing_path, show_default=False)],
    batch_size: Annotated[
        int | None, Opt("--batch-size", "-b", min=1, help="Documents in a batch.", show_default="that of the pipeline")
    ] = None,
    no_shuffle: Annotated[
        bool, Opt("--no-shuffle", help="Take the documents in their order, not drawn at random.")
    ] = False,
    use_gpu: GpuId = -1,
    n_batches: Annotated[int, Opt("--batches", min=MIN_BATCHES, help="Batches to measure.")] = 50,
    warmup_epochs: Annotated[
        int, Opt("--warmup", "-w", min=0, help="Times that all documents are annotated before the clock starts.")
    ] = 3,
    code_path: Code = None,
) -> None:
    """Measure words per second of a pipeline, without tokenizing and reading."""
    import_code(code_path)
    msg = Printer()
    setup_gpu(use_gpu)
    speed = benchmark_speed(
        model,
        data_path,
        batch_size=batch_size,
        shuffle=not no_shuffle,
        n_batches=n_batches,
        warmup_epochs=warmup_epochs,
        silent=False,
    )
    msg.text(f"Outliers: {speed.outliers:.1%}, extreme outliers: {speed.extreme_outliers:.1%}")
    below, above = speed.low - speed.mean, speed.high - speed.mean
    msg.text(f"Mean: {speed.mean:.1f} words/s (95% CI: {below:.1f} +{above:.1f})")


@dataclass(frozen=True, slots=True)
class Speed:
    """Words a second.

    rates               of each batch
    mean                of the batches
    low, high           95 % confidence interval of the mean, by bootstrap
    outliers            share of batches further than 1.5 times the interquartile range from the quartiles
    extreme_outliers    share of those further than 3 times
    """

    rates: tuple[float, ...]
    mean: float
    low: float
    high: float
    outliers: float
    extreme_outliers: float


def benchmark_speed(
    model: str | Path,
    data_path: Path,
    *,
    batch_size: int | None = None,
    shuffle: bool = True,
    n_batches: int = 50,
    warmup_epochs: int = 3,
    silent: bool = True,
) -> Speed:
    """Annotate batches of documents and take the wall time of each.

    batch_size       documents in a batch; None is the pipeline's
    shuffle          documents drawn at random, with replacement; otherwise in their order, over and over
    warmup_epochs    times that all documents are annotated before

    The words of a document are made before its batch is timed. Raises ValueError E4075 for a corpus without documents.
    """
    from tagma import util
    from tagma.training import Corpus

    nlp = util.load_model(model)
    texts = [doc.text for doc in Corpus(data_path).read_docs(nlp.vocab)]
    if not texts:
        raise ValueError(Errors.E4075.format(path=data_path))
    size = batch_size or nlp.batch_size
    for _ in progress(nlp.pipe(texts * warmup_epochs, batch_size=size), silent=silent):
        pass
    batches = islice(_batches(texts, size, shuffle), n_batches)
    return speed_of([_rate(nlp, batch, size) for batch in progress(batches, what="batches", silent=silent)])


def speed_of(rates: Sequence[float]) -> Speed:
    """What the words a second of some batches say of their mean."""
    import numpy as np

    sample = np.asarray(rates, dtype="float64")
    draws = np.random.default_rng(0)
    means = np.sort([draws.choice(sample, len(sample)).mean() for _ in range(RESAMPLES)])
    return Speed(
        rates=tuple(sample.tolist()),
        mean=float(sample.mean()),
        low=float(means[RESAMPLES * 25 // 1000]),
        high=float(means[RESAMPLES * 975 // 1000]),
        outliers=_share_beyond(sample, 1.5),
        extreme_outliers=_share_beyond(sample, 3.0),
    )


def _share_beyond(sample: np.ndarray[Any, Any], factor: float) -> float:
    """Share of values that lie further than so many interquartile ranges outside of the quartiles (Tukey's fences)."""
    import numpy as np

    lower, upper = np.quantile(sample, [0.25, 0.75])
    reach = factor * (upper - lower)
    return float(((sample < lower - reach) | (sample > upper + reach)).mean())


def _batches(texts: Sequence[str], size: int, shuffle: bool) -> Iterator[list[str]]:
    """Batches without end; what is drawn is the same in every run, so that two pipelines can be compared."""
    draws = random.Random(0)
    in_order = cycle(texts)
    while True:
        yield draws.choices(texts, k=size) if shuffle else list(islice(in_order, size))


def _rate(nlp: Language, texts: Sequence[str], size: int) -> float:
    docs = [nlp.make_doc(text) for text in texts]
    words = sum(map(len, docs))
    start = time.perf_counter()
    for _ in nlp.pipe(docs, batch_size=size):
        pass
    return words / (time.perf_counter() - start)
