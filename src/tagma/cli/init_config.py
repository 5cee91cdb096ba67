"""tagma init config, tagma init fill-config: a config for the job at hand, with every setting written out."""

import difflib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._app import Arg, Opt, init_cli
from tagma.cli._failures import show_validation_error
from tagma.cli._options import CodePath, config_path, example, import_code, string_to_list, write_beside
from tagma.cli._report import Printer, colours_wanted
from tagma.doors.missing import explain_missing
from tagma.errors import Errors
from tagma.nn.config import suggest
from tagma.util.paths import check_place

EMBEDDINGS = ("tok2vec", "transformer")  # added by themselves where they are needed

DEFAULT_PIPELINE = ["tagger", "parser", "ner"]

NEXT = """The next step, with files of your own:
tagma train {path} --output ./model --paths.train ./train.spacy --paths.dev ./dev.spacy"""
FILLED = "Every setting is written out"


class Optimizations(StrEnum):
    efficiency = "efficiency"
    accuracy = "accuracy"


@init_cli.command("config", epilog=example("tagma init config config.cfg --lang en --pipeline tagger,morphologizer"))
def init_config_cli(
    output_file: Annotated[Path, Arg(help="File to write; '-' prints the config.", dir_okay=False, show_default=False)],
    lang: Annotated[str, Opt("--lang", "-l", help="Two-letter code of the language.")] = "en",
    pipeline: Annotated[
        str | None,
        Opt(
            "--pipeline",
            "-p",
            help="Components, with commas; the embedding is added by itself.",
            show_default=",".join(DEFAULT_PIPELINE),
        ),
    ] = None,
    optimize: Annotated[
        Optimizations, Opt("--optimize", "-o", help="Small and fast, or larger and better.")
    ] = Optimizations.efficiency,
    gpu: Annotated[
        bool, Opt("--gpu", "-G", help="For training on a GPU (with a transformer, if there is one).")
    ] = False,
    pretraining: Annotated[bool, Opt("--pretraining", "-pt", help="Add the settings of pretraining.")] = False,
    force_overwrite: Annotated[bool, Opt("--force", "-F", help="Overwrite the file.")] = False,
) -> None:
    """Write a config for training a new pipeline."""
    is_stdout = str(output_file) == "-"
    msg = Printer(silent=is_stdout)
    if not is_stdout and output_file.exists() and not force_overwrite:
        msg.fail_and_exit("The config file exists already; --force overwrites it.", str(output_file))
    if not is_stdout:
        check_place(output_file)
    components = DEFAULT_PIPELINE
    if pipeline is not None:
        components = string_to_list(pipeline)
        _check_components(components, lang, f"tagma init config {output_file} --lang {lang} --pipeline", msg)
    config = init_config(
        lang=lang,
        pipeline=components,
        optimize=optimize.value,
        gpu=gpu,
        pretraining=pretraining,
        silent=is_stdout,
    )
    save_config(config, output_file, is_stdout=is_stdout)
    _warn_of_vectors(config["paths"]["vectors"], msg)


@init_cli.command("fill-config", epilog=example("tagma init fill-config base_config.cfg config.cfg --diff"))
def init_fill_config_cli(
    base_path: Annotated[
        Path, Arg(help="Config with some of the settings; '-' reads stdin.", callback=config_path, show_default=False)
    ],
    output_file: Annotated[Path, Arg(help="File to write; '-' prints the config.", dir_okay=False)] = Path("-"),
    pretraining: Annotated[bool, Opt("--pretraining", "-pt", help="Add the settings of pretraining.")] = False,
    diff: Annotated[bool, Opt("--diff", "-D", help="Print what was added and changed.")] = False,
    code_path: CodePath = None,
) -> None:
    """Write out every setting that a config leaves to the defaults."""
    import_code(code_path)
    fill_config(output_file, base_path, pretraining=pretraining, diff=diff)


def _check_components(names: list[str], lang: str, command: str, msg: Printer) -> None:
    """Exit with 1 unless all components are known and one of them can be trained; `command` takes their names."""
    from tagma import util

    nlp = util.get_lang_class(lang)()
    known = [name for name in nlp.factory_names if name not in EMBEDDINGS]
    wanted = [name for name in names if name not in EMBEDDINGS]
    good = [name for name in wanted if name in known]
    unknown = [name for name in wanted if name not in known]
    trainable = any(getattr(nlp.create_pipe(name), "is_trainable", False) for name in good)
    if trainable and not unknown:
        return
    if unknown:
        near = suggest(unknown[0], known) if len(unknown) == 1 else ""
        if all(explain_missing("@factories", name) for name in unknown):
            near = " yet."
        shown = ", ".join(map(repr, unknown))
        title = Errors.E002.partition(" ")[0] + f" This version has no component {shown} for language {lang!r}{near}"
    else:
        title = "Nothing to train: the pipeline needs a component with weights, beside the embedding."
    advice = good if trainable else ["tagger", "morphologizer"]
    lines = [f"It has: {', '.join(known)}. This works:", f"{command} {','.join(advice)}"]
    msg.fail_and_exit(title, "\n".join(lines))


