"""`python -m tagma` is the command `tagma`."""

from tagma.cli._util import setup_cli

if __name__ == "__main__":
    setup_cli()
