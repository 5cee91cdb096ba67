"""`python -m tagma.compat script.py [args]`: run a script that says `import spacy` or `import thinc` on tagma."""

import os
import runpy
import sys

from tagma.compat import install

USAGE = "Usage: python -m tagma.compat script.py [args]"


def main() -> None:
    """The script sees what `python script.py [args]` would show it: sys.argv, sys.path[0] and __main__."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(f"{USAGE}\n\nRuns a script with spacy and thinc resolving to tagma.")
        sys.exit(0 if len(sys.argv) > 1 else 2)
    script = sys.argv[1]
    if not os.path.exists(script):
        print(f"{USAGE}\n\nNo such script: {script}", file=sys.stderr)
        sys.exit(2)
    install()
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
