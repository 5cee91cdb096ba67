"""`python -m tagma.compat script.py [args]`, or `-m module [args]`: run code that imports spacy or thinc on tagma."""

import io
import os
import runpy
import sys
from types import ModuleType, TracebackType

from tagma.compat import install

USAGE = "Usage: python -m tagma.compat script.py [args]\n       python -m tagma.compat -m module [args]"
HELP = f"""{USAGE}

Runs a script or a module with spacy and thinc resolving to tagma. All else is as with python itself: sys.argv,
sys.path, __main__, tracebacks and exit status. Processes that are started by "spawn" (macOS, Windows) import the script
anew: there, call tagma.compat.install() in its first lines instead.

Example: python -m tagma.compat train_tagger.py corpus/train.spacy"""


def main() -> None:
    """Run what the command line names. Exit status 2 for wrong usage, else that of the code."""
    arguments = sys.argv[1:]
    if arguments and arguments[0] in ("-h", "--help"):
        print(HELP)
        sys.exit(0)
    is_module = arguments[:1] == ["-m"]
    arguments = arguments[is_module:]
    if not arguments:
        print(USAGE, file=sys.stderr)
        sys.exit(2)
    target = arguments[0]
    if not is_module and not os.path.exists(target):
        print(f"{USAGE}\n\nNo such script: {target}", file=sys.stderr)
        sys.exit(2)
    install()
    sys.argv = arguments
    try:
        if is_module:
            _run_module(target)
        elif os.path.isdir(target) or target.endswith((".zip", ".pyz")):
            runpy.run_path(target, run_name="__main__")
        else:
            _run_script(target)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        error.__traceback__ = _without_own_frames(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


def _run_script(script: str) -> None:
    path = os.path.abspath(script)
    sys.path[0] = os.path.dirname(path)
    # A module that stays: what the script pickles or registers at exit finds its names in it.
    module = ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    with io.open_code(path) as file:
        source = file.read()
    exec(compile(source, path, "exec"), module.__dict__)


def _run_module(name: str) -> None:
    sys.path[0] = os.getcwd()
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    except ImportError as error:
        if error.__traceback__ is None or _without_own_frames(error.__traceback__) is not None:
            raise  # of an import in the module
        print(f"{sys.executable}: {error}", file=sys.stderr)
        sys.exit(1)


def _without_own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that is the user's code."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename in (
        __file__,
        runpy.__file__,
        "<frozen runpy>",
    ):
        traceback = traceback.tb_next
    return traceback


if __name__ == "__main__":
    main()
