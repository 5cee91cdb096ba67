"""The finder that makes modules of languages."""

import subprocess
import sys

from tagma.doors.languages import find_languages


def test_is_there_once() -> None:
    """Asking for it again changes nothing; it finds no other modules."""
    before = list(sys.meta_path)
    find_languages()
    assert sys.meta_path == before


def test_nothing_is_loaded_before_a_language_is_asked_for() -> None:
    """Importing the library makes no module of a language, and not the table."""
    code = (
        "import sys, tagma\n"
        "assert not [name for name in sys.modules if name.startswith('tagma.lang')]\n"
        "from tagma.lang.fr import French\n"
        "assert 'tagma.lang.de' not in sys.modules\n"
        "print(French.lang, sys.modules['tagma.lang.fr'].__spec__.origin)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stdout.strip()) == (0, "fr table of languages"), result.stderr
