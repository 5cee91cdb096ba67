"""Loading pipelines: by package, folder or config; their meta.json and config.cfg."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma import about
from tagma.errors import OLD_MODEL_SHORTCUTS, Errors, Warnings
from tagma.language.codes import get_lang_class
from tagma.nn.config import Config, ConfigValidationError
from tagma.registries import registry
from tagma.util.dotted import dict_to_dot, dot_to_dict, dot_to_object
from tagma.util.folders import settle
from tagma.util.paths import read_text
from tagma.util.versions import (
    get_model_lower_version,
    is_compatible_version,
    is_package,
    is_unconstrained_version,
)

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.vocab import Vocab

__all__ = [
    "CONFIG_SECTION_ORDER",
    "NEW_CONFIG",
    "get_installed_models",
    "get_model_meta",
    "get_package_path",
    "load_config",
    "load_config_from_str",
    "load_meta",
    "load_model",
    "load_model_from_config",
    "load_model_from_init_py",
    "load_model_from_package",
    "load_model_from_path",
    "nested",
    "packages_distributions",
    "resolve_dot_names",
]

Names = str | Iterable[str]
NEW_CONFIG = "'tagma init config' writes a whole config."
OF_CONFIG = ("[E048]", "[E956]", "[E958]", "[E984]", "[E985]", "[E993]")  # errors about what a config says
CONFIG_SECTION_ORDER = [
    "paths",
    "variables",
    "system",
    "nlp",
    "components",
    "corpora",
    "training",
    "pretraining",
    "initialize",
]


def load_model(
    name: str | Path,
    *,
    vocab: Vocab | bool = True,
    disable: Names = (),
    enable: Names = (),
    exclude: Names = (),
    config: dict[str, Any] | Config = {},  # noqa: B006 - read only
) -> Language:
    """A pipeline by the name of its package, the path of its folder, or as "blank:en".

    disable, enable    components that are loaded but do not run; if `enable` is given, all others
    exclude            components that are not loaded
    config             settings in place of the saved ones, nested or dotted
    Raises OSError: E050 no such pipeline, E052 no such folder, E053 file missing, E941 an old short name.
    """
    load = _loader(name)
    return load(vocab=vocab, disable=disable, enable=enable, exclude=exclude, config=config)


def _loader(name: str | Path) -> Callable[..., Language]:
    """What loads the pipeline that a name stands for. Raises OSError E050, E941."""
    if not isinstance(name, str):
        if hasattr(name, "exists"):
            return partial(load_model_from_path, name)
    elif name.startswith("blank:"):
        return partial(_blank, name.removeprefix("blank:"))
    elif is_package(name):
        return partial(load_model_from_package, name)
    elif settle(name).exists():
        return partial(load_model_from_path, Path(name))
    if (full := OLD_MODEL_SHORTCUTS.get(str(name))) is not None:
        raise OSError(Errors.E941.format(name=name, full=full))
    raise OSError(Errors.E050.format(name=str(name)))


def _blank(lang: str, *, vocab: Vocab | bool, config: dict[str, Any] | Config, **options: Any) -> Language:
    """A pipeline without components; options that are about components say nothing here."""
    return get_lang_class(lang).from_config(Config(nested(config)), vocab=vocab)


def nested(config: dict[str, Any] | Config) -> dict[str, Any]:
    """A config given with dotted names (which become lower-case) as nested dicts."""
    return dot_to_dict(dict_to_dot(config)) if any("." in str(key) for key in config) else dict(config)


def load_model_from_package(name: str, **options: Any) -> Language:
    """The pipeline of an installed package; options as of `load_model`."""
    return importlib.import_module(name).load(**options)


def load_model_from_path(
    model_path: Path,
    *,
    meta: dict[str, Any] | None = None,
    vocab: Vocab | bool = True,
    disable: Names = (),
    enable: Names = (),
    exclude: Names = (),
    config: dict[str, Any] | Config = {},  # noqa: B006 - read only
) -> Language:
    """The pipeline of a folder. Raises OSError E052, E053."""
    folder = _existing(settle(model_path))
    meta = meta or get_model_meta(folder)
    overrides = dict_to_dot(config, for_overrides=True)
    file = folder / "config.cfg"
    with _naming_config(file):
        saved = load_config(file, overrides=overrides)
        if "nlp" not in saved:
            raise ValueError(Errors.E985.format(besides="Copy the pipeline again, or save it again."))
        nlp = load_model_from_config(saved, meta=meta, vocab=vocab, disable=disable, enable=enable, exclude=exclude)
    return nlp.from_disk(model_path, exclude=exclude, overrides=overrides)


@contextmanager
def _naming_config(file: Path) -> Iterator[None]:
    """Have errors with a code, and those of a ConfigValidationError, name the file of the config that is wrong."""
    try:
        yield
    except ConfigValidationError as error:
        if str(file.name) in str(error.desc):  # one of a pipeline that this one takes components from
            raise
        desc = f"{error.desc} In {file}".strip() if error.desc else f"In {file}"
        raise ConfigValidationError.from_error(error, desc=desc) from None
    except (ValueError, ImportError) as error:
        text = str(error)
        if text.startswith(OF_CONFIG) and file.name not in text:
            raise type(error)(f"{text} The config is {file}.") from error
        raise


def load_model_from_config(
    config: dict[str, Any] | Config,
    *,
    meta: dict[str, Any] = {},  # noqa: B006 - read only
    vocab: Vocab | bool = True,
    disable: Names = (),
    enable: Names = (),
    exclude: Names = (),
    auto_fill: bool = False,
    validate: bool = True,
) -> Language:
    """A pipeline with new components. Raises ValueError: E985 no [nlp], E993 no language."""
    if "nlp" not in config:
        raise ValueError(Errors.E985.format(besides=NEW_CONFIG))
    lang = config["nlp"].get("lang")
    if not lang:
        raise ValueError(Errors.E993)
    return get_lang_class(lang).from_config(
        config,
        vocab=vocab,
        disable=disable,
        enable=enable,
        exclude=exclude,
        auto_fill=auto_fill,
        validate=validate,
        meta=meta,
    )


def load_model_from_init_py(
    init_file: str | Path,
    *,
    vocab: Vocab | bool = True,
    disable: Names = (),
    enable: Names = (),
    exclude: Names = (),
    config: dict[str, Any] | Config = {},  # noqa: B006 - read only
) -> Language:
    """The pipeline whose data folder lies beside the `__init__.py` of its package."""
    package = Path(init_file).parent
    meta = get_model_meta(package)
    data = "{lang}_{name}-{version}".format_map(meta)
    return load_model_from_path(
        package / data, meta=meta, vocab=vocab, disable=disable, enable=enable, exclude=exclude, config=config
    )


def load_config(
    path: str | Path,
    overrides: dict[str, Any] = {},  # noqa: B006 - read only
    interpolate: bool = False,
) -> Config:
    """A config from a file, "-" for standard input. Raises OSError E053 if there is no such file."""
    from tagma.nn._config import in_file

    is_stdin = str(path) == "-"
    text = sys.stdin.read() if is_stdin else read_text(_existing_file(Path(path)))
    with in_file("Standard input" if is_stdin else path):
        return load_config_from_str(text, overrides, interpolate)


def _existing(folder: Path) -> Path:
    if not folder.exists():
        raise OSError(Errors.E052.format(path=folder))
    return folder


def _existing_file(file: Path) -> Path:
    if not file.is_file():
        raise OSError(Errors.E053.format(path=file.parent, name=file.name))
    return file


def load_config_from_str(
    text: str,
    overrides: dict[str, Any] = {},  # noqa: B006 - read only
    interpolate: bool = False,
) -> Config:
    """A config from its text, with dotted overrides; its sections in the usual order when written."""
    config = Config(section_order=CONFIG_SECTION_ORDER)
    return config.from_str(text, overrides=overrides, interpolate=interpolate)


def get_model_meta(path: str | Path) -> dict[str, Any]:
    """The meta.json of a pipeline's folder."""
    return load_meta(Path(path) / "meta.json")


