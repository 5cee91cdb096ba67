"""tagma find-threshold: the threshold of a component with which annotated data get the best score."""

from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tagma.cli._app import Arg, Opt, app
from tagma.cli._options import Code, GpuId, example, existing_path, import_code, set_verbose, setup_gpu
from tagma.cli._report import Printer
from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.gold.example import Example
    from tagma.language import Language

MULTILABEL_SCORES = ("cats_macro_f", "cats_micro_f")


@app.command(
    "find-threshold",
    epilog=example("tagma find-threshold ./model/model-best dev.spacy spancat threshold spans_sc_f"),
)
def find_threshold_cli(
    model: Annotated[str, Arg(help="Folder or name of the pipeline.", show_default=False)],
    data_path: Annotated[Path, Arg(help="A .spacy file or a folder.", callback=existing_path, show_default=False)],
    pipe_name: Annotated[str, Arg(help="Name of the component.", show_default=False)],
    threshold_key: Annotated[str, Arg(help="Its setting that is tried, such as threshold.", show_default=False)],
    scores_key: Annotated[str, Arg(help="The score that is to be highest, such as spans_sc_f.", show_default=False)],
    n_trials: Annotated[int, Opt("--n_trials", "--n-trials", "-n", min=2, help="Thresholds tried, from 0 to 1.")] = 11,
    code_path: Code = None,
    use_gpu: GpuId = -1,
    gold_preproc: Annotated[
        bool, Opt("--gold-preproc", "-G", help="Predict on the tokens and sentences of the data.")
    ] = False,
    verbose: Annotated[bool, Opt("--verbose", "-V", "-VV", help="Print more, for finding mistakes.")] = False,
) -> None:
    """Try thresholds for a component on annotated data, and print the one with the best score."""
    set_verbose(verbose)
    import_code(code_path)
    find_threshold(
        model,
        data_path,
        pipe_name,
        threshold_key,
        scores_key,
        n_trials=n_trials,
        use_gpu=use_gpu,
        gold_preproc=gold_preproc,
        silent=False,
    )


def find_threshold(
    model: str | Path,
    data_path: Path,
    pipe_name: str,
    threshold_key: str,
    scores_key: str,
    *,
    n_trials: int = 11,
    use_gpu: int = -1,
    gold_preproc: bool = False,
    silent: bool = True,
) -> tuple[float, float, dict[float, float]]:
    """(best threshold, its score, {threshold: score}); of several that are best, the lowest.

    threshold_key    a setting of the component, `settings.threshold` for one within another
    scores_key       a score that `nlp.evaluate` gives
    n_trials         thresholds, evenly spaced from 0 to 1
    Raises AttributeError: E001 for a component that is not there, E1045 for one without a scorer; SystemExit(1) for an
    unknown setting or score, and for a score that is no number.
    """
    import numpy as np

    from tagma import util

    msg = Printer(silent=silent)
    setup_gpu(use_gpu, silent=silent)
    nlp = util.load_model(model)
    _check_component(nlp, pipe_name, threshold_key, msg)
    is_exclusive = nlp.get_pipe_meta(pipe_name).factory == "textcat"
    if is_exclusive:
        msg.warn(f"{pipe_name!r} is a textcat: of its labels a text has the best one, whatever the threshold is.")
    msg.info(f"Tried: {n_trials} values of {threshold_key!r} of {pipe_name!r}, for the best {scores_key!r}")
    rows: dict[float, float] = {}
    for value in np.linspace(0, 1, n_trials):
        threshold = float(value)
        rows[threshold] = _score(model, data_path, pipe_name, threshold_key, scores_key, threshold, gold_preproc, msg)
        msg.text(f"{threshold:.3f}   {rows[threshold]:.3f}")
    best = max(rows, key=lambda threshold: rows[threshold])
    if len(set(rows.values())) == 1:
        advice = ""
        if nlp.get_pipe_meta(pipe_name).factory == "textcat_multilabel" and scores_key not in MULTILABEL_SCORES:
            advice = f"For textcat_multilabel take {' or '.join(MULTILABEL_SCORES)}."
        msg.warn(f"{scores_key!r} is the same for all thresholds: it does not depend on {threshold_key!r}.", advice)
    else:
        msg.good(f"Best threshold: {best:.4f}, with {scores_key} {rows[best]:.4f}")
    return best, rows[best], rows


def _check_component(nlp: "Language", pipe_name: str, threshold_key: str, msg: Printer) -> None:
    """Raises AttributeError E001, E1045; SystemExit(1) for a setting that the component does not have."""
    if pipe_name not in nlp.pipe_names:
        raise AttributeError(Errors.E001.format(name=pipe_name, opts=", ".join(nlp.pipe_names)))
    if getattr(nlp.get_pipe(pipe_name), "scorer", None) is None:
        scored = [name for name, pipe in nlp.pipeline if getattr(pipe, "scorer", None) is not None]
        others = ", ".join(scored) or "none"
        besides = f", so no threshold of it can be chosen by its scores. Components with one: {others}."
        raise AttributeError(Errors.E1045.format(what="Component", name=pipe_name, method="scorer", besides=besides))
    block = nlp.config["components"][pipe_name]
    for part in threshold_key.split("."):
        if not isinstance(block, dict) or part not in block:
            there = ", ".join(block) if isinstance(block, dict) else "no settings"
            msg.fail_and_exit(
                f"{pipe_name!r} has no setting {threshold_key!r}.", f"Where {part!r} is looked for: {there}"
            )
        block = block[part]


def _score(
    model: str | Path,
    data_path: Path,
    pipe_name: str,
    threshold_key: str,
    scores_key: str,
    threshold: float,
    gold_preproc: bool,
    msg: Printer,
) -> float:
    """The score of the pipeline, loaded anew, with one threshold."""
    from tagma import util
    from tagma.training import Corpus

    nlp = util.load_model(model, config={f"components.{pipe_name}.{threshold_key}": threshold})
    pipe: Any = nlp.get_pipe(pipe_name)
    if hasattr(pipe, "cfg"):
        _set(pipe.cfg, threshold_key.split("."), threshold)
    examples: list[Example] = list(Corpus(data_path, gold_preproc=gold_preproc)(nlp))
    if not examples:
        msg.fail_and_exit("The corpus to score on has no documents", str(data_path))
    scores = nlp.evaluate(examples)
    if scores_key not in scores:
        msg.fail_and_exit(f"There is no score {scores_key!r}.", f"There are: {', '.join(scores)}")
    score = scores[scores_key]
    if isinstance(score, bool) or not isinstance(score, Real):
        numbers = ", ".join(name for name, value in scores.items() if isinstance(value, Real))
        msg.fail_and_exit(f"The score {scores_key!r} is no number, but {score!r}.", f"Numbers are: {numbers}")
    return float(score)


def _set(settings: dict[str, Any], keys: list[str], value: float) -> None:
    for key in keys[:-1]:
        settings = settings.setdefault(key, {})
    settings[keys[-1]] = value
