"""The files of a pipeline's Python package, and its archives.

write_package(folder, pipeline, meta, code)      pyproject.toml, the module with its data folder, README, licence
build_archive(folder, "wheel")                   dist/en_x-1.0.0-py3-none-any.whl
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tagma.cli._model_card import generate_readme
from tagma.language.packages import init_text
from tagma.util.versions import get_package_version

BUILD_SYSTEM = "setuptools>=77"
FORMATS = ("sdist", "wheel")
GROUPS = ("spacy_models", "tagma_models")  # so that either library lists the package
COPIED = ("README.md", "LICENSE", "LICENSES_SOURCES")


def write_package(folder: Path, pipeline: Path, meta: Mapping[str, Any], code: Sequence[Path]) -> bool:
    """Write the package into a new folder. Says whether the README is a new one, not the pipeline's own."""
    module = module_name(meta)
    data = folder / module / f"{module}-{meta['version']}"
    shutil.copytree(pipeline, data, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    for file in code:
        shutil.copy(file, folder / module / file.name)
    for name in COPIED:
        if (pipeline / name).is_file():
            shutil.copy(pipeline / name, folder / name)
    has_readme = (folder / "README.md").exists()
    if not has_readme:
        text = generate_readme(meta)
        for place in (folder, data):
            (place / "README.md").write_text(text, encoding="utf8")
    for place in (folder, folder / module, data):
        (place / "meta.json").write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n", encoding="utf8")
    (folder / module / "__init__.py").write_text(init_text([file.stem for file in code]), encoding="utf8")
    (folder / "MANIFEST.in").write_text(_manifest(module), encoding="utf8")
    (folder / "pyproject.toml").write_text(project_text(meta, sorted(p.name for p in folder.iterdir())), "utf8")
    return not has_readme


def module_name(meta: Mapping[str, Any]) -> str:
    """`en_name`, the name of the module and of the package."""
    return f"{meta['lang']}_{meta['name']}"


def _manifest(module: str) -> str:
    lines = ["include meta.json LICENSE LICENSES_SOURCES README.md", f"recursive-include {module} *"]
    return "\n".join([*lines, "global-exclude __pycache__ *.pyc", ""])


def project_text(meta: Mapping[str, Any], files: Sequence[str] = ()) -> str:
    """The pyproject.toml of a package; `files` are those beside it."""
    module = module_name(meta)
    project: dict[str, Any] = {
        "name": module,
        "version": meta["version"],
        "description": " ".join(str(meta.get("description") or "").split()),
        "readme": "README.md",
        "dependencies": [*(meta.get("setup_requires") or ()), *(meta.get("requirements") or ())],
    }
    author = {"name": meta.get("author"), "email": meta.get("email")}
    if any(author.values()):
        project["authors"] = [{key: value for key, value in author.items() if value}]
    if licence := licence_expression(str(meta.get("license") or "")):
        project["license"] = licence
    project["license-files"] = [name for name in COPIED[1:] if name in files]
    lines = ["[build-system]", f"requires = [{_toml(BUILD_SYSTEM)}]", 'build-backend = "setuptools.build_meta"', ""]
    lines += ["[project]", *(f"{key} = {_toml(value)}" for key, value in project.items()), ""]
    if url := meta.get("url"):
        lines += ["[project.urls]", f"Homepage = {_toml(url)}", ""]
    for group in GROUPS:
        lines += [f"[project.entry-points.{group}]", f"{module} = {_toml(module)}", ""]
    lines += ["[tool.setuptools]", "zip-safe = false", f"packages = [{_toml(module)}]", ""]
    data = ["meta.json", f"{module}-{meta['version']}/**/*"]
    lines += ["[tool.setuptools.package-data]", f"{module} = {_toml(data)}"]
    return "\n".join(lines) + "\n"


def licence_expression(text: str) -> str:
    """A licence as an SPDX expression, which packages need: `CC BY-SA 4.0` → `CC-BY-SA-4.0`, others `LicenseRef-…`."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    for candidate in (text, re.sub(r"\s+", "-", text.strip())):
        try:
            return canonicalize_license_expression(candidate)
        except InvalidLicenseExpression:
            continue
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")
    return f"LicenseRef-{plain}" if plain else ""


def _toml(value: Any) -> str:
    """A string, a list or an inline table in TOML. JSON's strings are TOML's, but for the character DEL."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_toml, value)) + "]"


def has_build() -> bool:
    """Whether the package `build` is installed, which builds with the setuptools that a package asks for."""
    return find_spec("build") is not None and find_spec("build.__main__") is not None


def has_wheel() -> bool:
    """Whether the setuptools of this environment can build the package, wheels included."""
    version = get_package_version("setuptools")
    return version is not None and int(version.split(".")[0]) >= 77


def build_archive(folder: Path, kind: str) -> Path:
    """Build the "sdist" or the "wheel" of a package into its `dist`. Raises RuntimeError with the log of a failure.

    The setuptools of this environment is taken where it is new enough, so that no network is needed.
    """
    if has_wheel():
        backend = f"from setuptools import build_meta; build_meta.build_{kind}('dist')"
        command = [sys.executable, "-c", backend]
    else:
        command = [sys.executable, "-m", "build", ".", f"--{kind}", "--outdir", "dist"]
    before = set(folder.glob("dist/*"))
    (folder / "dist").mkdir(exist_ok=True)
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    made = set(folder.glob("dist/*")) - before
    if ended.returncode or len(made) != 1:
        raise RuntimeError((ended.stdout + ended.stderr).strip())
    for rest in (folder / "build", *folder.glob("*.egg-info")):
        shutil.rmtree(rest, ignore_errors=True)
    return made.pop()
