"""tagma init vectors: a pipeline with the word vectors of a file, which configs name in [initialize] vectors."""

from pathlib import Path
from typing import Annotated

from tagma.cli._app import Arg, Opt, init_cli
from tagma.cli._options import example, existing_path, set_verbose
from tagma.cli._report import Printer
from tagma.util.paths import check_place
from tagma.vectors import Mode

FORMATS = "Lines of a word and its numbers, plain or packed (.gz, .zip, .tar.gz); word2vec's .bin; or .npz."


@init_cli.command("vectors", epilog=example("tagma init vectors en cc.en.300.vec.gz ./vectors --prune 50000"))
def init_vectors_cli(
    lang: Annotated[str, Arg(help="Code of the language.", show_default=False)],
    vectors_loc: Annotated[Path, Arg(help=FORMATS, callback=existing_path, show_default=False)],
    output_dir: Annotated[Path, Arg(help="Folder for the pipeline.", file_okay=False, show_default=False)],
    prune: Annotated[
        int, Opt("--prune", "-p", help="Keep so many vectors; other words get the nearest of these. -1: all.")
    ] = -1,
    truncate: Annotated[int, Opt("--truncate", "-t", help="Read so many vectors of the file; 0: all.")] = 0,
    mode: Annotated[Mode, Opt("--mode", "-m", help="How words find vectors.")] = Mode.default,
    name: Annotated[str | None, Opt("--name", "-n", help="Name of the vectors.", show_default=False)] = None,
    verbose: Annotated[bool, Opt("--verbose", "-V", "-VV", help="Say what is done.")] = False,
    jsonl_loc: Annotated[
        Path | None,
        Opt("--lexemes-jsonl", "-j", help="JSONL of attributes of words.", callback=existing_path, hidden=True),
    ] = None,
    attr: Annotated[str, Opt("--attr", "-a", help="Attribute of tokens that the words are, such as LOWER.")] = "ORTH",
) -> None:
    """Convert word vectors: word2vec, fastText, GloVe, floret.

    [initialize] vectors in a config takes the folder that is written.
    """
    from tagma.attrs import intify_attr
    from tagma.language.codes import get_lang_class
    from tagma.language.initialize import load_lexemes
    from tagma.training.word_vectors import convert_vectors

    msg = Printer()
    set_verbose(verbose)
    check_place(output_dir, folder=True)
    if intify_attr(attr) is None and attr.upper() != "TEXT":
        msg.fail_and_exit(f"{attr!r} is no attribute of words", "Vectors are mostly of ORTH, LOWER or NORM.")
    nlp = get_lang_class(lang)()
    if jsonl_loc is not None:
        load_lexemes(nlp, jsonl_loc)
    convert_vectors(nlp, vectors_loc, truncate=truncate, prune=prune, name=name, mode=mode.value, attr=attr)
    vectors = nlp.vocab.vectors
    words = f", {vectors.n_keys} words" if vectors.n_keys >= 0 else ", for the pieces of any word"
    msg.good(f"Converted {len(vectors)} vectors of width {vectors.vectors_length}{words}")
    nlp.to_disk(output_dir)
    msg.good("Saved a pipeline with them: name it as [initialize] vectors in a config", str(output_dir.resolve()))
