"""tagma package: a saved pipeline as a Python package, which pip installs."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from tagma.cli._app import Arg, Opt, app
from tagma.cli._model_card import generate_readme
from tagma.cli._options import example, existing_path, import_code, string_to_list
from tagma.cli._packaging import FORMATS, build_archive, has_build, has_wheel, module_name, write_package
from tagma.cli._report import Printer
from tagma.util.frozen import SimpleFrozenList

__all__ = [
    "generate_meta",
    "generate_readme",
    "get_build_formats",
    "get_meta",
    "get_third_party_dependencies",
    "has_build",
    "has_wheel",
    "package",
]

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
OWN = ("spacy", "spacy-legacy", "spacy-nightly", "thinc", "srsly", "tagma")  # what is part of the library
ASKED = {
    "lang": "Language code",
    "name": "Name of the pipeline, without the language",
    "version": "Version",
    "description": "Description",
    "author": "Author",
    "email": "Author's e-mail address",
    "url": "Author's address on the web",
    "license": "Licence",
}
DEFAULTS = {"lang": "en", "name": "pipeline", "version": "0.0.0", "license": "MIT"} | dict.fromkeys(
    ("description", "author", "email", "url"), ""
)


@app.command("package", epilog=example("tagma package ./model/model-best ./packages --name sentences --build wheel"))
def package_cli(
    input_dir: Annotated[
        Path, Arg(help="Folder of a saved pipeline.", callback=existing_path, file_okay=False, show_default=False)
    ],
    output_dir: Annotated[
        Path,
        Arg(
            help="Existing folder that the package goes into.",
            callback=existing_path,
            file_okay=False,
            show_default=False,
        ),
    ],
    code_paths: Annotated[
        str, Opt("--code", "-c", help="Python files, with commas, that are run now and are part of the package.")
    ] = "",
    meta_path: Annotated[
        Path | None,
        Opt("--meta-path", "--meta", "-m", help="A meta.json, if not the pipeline's.", callback=existing_path),
    ] = None,
    create_meta: Annotated[bool, Opt("--create-meta", "-C", help="Ask for what is written into meta.json.")] = False,
    name: Annotated[str | None, Opt("--name", "-n", help="Name of the pipeline, without the language.")] = None,
    version: Annotated[str | None, Opt("--version", "-v", help="Version of the package.")] = None,
    build: Annotated[str, Opt("--build", "-b", help="Archives, with commas: sdist, wheel; or none.")] = "sdist",
    force: Annotated[bool, Opt("--force", "-f", "-F", help="Replace a package of that version.")] = False,
    require_parent: Annotated[
        bool, Opt("--require-parent/--no-require-parent", "-R", help="Have the package require tagma.")
    ] = True,
) -> None:
    """Make a Python package of a saved pipeline: a folder with pyproject.toml, README and the data, and archives of it.

    Once it is installed with pip, the pipeline is loaded by its name: tagma.load("en_sentences")
    """
    msg = Printer()
    create_sdist, create_wheel = get_build_formats(string_to_list(build), msg)
    package(
        input_dir,
        output_dir,
        meta_path=meta_path,
        code_paths=[Path(path) for path in string_to_list(code_paths)],
        name=name,
        version=version,
        create_meta=create_meta,
        create_sdist=create_sdist,
        create_wheel=create_wheel,
        require_parent=require_parent,
        force=force,
        silent=False,
    )


def package(
    input_dir: Path,
    output_dir: Path,
    meta_path: Path | None = None,
    code_paths: Sequence[Path] = SimpleFrozenList(),
    name: str | None = None,
    version: str | None = None,
    create_meta: bool = False,
    create_sdist: bool = True,
    create_wheel: bool = False,
    require_parent: bool = False,
    force: bool = False,
    silent: bool = True,
) -> None:
    """Make `output_dir/en_name-1.0.0`, a Python package of the pipeline in `input_dir`, and archives in its `dist`.

    meta_path        a meta.json in place of the pipeline's
    code_paths       Python files that are run now, so that what they register is known, and are part of the package
    name, version    in place of those in the meta
    create_meta      ask for the main fields of the meta on the terminal
    require_parent   have the package require this library
    force            replace a package of that name and version
    Raises SystemExit(1): a folder or file is not there, the name can be none of a package, the meta does not fit
    `tagma.schemas.ModelMetaSchema`, the package is there already, there is nothing to build with.
    """
    msg = Printer(silent=silent)
    input_dir, output_dir = Path(input_dir), Path(output_dir)
    if create_wheel or create_sdist:
        _require_builder(msg)
    for what, folder in (("folder of a pipeline", input_dir), ("folder for the package", output_dir)):
        if not folder.is_dir():
            msg.fail_and_exit(f"There is no {what}", str(folder))
    if output_dir.resolve().is_relative_to(input_dir.resolve()):
        msg.fail_and_exit("The package cannot go into the folder that it is made of", str(output_dir))
    files = [Path(path) for path in code_paths]
    for file in files:
        if not file.is_file():
            msg.fail_and_exit("No such Python file", str(file))
        if not file.stem.isidentifier():
            msg.fail_and_exit(f"{file.name!r} cannot be imported from a package", "Give it the name of a module.")
    import_code(files)
    meta = _full_meta(input_dir, meta_path, name, version, create_meta, require_parent, msg)
    folder = output_dir / f"{module_name(meta)}-{meta['version']}"
    if folder.exists() and not force:
        msg.fail_and_exit("The package is there already; --force replaces it", str(folder))
    _write(folder, input_dir, meta, files, msg)
    for kind, wanted in zip(FORMATS, (create_sdist, create_wheel), strict=True):
        if wanted:
            _build(folder, kind, msg)


def _require_builder(msg: Printer) -> None:
    if not (has_build() or has_wheel()):
        msg.fail_and_exit(
            "There is nothing here to build archives with",
            "Install it with: pip install build; or make the folder alone with --build none.",
        )


def _full_meta(
    pipeline: Path,
    meta_path: Path | None,
    name: str | None,
    version: str | None,
    create_meta: bool,
    require_parent: bool,
    msg: Printer,
) -> dict[str, Any]:
    """The meta of the package, checked. Raises SystemExit(1)."""
    import srsly

    from tagma.schemas import ModelMetaSchema, validate

    file = meta_path or pipeline / "meta.json"
    if not Path(file).is_file():
        msg.fail_and_exit("There is no meta.json", f"{file}\nIs this the folder of a saved pipeline?")
    try:
        given = srsly.read_json(file)
    except ValueError as error:
        msg.fail_and_exit("meta.json cannot be read", f"{file}\n{error}")
    if not isinstance(given, dict):
        msg.fail_and_exit("meta.json is no map of settings", str(file))
    meta = get_meta(pipeline, given, require_parent=require_parent)
    meta.update({key: value for key, value in (("name", name), ("version", version)) if value is not None})
    if create_meta:
        meta = generate_meta(meta, msg)
    meta["name"] = str(meta["name"]).removeprefix(f"{meta['lang']}_") or meta["name"]
    if errors := validate(ModelMetaSchema, meta):
        msg.fail_and_exit(f"The meta of the package is wrong ({file})", "\n".join(errors))
    _require_names(meta, msg)
    return meta


def _require_names(meta: Mapping[str, Any], msg: Printer) -> None:
    """The package must have a name that Python can import and pip can install, and a version."""
    from tagma.cli._published import require_version

    module = module_name(meta)
    if not module.isidentifier() or not NAME.fullmatch(module) or not module.isascii():
        msg.fail_and_exit(
            f"{meta['name']!r} cannot be the name of a package",
            f"Python could not import {module!r}: take ASCII letters, digits and '_', and end with a letter or digit.",
        )
    if "__" in module:
        msg.warn(f"{module!r} has '__', which is '_' in the names of the archives", "Take a name with single '_'.")
    require_version(str(meta["version"]), msg)


def _write(folder: Path, pipeline: Path, meta: Mapping[str, Any], code: Sequence[Path], msg: Printer) -> None:
    """Write the package beside its place, and put it there when it is whole."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        made = Path(beside) / folder.name
        made.mkdir()
        is_new = write_package(made, pipeline, meta, code)
        if folder.is_dir():
            shutil.rmtree(folder)
        made.rename(folder)
    if not is_new:
        msg.info("The README.md of the pipeline is that of the package")
    msg.good(f"Made the package {folder.name!r}", str(folder))


