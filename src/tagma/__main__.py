"""`python -m tagma` is the command `tagma`."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C says no more while it is loaded than later."""
    try:
        from tagma.cli import setup_cli

        setup_cli()
    except KeyboardInterrupt:
        print("Aborted!", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
