"""tagma info: this installation, or one pipeline."""

import platform
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._app import Arg, Opt, app
from tagma.cli._options import example, string_to_list
from tagma.cli._report import Printer

HIDDEN = ("accuracy", "performance", "speed")  # in a pipeline's meta: long, and `evaluate` gives them


@app.command("info", epilog=example("tagma info ./model/model-best --exclude labels,components"))
def info_cli(
    model: Annotated[str | None, Arg(help="Folder or name of a pipeline.", show_default=False)] = None,
    markdown: Annotated[bool, Opt("--markdown", "-md", help="Print Markdown, as for a bug report.")] = False,
    silent: Annotated[bool, Opt("--silent", "-s", "-S", help="Print nothing.")] = False,
    exclude: Annotated[str, Opt("--exclude", "-e", help="Keys to leave out, with commas.")] = "labels",
    url: Annotated[bool, Opt("--url", "-u", help="Print where the pipeline can be downloaded.")] = False,
) -> None:
    """Print facts about this installation or about a pipeline."""
    info(model, markdown=markdown, silent=silent, exclude=string_to_list(exclude), url=url)


def info(
    model: str | None = None,
    *,
    markdown: bool = False,
    silent: bool = True,
    exclude: list[str] | None = None,
    url: bool = False,
) -> str | dict[str, Any]:
    """The facts as a dict with lower-case keys, or as Markdown. `exclude` hides keys in what is printed only.

    url    instead, where the newest published version that fits is: {"download_url", "release_url"}
    Raises SystemExit(1) for a pipeline that is not there or has no meta.json.
    """
    msg = Printer(silent=silent)
    if url:
        return _addresses(model, msg)
    title = f"Pipeline {model}" if model else "Info about tagma"
    facts = _about_model(model, msg) if model else _about_tagma()
    shown = {key: value for key, value in facts.items() if key not in (exclude or ())}
    if markdown:
        text = _markdown(title, shown)
        msg.text(text)
        return text
    msg.divider(title)
    msg.table([(key, _one_line(value)) for key, value in shown.items()], max_width=1000)
    return {key.lower().replace(" ", "_"): value for key, value in facts.items()}


def _about_tagma() -> dict[str, Any]:
    from tagma import about, util

    pipelines = {}
    for name in util.get_installed_models():
        pipelines[name.replace("_", "-")] = util.get_package_version(name) or "unknown"
    return {
        "tagma version": about.__version__,
        "spaCy level": about.__spacy_version__,
        "Location": str(Path(about.__file__).parent),
        "Platform": platform.platform(),
        "Python version": platform.python_version(),
        "Pipelines": pipelines,
    }


def _about_model(model: str, msg: Printer) -> dict[str, Any]:
    from tagma import util

    folder = util.get_package_path(model) if util.is_package(model) else Path(model)
    if not (folder / "meta.json").is_file():
        msg.fail_and_exit("No pipeline found here: there is no meta.json", str(folder))
    meta = util.load_meta(folder / "meta.json")
    meta["source"] = str(folder.resolve())
    if util.is_package(model):
        address = _direct_url(model)
        if address:
            meta["download_url"] = address
    return {key: value for key, value in meta.items() if key not in HIDDEN}


def _direct_url(model: str) -> str | None:
    """Where an installed package came from, if its installer wrote that down (PEP 610)."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        text = distribution(model).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    address = json.loads(text).get("url") if text else None
    return str(address) if address else None


def _addresses(model: str | None, msg: Printer) -> dict[str, Any]:
    """Where the newest version of a published pipeline that fits is, and the page about it."""
    from tagma.cli._published import address_of, get_latest_version, get_model_filename, release_of

    if not model:
        msg.fail_and_exit("--url needs the name of a pipeline.")
    version = get_latest_version(model, msg)
    address = address_of(get_model_filename(model, version))
    msg.text(address)
    return {"download_url": address, "release_url": release_of(model, version)}


def _markdown(title: str, facts: dict[str, Any]) -> str:
    items = [f"- **{key}:** {_one_line(value)}" for key, value in facts.items() if not _is_path(value)]
    return "\n".join([f"## {title}", "", *items, ""])


def _is_path(value: Any) -> bool:
    try:
        return isinstance(value, str) and value != "" and Path(value).exists()
    except OSError:
        return False


def _one_line(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} ({item})" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