def load_meta(path: str | Path) -> dict[str, Any]:
    """A meta.json. Raises OSError E052, E053; ValueError E054 for a setting that is missing. Warns W094, W095."""
    import srsly

    path = Path(path)
    _existing(path.parent)
    _existing_file(path)
    try:
        meta = srsly.read_json(path)
    except ValueError as error:
        raise OSError(f"{Errors.E053.format(path=path.parent, name=path.name)} ({error})") from error
    for setting in ("lang", "name", "version"):
        if not isinstance(meta, dict) or not meta.get(setting):
            raise ValueError(Errors.E054.format(setting=setting))
    if not isinstance(meta.get("vectors", {}), dict):
        raise ValueError(Errors.E4010.format(what=path, reason="'vectors' is no map"))
    if "spacy_version" in meta:
        _check_version(meta)
    return meta


def _check_version(meta: dict[str, Any]) -> None:
    level = about.__spacy_version__
    wanted = str(meta["spacy_version"])
    described = {"model": f"{meta['lang']}_{meta['name']}", "model_version": meta["version"]}
    if not is_compatible_version(level, wanted):
        lower = get_model_lower_version(wanted)
        shown = f"{lower} and later" if lower else repr(wanted)
        warnings.warn(Warnings.W095.format(version=shown, current=level, **described), stacklevel=4)
    if is_unconstrained_version(wanted):
        warnings.warn(Warnings.W094.format(version=wanted, **described), stacklevel=4)


def resolve_dot_names(config: Config, dot_names: Iterable[str | None]) -> tuple[Any, ...]:
    """What each dotted name of a config resolves to; None stays None. Each top-level section is resolved once.

    Raises ConfigValidationError for a name that is not there.
    """
    if not getattr(config, "is_interpolated", True):
        config = config.interpolate()
    names = list(dot_names)
    wanted = {name.split(".")[0] for name in names if name is not None}
    try:
        resolved = registry.resolve({section: block for section, block in config.items() if section in wanted})
    except ValueError as error:
        if not str(error).startswith("[E913]"):
            raise
        raise ValueError(f"{error} {_null_paths(config, names)}") from None
    objects: list[Any] = []
    errors = []
    for name in names:
        try:
            objects.append(None if name is None else dot_to_object(resolved, name))
        except KeyError:
            errors.append({"loc": str(name).split("."), "msg": "no such section or setting in this config"})
    if errors:
        raise ConfigValidationError(config=config, errors=errors, show_config=False)
    return tuple(objects)


def _null_paths(config: Config, names: Iterable[str | None]) -> str:
    null = []
    for name in names:
        try:
            block = dot_to_object(config, str(name))
        except KeyError:
            continue
        if isinstance(block, dict) and "path" in block and not block["path"]:
            null.append(f"{'null' if block['path'] is None else 'empty'} in [{name}]")
    return f"It is {' and '.join(null)}." if null else ""


def get_installed_models() -> list[str]:
    """Names of the installed pipeline packages."""
    return registry.models.names()


def get_package_path(name: str) -> Path:
    """Folder of an installed package, which is imported."""
    return Path(str(importlib.import_module(name).__file__)).parent


def packages_distributions() -> dict[str, list[str]]:
    """{top-level module: names of the distributions it comes from}."""
    from importlib import metadata

    return dict(metadata.packages_distributions())
