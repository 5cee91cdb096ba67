"""The plugin of mypy (nn/mypy.py). What type checkers find without it is in tests/test_typing.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tagma.nn.mypy import plugin

api = pytest.importorskip("mypy.api")
HERE = Path(__file__).parent / "typing"
ROOT = Path(__file__).parents[2]
# A configuration as Thinc's documentation gives it, with the plugin under its new name.
CONFIG = """
[mypy]
ignore_missing_imports = True
no_implicit_optional = True
{plugins}
allow_redefinition = True
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["right.py", "wrong.py"])
def test_a_configuration_with_the_plugin_works(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`plugins = tagma.nn.mypy` is read, and changes no result."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MYPYPATH", "src")
    reports = []
    for plugins in ("", "plugins = tagma.nn.mypy"):
        config = tmp_path / "mypy.ini"
        config.write_text(CONFIG.format(plugins=plugins), encoding="utf8")
        cache = ROOT / ".mypy_cache" / ("plugin" if plugins else "plain")
        output, problems, _ = api.run([str(HERE / name), "--config-file", str(config), "--cache-dir", str(cache)])
        assert not problems, problems
        reports.append(output)
    assert reports[0] == reports[1]
    assert bool(re.search(r": error:", reports[0])) == (name == "wrong.py")


def test_the_plugin_has_no_hooks() -> None:
    """Whatever the version of mypy, it is asked for nothing."""
    from mypy.options import Options
    from mypy.plugin import Plugin

    assert plugin("1.0") is Plugin
    assert plugin("2.0")(Options()).get_function_hook("tagma.nn.layers.chain.chain") is None
