"""Loading pipelines: by package, folder or config; their meta.json."""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma import about
from tagma.errors import OLD_MODEL_SHORTCUTS, Errors, Warnings
from tagma.language.codes import get_lang_class
from tagma.language.configs import NEW_CONFIG, existing, existing_file, load_config, nested
from tagma.language.language import Language
from tagma.language.packages import find_package, folder_of
from tagma.nn.config import Config, ConfigValidationError, code_of
from tagma.registries import registry
from tagma.util.collector import collector_paused
from tagma.util.dotted import dict_to_dot
from tagma.util.folders import settle
from tagma.util.json_text import read_json
from tagma.util.names import Names
from tagma.util.versions import (
    get_model_lower_version,
    is_compatible_version,
    is_package,
    is_unconstrained_version,
)

if TYPE_CHECKING:
    from tagma.vocab import Vocab

__all__ = [
    "get_installed_models",
    "get_model_meta",
    "get_package_path",
    "load_meta",
    "load_model",
    "load_model_from_config",
    "load_model_from_init_py",
    "load_model_from_package",
    "load_model_from_path",
    "packages_distributions",
]

PUBLISHED = (
    "The pipelines that spaCy publishes are packages for pip, https://github.com/explosion/spacy-models/releases: "
    "install one with --no-deps, since it asks for spaCy, which tagma does not need."
)
OF_CONFIG = ("E048", "E956", "E958", "E984", "E985", "E993")  # errors about what a config says


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
    with collector_paused():
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
        blank = f", or 'blank:{name}' for one without components"
        raise OSError(Errors.E941.format(name=name, full=full, blank=blank) + f" {PUBLISHED}")
    raise OSError(Errors.E050.format(name=str(name)) + (f" {PUBLISHED}" if _is_published(str(name)) else ""))


def _is_published(name: str) -> bool:
    """Whether a name is like those of the pipelines that spaCy's authors publish: `en_core_web_sm`."""
    return re.fullmatch(r"[a-z]{2,3}_[a-z0-9]+_[a-z0-9]+_(sm|md|lg|trf)", name) is not None


def _blank(lang: str, *, vocab: Vocab | bool, config: dict[str, Any] | Config, **options: Any) -> Language:
    """A pipeline without components; options that are about components say nothing here."""
    return get_lang_class(lang).from_config(Config(nested(config)), vocab=vocab)


def load_model_from_package(name: str, **options: Any) -> Language:
    """The pipeline of an installed package; options as of `load_model`.

    The folder in the package is loaded, by this library, and the package is not imported: unless it holds code of its
    own, such as components of the pipeline, which then registers them. Code that imports spaCy needs the alias.
    Raises OSError: E050 not installed, E4030 no pipeline; RuntimeError E4032 without the alias.
    """
    package = find_package(name)
    if not package.has_code:
        return load_model_from_init_py(package.folder / "__init__.py", **options)
    from tagma.compat import is_installed

    if package.foreign and not is_installed():
        raise RuntimeError(Errors.E4032.format(name=package.name, files=", ".join(package.foreign)))
    nlp = importlib.import_module(package.name).load(**options)
    if isinstance(nlp, Language):
        return nlp
    raise OSError(Errors.E4033.format(name=package.name, type=f"{type(nlp).__module__}.{type(nlp).__qualname__}"))


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
    folder = existing(settle(model_path))
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
        if code_of(error) in OF_CONFIG and file.name not in str(error):
            raise type(error)(error.args[0] + f" The config is {file}.") from error
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


def get_model_meta(path: str | Path) -> dict[str, Any]:
    """The meta.json of a pipeline's folder."""
    return load_meta(Path(path) / "meta.json")


def load_meta(path: str | Path) -> dict[str, Any]:
    """A meta.json. Raises OSError E052, E053; ValueError E054 for a setting that is missing. Warns W094, W095."""
    path = Path(path)
    existing(path.parent)
    existing_file(path)
    try:
        meta: dict[str, Any] = read_json(path)
    except ValueError as error:
        raise OSError(Errors.E053.format(path=path.parent, name=path.name) + f" ({error})") from error
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


def get_installed_models() -> list[str]:
    """Names of the installed pipeline packages."""
    return registry.models.names()


def get_package_path(name: str) -> Path:
    """Folder of an installed package, which is not imported. Raises OSError E050."""
    return folder_of(name)


def packages_distributions() -> dict[str, list[str]]:
    """{top-level module: names of the distributions it comes from}."""
    from importlib import metadata

    return dict(metadata.packages_distributions())