def _build(folder: Path, kind: str, msg: Printer) -> None:
    try:
        archive = build_archive(folder, kind)
    except RuntimeError as error:
        msg.fail_and_exit(f"The {kind} could not be built", str(error)[-4000:])
    msg.good(f"Built the {kind}", f"{archive}\npip install {archive}")


def get_build_formats(formats: Sequence[str], msg: Printer | None = None) -> tuple[bool, bool]:
    """(sdist?, wheel?) of "sdist", "wheel" and "none". Raises SystemExit(1) for others."""
    if not formats or "none" in formats:
        if len(formats) > 1:
            (msg or Printer()).fail_and_exit("'none' stands alone", f"--build {','.join(formats)}")
        return False, False
    if wrong := [name for name in formats if name not in FORMATS]:
        (msg or Printer()).fail_and_exit(
            f"Unknown kind of archive: {', '.join(wrong)}", "There are: sdist, wheel, none"
        )
    return "sdist" in formats, "wheel" in formats


def get_meta(model_path: str | Path, existing_meta: Mapping[str, Any], require_parent: bool = False) -> dict[str, Any]:
    """The meta of a package: defaults, what the pipeline says of itself, `existing_meta`, then what follows from them.

    Requirements are extended by the packages that the pipeline's functions and components come from, and with
    `require_parent` by this library.
    """
    from tagma import about
    from tagma.language.loading import load_model_from_path
    from tagma.util.versions import get_minor_version_range, split_requirement

    nlp = load_model_from_path(Path(model_path))
    meta: dict[str, Any] = {**DEFAULTS, **nlp.meta}
    meta["spacy_version"] = get_minor_version_range(about.__spacy_version__)
    meta.update(existing_meta)
    found = nlp.vocab.vectors
    meta["vectors"] = {
        "width": nlp.vocab.vectors_length,
        "vectors": len(found),
        "keys": found.n_keys,
        "name": found.name,
    }
    meta["parent_package"] = about.__title__
    requirements = list(meta.get("requirements") or ())
    known = {split_requirement(text)[0] for text in requirements}
    added = get_third_party_dependencies(nlp.config, exclude=[*known])
    if require_parent and about.__title__ not in known:
        added.append(about.__title__ + get_minor_version_range(about.__version__))
    meta["requirements"] = requirements + added
    return meta


