from tagma.nn.types import Floats1d

def read_row(line: str, row: Floats1d) -> str | None:
    """Put the numbers at the end of a line into a row; the text before them, None where there are fewer.

    One space stands between numbers, and before the first. Raises ValueError for what is no number.
    """
