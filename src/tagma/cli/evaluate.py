"""tagma evaluate, tagma benchmark accuracy: the scores of a trained pipeline on annotated data."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tagma.cli._app import Arg, Opt, app, benchmark_cli
from tagma.cli._options import Code, GpuId, example, existing_path, import_code, setup_gpu, write_beside
from tagma.cli._report import Printer
from tagma.util.paths import check_place

if TYPE_CHECKING:
    from tagma.language import Language

EXAMPLE = "./model/model-best dev.spacy --output scores.json"


@benchmark_cli.command("accuracy", epilog=example(f"tagma benchmark accuracy {EXAMPLE}"))
@app.command("evaluate", epilog=example(f"tagma evaluate {EXAMPLE}"))
def evaluate_cli(
    model: Annotated[str, Arg(help="Folder or name of the pipeline.", show_default=False)],
    data_path: Annotated[Path, Arg(help="A .spacy file or a folder.", callback=existing_path, show_default=False)],
    output: Annotated[Path | None, Opt("--output", "-o", help="JSON file for all scores.", dir_okay=False)] = None,
    code_path: Code = None,
    use_gpu: GpuId = -1,
    gold_preproc: Annotated[
        bool, Opt("--gold-preproc", "-G", help="Predict on the tokens and sentences of the data.")
    ] = False,
    displacy_path: Annotated[
        Path | None,
        Opt("--displacy-path", "-dp", help="Folder for drawings (HTML).", callback=existing_path, file_okay=False),
    ] = None,
    displacy_limit: Annotated[int, Opt("--displacy-limit", "-dl", help="Documents drawn at most.")] = 25,
    per_component: Annotated[bool, Opt("--per-component", "-P", help="Scores of each component by itself.")] = False,
    spans_key: Annotated[str, Opt("--spans-key", "-sk", help="Group of spans to show.")] = "sc",
) -> None:
    """Score a pipeline on annotated data."""
    import_code(code_path)
    scores = evaluate(
        model,
        data_path,
        output=output,
        use_gpu=use_gpu,
        gold_preproc=gold_preproc,
        displacy_path=displacy_path,
        displacy_limit=displacy_limit,
        per_component=per_component,
        silent=False,
        spans_key=spans_key,
    )
    rows = [] if per_component else [row for row in result_rows(scores, spans_key) if row[0] not in ("TOK", "SPEED")]
    if rows and all(text == "-" for _, text in rows):
        names = ", ".join(name for name, _ in rows)
        Printer().fail_and_exit(f"The data has none of the annotation that is scored: {names}", str(data_path))


def evaluate(
    model: str | Path,
    data_path: Path,
    output: Path | None = None,
    use_gpu: int = -1,
    gold_preproc: bool = False,
    displacy_path: Path | None = None,
    displacy_limit: int = 25,
    silent: bool = True,
    spans_key: str = "sc",
    per_component: bool = False,
) -> dict[str, Any]:
    """All scores, as `nlp.evaluate` gives them. Raises OSError [E050] for an unknown pipeline."""
    from tagma import util
    from tagma.nn.util import fix_random_seed
    from tagma.training import Corpus

    msg = Printer(silent=silent)
    if output is not None:
        check_place(output)
    if not Path(data_path).exists():
        msg.fail_and_exit("There is no such corpus to score on", str(data_path))
    if displacy_path is not None and not Path(displacy_path).exists():
        msg.fail_and_exit("Folder for drawings not found", str(displacy_path))
    fix_random_seed(0)
    setup_gpu(use_gpu, silent=silent)
    nlp = util.load_model(model)
    corpus = Corpus(data_path, gold_preproc=gold_preproc)
    examples = list(corpus(nlp))
    if not examples:
        msg.fail_and_exit("The corpus to score on has no documents", str(data_path))
    scores = nlp.evaluate(examples, per_component=per_component)
    if per_component:
        for name, own in scores.items():
            if isinstance(own, dict) and (rows := result_rows(own, spans_key)):
                msg.divider(f"Scores of {name}")
                msg.table(rows, align=("l", "r"))
                _print_details(own, spans_key, msg)
    else:
        msg.divider("Scores")
        msg.table(result_rows(scores, spans_key), align=("l", "r"))
        _print_details(scores, spans_key, msg)
    if displacy_path is not None:
        _draw(nlp, corpus, Path(displacy_path), str(model), displacy_limit, msg)
    if output is not None:
        write_beside(Path(output), (json.dumps(scores, indent=2, default=float) + "\n").encode("utf8"))
        msg.good("Saved the scores", str(output))
    return scores


def result_rows(scores: dict[str, Any], spans_key: str = "sc") -> list[tuple[str, str]]:
    """(name, value) of the scores that there are, ×100; the speed in words a second."""
    names = {
        "TOK": "token_acc",
        "TAG": "tag_acc",
        "POS": "pos_acc",
        "MORPH": "morph_acc",
        "LEMMA": "lemma_acc",
        "UAS": "dep_uas",
        "LAS": "dep_las",
        **{f"NER {x.upper()}": f"ents_{x}" for x in "prf"},
        "TEXTCAT": "cats_score",
        **{f"SENT {x.upper()}": f"sents_{x}" for x in "prf"},
        **{f"SPAN {x.upper()}": f"spans_{spans_key}_{x}" for x in "prf"},
        **{f"COREF {x.upper()}": f"coref_{x}" for x in "prf"},
        "COREF CONLL": "coref_conll_f",
        "SPAN ACC": "span_accuracy",
        "SPEED": "speed",
    }
    rows = []
    for title, key in names.items():
        if key not in scores:
            continue
        if key == "cats_score" and scores.get("cats_score_desc"):
            title = f"{title} ({scores['cats_score_desc']})"
        value = scores[key]
        if not isinstance(value, (int, float)):
            text = "-"
        else:
            text = f"{value:.0f}" if key == "speed" else f"{value * 100:.2f}"
        rows.append((title, text))
    return rows


def handle_scores_per_type(
    scores: dict[str, Any], data: dict[str, Any], *, spans_key: str = "sc", silent: bool = False
) -> dict[str, Any]:
    """Print the tables by feature, type and label; `data` with their numbers added."""
    _print_details(scores, spans_key, Printer(silent=silent))
    for key in (*(key for key, _, _ in _tables(spans_key)), "cats_auc_per_type"):
        if key in scores:
            data[re.sub(r"[\s/]", "_", key.lower())] = scores[key]
    return data


def _tables(spans_key: str) -> list[tuple[str, str, str]]:
    return [
        ("morph_per_feat", "MORPH", "feat"),
        ("dep_las_per_type", "LAS", "type"),
        ("ents_per_type", "NER", "type"),
        (f"spans_{spans_key}_per_type", "SPANS", "type"),
        ("cats_f_per_type", "Textcat F", "label"),
    ]


def _print_details(scores: dict[str, Any], spans_key: str, msg: Printer) -> None:
    for key, name, unit in _tables(spans_key):
        if scores.get(key):
            print_prf_per_type(msg, scores[key], name, unit)
    if scores.get("cats_auc_per_type"):
        print_textcats_auc_per_cat(msg, scores["cats_auc_per_type"])


def print_prf_per_type(msg: Printer, scores: dict[str, dict[str, float]], name: str, type: str) -> None:
    rows = [(label, *(_percent(values.get(x)) for x in "prf")) for label, values in scores.items()]
    msg.divider(f"{name} by {type}")
    msg.table(rows, header=("", "P", "R", "F"), align=("l", "r", "r", "r"))


def print_textcats_auc_per_cat(msg: Printer, scores: dict[str, float]) -> None:
    rows = [(label, f"{value:.2f}" if isinstance(value, (int, float)) else "-") for label, value in scores.items()]
    msg.divider("Textcat ROC AUC by label")
    msg.table(rows, header=("", "ROC AUC"), align=("l", "r"))


def _percent(value: Any) -> str:
    return f"{value * 100:.2f}" if isinstance(value, (int, float)) else "-"


def _draw(nlp: "Language", corpus: Any, folder: Path, name: str, limit: int, msg: Printer) -> None:
    factories = {nlp.get_pipe_meta(pipe).factory for pipe in nlp.pipe_names}
    if not factories & {"parser", "ner", "spancat"}:
        msg.warn("Nothing to draw: the pipeline has no parser, ner or spancat.")
        return
    texts = [example.reference.text for _, example in zip(range(limit), corpus(nlp), strict=False)]
    render_parses(
        list(nlp.pipe(texts)),
        folder,
        model_name=name,
        limit=limit,
        deps="parser" in factories,
        ents="ner" in factories,
        spans="spancat" in factories,
    )
    msg.good(f"Drew {len(texts)} documents", str(folder))


def render_parses(
    docs: list[Any],
    output_path: Path,
    model_name: str = "",
    limit: int = 250,
    deps: bool = True,
    ents: bool = True,
    spans: bool = True,
) -> None:
    """Write entities.html, parses.html, spans.html; the pipeline's name is the title of the first document."""
    from tagma import displacy

    if docs:
        docs[0].user_data["title"] = model_name
    for wanted, style, file, options in (
        (ents, "ent", "entities.html", {}),
        (deps, "dep", "parses.html", {"compact": True}),
        (spans, "span", "spans.html", {}),
    ):
        if wanted:
            html = displacy.render(docs[:limit], style=style, page=True, options=options)
            write_beside(Path(output_path) / file, html.encode("utf8"))