def _warn_of_vectors(name: str | None, msg: Printer) -> None:
    from tagma import util

    if name and not util.is_package(name) and not Path(name).exists():
        msg.warn(
            f"The word vectors that this config takes, {name}, are not installed.",
            "Name a pipeline with vectors when you train (--paths.vectors NAME), or write a config that does without: "
            "--optimize efficiency",
        )


def init_config(
    *,
    lang: str = "en",
    pipeline: list[str] = DEFAULT_PIPELINE,
    optimize: str = "efficiency",
    gpu: bool = False,
    pretraining: bool = False,
    silent: bool = True,
) -> Any:
    """The filled config (a `Config`).

    Raises ValueError [E002] for an unknown component, ImportError [E048] for an unknown language.
    pipeline   names of components.
    optimize   "efficiency" or "accuracy".
    """
    from tagma.cli._quickstart import quickstart
    from tagma.cli._recommendations import recommendation
    from tagma.ml.transformer.pretrained import has_packages

    msg = Printer(silent=silent)
    goal = Optimizations(optimize).value
    components = [name for name in pipeline if name not in EMBEDDINGS]
    advice = recommendation(lang)
    model = advice["transformer"][goal]["name"] if gpu and advice["transformer"] else None
    if model and not has_packages():
        msg.warn(
            f"This config uses tok2vec in place of the transformer {model}.",
            'On a GPU the transformer is better, but its packages are not installed: pip install "tagma[transformers]"',
        )
        model = advice["transformer"] = None
    base = quickstart(lang, components, goal, "gpu" if gpu else "cpu", advice)
    msg.info(
        f"A config for language {lang!r}, components: {', '.join(components)}",
        f"made for {goal} on a {'GPU' if gpu else 'CPU'}, with {model or 'no transformer'}",
    )
    config = _filled(base, pretraining, msg)
    msg.good(FILLED)
    return config


def _filled(base: dict[str, Any], pretraining: bool, msg: Printer) -> Any:
    from tagma import util
    from tagma.nn.config import Config

    with show_validation_error(hint_fill=False):
        nlp = util.load_model_from_config(Config(base), auto_fill=True)
        if pretraining and "tok2vec" not in nlp.pipe_names:
            msg.warn("Pretraining needs a tok2vec component; this pipeline has none.")
        return _with_pretraining(nlp.config) if pretraining else nlp.config


def fill_config(
    output_file: Path, base_path: Path, *, pretraining: bool = False, diff: bool = False, silent: bool = False
) -> tuple[Any, Any]:
    """Write the filled config; returns the base and the filled one (both `Config`)."""
    from tagma import util

    is_stdout = str(output_file) == "-"
    msg = Printer(silent=is_stdout or silent)
    with show_validation_error(base_path, hint_fill=False):
        base = util.load_config(base_path)
        nlp = util.load_model_from_config(base, auto_fill=True, validate=False)
        # A second time, so that what was filled in is checked as well.
        filled = util.load_model_from_config(_with_own_settings(nlp.config, nlp, base)).config
        filled = _with_own_settings(filled, nlp, base)
    filled["components"].update(util.get_sourced_components(base))
    if pretraining:
        filled = _with_pretraining(filled)
    changes = _changed_lines(base, filled)
    if changes:
        msg.good(FILLED)
    else:
        msg.warn("There is nothing to fill in.")
    if changes and diff:
        msg.divider("What was filled in")
        for line in changes:
            msg.text(line)
        msg.divider("End of the changes")
    save_config(filled, output_file, is_stdout=is_stdout, silent=silent)
    return base, filled


def _with_own_settings(config: Any, nlp: Any, base: Any) -> Any:
    """`config` with the settings in `base` that the config of a pipeline leaves to the components' own files."""
    for name, block in config["components"].items():
        for key in nlp.get_pipe_meta(name).own_settings:
            if key in base["components"].get(name, {}):
                block[key] = base["components"][name][key]
    return config


def save_config(config: Any, output_file: Path, is_stdout: bool = False, silent: bool = False) -> None:
    """Write a config with its `${variables}` as they are; `is_stdout` prints it and nothing else."""
    if is_stdout:
        Printer().text(config.to_str(interpolate=False))
        return
    msg = Printer(silent=silent)
    write_beside(output_file, config.to_str(interpolate=False).encode("utf8"))
    msg.good("Saved the config", str(output_file))
    msg.text(NEXT.format(path=output_file))


def _with_pretraining(config: Any) -> Any:
    from tagma import util
    from tagma.language import DEFAULT_CONFIG_PRETRAIN_PATH

    return util.load_config(DEFAULT_CONFIG_PRETRAIN_PATH).merge(config)


def _changed_lines(before: Any, after: Any) -> list[str]:
    """What differs between two configs, with two lines around each change: `+` green, `-` red on a terminal."""
    colours = {"+": 32, "-": 31} if colours_wanted() else {}
    diff = difflib.unified_diff(before.to_str().split("\n"), after.to_str().split("\n"), lineterm="", n=2)
    lines = [line for line in diff if not line.startswith(("+++", "---", "@@"))]
    return [f"\033[{colours[line[0]]}m{line}\033[0m" if line[0] in colours else line for line in lines]
