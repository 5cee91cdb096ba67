"""tagma debug data: what training would make of a corpus, and what is wrong with it, before time is spent on it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Context

from tagma.cli._app import COMMAND, Arg, Opt, app, debug_cli
from tagma.cli._data_checks import (
    FAIL,
    GOOD,
    SHOWN,
    TEXT,
    WARN,
    Facts,
    Finding,
    category_findings,
    cluster_findings,
    corpus_findings,
    entity_findings,
    link_findings,
    sentence_findings,
    tag_findings,
    tree_findings,
    word_findings,
)
from tagma.cli._data_counts import Clusters, Part, count_part, located
from tagma.cli._failures import EXPECTED, show_validation_error
from tagma.cli._options import CodePath, config_path, example, import_code, read_config
from tagma.cli._overrides import OverridesCommand, parse_config_overrides
from tagma.cli._report import Printer
from tagma.errors import Errors

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.nn.config import Config

EXAMPLE = "tagma debug data config.cfg --paths.train train.spacy --paths.dev dev.spacy"
Section = tuple[str, Iterable[Finding]]
# By the factory: title, and the setting that says which groups of spans are learned from.
CLUSTERED = {
    "coref": ("Coreference", "span_cluster_prefix"),
    "span_resolver": ("Span Resolution", "output_prefix"),
}

IgnoreWarnings = Annotated[bool, Opt("--ignore-warnings", "-IW", help="Show and count failures only.")]
Verbose = Annotated[bool, Opt("--verbose", "-V", help="Add labels with their numbers, and more places of problems.")]
NoFormat = Annotated[bool, Opt("--no-format", "-NF", help="No icons, colours and lines.")]


@debug_cli.command("data", cls=OverridesCommand, epilog=example(EXAMPLE))
def debug_data_cli(
    ctx: Context,
    config_path: Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)],
    code_path: CodePath = None,
    ignore_warnings: IgnoreWarnings = False,
    verbose: Verbose = False,
    no_format: NoFormat = False,
) -> None:
    """Check the training and evaluation data of a config: statistics, and problems with their place and way out.

    Any setting can be given in the line: --paths.train train.spacy. Exit status 1 if anything must be mended.
    """
    overrides = parse_config_overrides(ctx.args)
    import_code(code_path)
    debug_data(
        config_path,
        config_overrides=overrides,
        ignore_warnings=ignore_warnings,
        verbose=verbose,
        no_format=no_format,
        silent=False,
    )


@app.command("debug-data", cls=OverridesCommand, hidden=True)
def debug_data_alias_cli(
    ctx: Context,
    config_path: Annotated[Path, Arg(help="Config file; '-' reads stdin.", callback=config_path, show_default=False)],
    code_path: CodePath = None,
    ignore_warnings: IgnoreWarnings = False,
    verbose: Verbose = False,
    no_format: NoFormat = False,
) -> None:
    """The former name of `debug data`."""
    Printer().warn(f"This command is now: {COMMAND} debug data")
    debug_data_cli(ctx, config_path, code_path, ignore_warnings, verbose, no_format)


def debug_data(
    config_path: Path,
    *,
    config_overrides: dict[str, Any] = {},  # noqa: B006 - the documented default, never changed here
    ignore_warnings: bool = False,
    verbose: bool = False,
    no_format: bool = True,
    silent: bool = True,
) -> None:
    """Print what was found out about the corpora of a config.

    The corpora are read document by document. Raises SystemExit(1) if anything must be mended, and for a config that is
    not valid.
    """
    msg = Printer(silent=silent, pretty=not no_format)
    raw = read_config(Path(config_path), config_overrides)
    counted: Counter[str] = Counter()
    for title, findings in data_sections(raw, Path(config_path)):
        msg.divider(title)
        for finding in findings:
            if finding.kind == WARN and ignore_warnings:
                continue
            counted[finding.kind] += 1
            if verbose or not finding.verbose:
                _show(finding, msg, verbose)
    msg.divider("Summary")
    if counted[GOOD]:
        msg.good(f"{counted[GOOD]} checks passed")
    if counted[WARN]:
        msg.warn(f"{counted[WARN]} warnings")
    if counted[FAIL]:
        msg.fail(f"{counted[FAIL]} to be mended")
        raise SystemExit(1 if not silent else f"{counted[FAIL]} problems of the data must be mended")


def _show(finding: Finding, msg: Printer, verbose: bool) -> None:
    if finding.kind == TEXT:
        msg.text(finding.title)
        return
    lines = [finding.detail] if finding.detail else []
    if finding.places is not None:
        places = finding.places.first if verbose else finding.places.first[:SHOWN]
        lines += [f"  - {place}" for place in places]
        if finding.places.count > len(places):
            lines.append(f"  … and {finding.places.count - len(places)} more")
    getattr(msg, finding.kind)(finding.title, "\n".join(lines))


def data_sections(raw: Config, path: Path) -> Iterator[Section]:
    """Title and findings of each section, from a config that is not interpolated."""
    from tagma import util
    from tagma.language.configs import NEW_CONFIG

    with show_validation_error(path):
        if "nlp" not in raw:
            raise ValueError(Errors.E985.format(besides=NEW_CONFIG))
        nlp = util.load_model_from_config(raw, auto_fill=True)
    initialized, reason = _initialized(raw)
    nlp = initialized or nlp
    findings: list[Finding] = []
    parts = _parts(nlp, findings)
    if initialized is not None:
        findings.append(Finding(GOOD, "The pipeline can be initialized with the data"))
    elif not any(finding.title == reason.split("\n")[0] for finding in findings):
        findings.append(Finding(FAIL, "The pipeline cannot be initialized with the data", reason))
    yield "Data file validation", findings
    if parts is None:
        return
    yield from _sections(raw, nlp, *parts)


def _initialized(raw: Config) -> tuple[Language | None, str]:
    """The pipeline as training would begin with it, or why there is none."""
    from tagma.training.initialize import init_nlp

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they tell of the data is among the findings
            return init_nlp(raw), ""
    except EXPECTED as error:
        return None, _reason(error)


def _reason(error: Exception) -> str:
    return str(error.args[0] if isinstance(error, KeyError) and error.args else error)


def _parts(nlp: Language, findings: list[Finding]) -> tuple[Part, Part] | None:
    """What was counted of both corpora, None where one cannot be read."""
    from tagma.language.configs import resolve_dot_names

    config = nlp.config.interpolate()
    names = [config["training"][f"{part}_corpus"] for part in ("train", "dev")]
    parts: list[Part] = []
    try:
        corpora: tuple[Callable[[Any], Any], ...] = resolve_dot_names(config, names)
    except EXPECTED as error:
        findings.append(Finding(FAIL, *_title_and_rest(error)))
        return None
    for corpus, name in zip(corpora, names, strict=True):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parts.append(count_part(located(corpus, nlp), nlp, seen=parts[0] if parts else None))
        except EXPECTED as error:
            title, rest = _title_and_rest(error)
            findings.append(Finding(FAIL, title, rest or f"This is {name}."))
            return None
    findings.append(Finding(GOOD, "Both corpora can be read"))
    return parts[0], parts[1]


def _title_and_rest(error: Exception) -> tuple[str, str]:
    title, _, rest = _reason(error).partition("\n")
    return title, rest


def _sections(raw: Config, nlp: Language, train: Part, dev: Part) -> Iterator[Section]:
    from tagma.util import get_sourced_components

    frozen = nlp.config["training"]["frozen_components"]
    resumed = [name for name in get_sourced_components(raw) if name not in frozen]
    stats = [Finding(TEXT, f"Language: {nlp.lang}\nPipeline: {', '.join(nlp.pipe_names)}")]
    for names, what in ((resumed, "Trained further"), (frozen, "Frozen")):
        if names:
            stats.append(Finding(TEXT, f"{what}: {', '.join(names)}"))
    yield "Training stats", [*stats, *corpus_findings(train, dev, bool(resumed))]
    yield "Vocab & Vectors", word_findings(train, dev, nlp)
    docs = train.docs, dev.docs
    for name in nlp.pipe_names:
        if name in frozen:
            continue
        factory, facts = nlp.get_pipe_meta(name).factory, _facts(nlp, name)
        if factory in ("ner", "beam_ner"):
            title, found = "Named Entity Recognition", entity_findings(train.entities, dev.entities, docs, facts)
        elif factory == "tagger":
            title, found = "Part-of-speech Tagging", tag_findings(train.tags, dev.tags, docs, facts)
        elif factory == "morphologizer":
            what = "features or parts of speech"
            title, found = "Morphologizer (POS+Morph)", tag_findings(train.morphs, dev.morphs, docs, facts, what)
        elif factory in ("parser", "beam_parser"):
            title = "Dependency Parsing"
            found = tree_findings(train.trees, dev.trees, train.sentences, docs, train.words, facts)
        elif factory == "senter":
            title, found = "Sentence Recognition", sentence_findings(train.sentences, dev.sentences, docs, facts)
        elif factory in ("textcat", "textcat_multilabel"):
            exclusive = factory == "textcat"
            title = f"Text Classification ({'exclusive' if exclusive else 'multilabel'})"
            found = category_findings(train.categories, dev.categories, docs, facts, exclusive)
        elif factory == "entity_linker":
            title, found = "Entity Linking", link_findings(train.links[name], dev.links[name], nlp, name)
        elif factory.removeprefix("experimental_") in CLUSTERED:
            title, setting = CLUSTERED[factory.removeprefix("experimental_")]
            prefix = str(nlp.config["components"][name][setting])
            clusters, others = (part.clusters.get(prefix, Clusters()) for part in (train, dev))
            found = cluster_findings(clusters, others, docs, facts, prefix)
        else:
            continue
        yield title if name == factory else f"{title}: {name}", found


def _facts(nlp: Language, name: str) -> Facts:
    """What is asked of a component; the labels of a parser are those of its moves, which differ from the data's."""
    factory = nlp.get_pipe_meta(name).factory
    settings = nlp.config["components"][name]
    has_own_labels = factory in ("tagger", "morphologizer", "ner", "beam_ner", "textcat", "textcat_multilabel")
    labels = getattr(nlp.get_pipe(name), "labels", ()) if has_own_labels else ()
    return Facts(name, tuple(labels), int(settings.get("min_action_freq", 0)))
