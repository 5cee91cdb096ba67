"""What `importlib.metadata` says of a package that stands for tagma. Imported when that is asked: it takes its time."""

from importlib.metadata import Distribution
from typing import Any

from tagma import about


class AliasDistribution(Distribution):
    """A distribution of that name and version, which has no files."""

    def __init__(self, name: str, version: str) -> None:
        self._texts = {
            "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            f"Summary: {about.__title__} {about.__version__} under the name of {name}\n",
            "top_level.txt": f"{name}\n",
        }

    def read_text(self, filename: str) -> str | None:
        """One of the files about the distribution, None if there is none such."""
        return self._texts.get(filename)

    def locate_file(self, path: Any) -> Any:
        """The path itself."""
        return path