def generate_meta(existing_meta: Mapping[str, Any], msg: Printer) -> dict[str, Any]:
    """The meta with what is answered on the terminal; an empty answer keeps what is there."""
    import typer

    msg.divider("The meta of the package")
    msg.text("Enter keeps the value in brackets.")
    meta = dict(existing_meta)
    for key, question in ASKED.items():
        meta[key] = typer.prompt(question, default=str(meta.get(key) or DEFAULTS[key])).strip()
    return meta


def get_third_party_dependencies(config: Mapping[str, Any], exclude: Sequence[str] = SimpleFrozenList()) -> list[str]:
    """Requirements, `name>=version,<next minor`, for the packages of the functions and factories that a config names.

    exclude   distributions that are left out; this library and what is part of it always are
    """
    from tagma.language.loading import packages_distributions
    from tagma.util.versions import get_minor_version_range, get_package_version

    modules = {module.partition(".")[0] for module in _modules(config) if module}
    known = packages_distributions()
    names = dict.fromkeys(name for module in sorted(modules) for name in known.get(module, ()))
    left_out = {_normal(name) for name in (*OWN, *exclude)}
    found = []
    for name in names:
        version = None if _normal(name) in left_out else get_package_version(name)
        if version is not None:
            found.append(name + get_minor_version_range(version))
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _modules(config: Mapping[str, Any]) -> Iterator[str]:
    """The modules of the functions and factories that [nlp] and [components] name."""
    from tagma.registries import registry

    lang = config.get("nlp", {}).get("lang")
    for block in _blocks({key: config.get(key, {}) for key in ("nlp", "components")}):
        for key, value in block.items():
            if key.startswith("@") and registry.has(key[1:], str(value)):
                yield _module(registry.get(key[1:], str(value)))
            elif key == "factory":
                names = [name for name in (f"{lang}.{value}", str(value)) if name in registry.factories]
                yield _module(registry.factories.get(names[0])) if names else ""


def _module(function: Callable[..., Any]) -> str:
    return str(getattr(getattr(function, "__wrapped_component__", function), "__module__", None) or "")


def _blocks(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _blocks(value)
