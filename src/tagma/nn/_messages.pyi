from collections.abc import Callable
from typing import Any

def read(data: Any, special: Callable[[dict[Any, Any]], Any], marks: tuple[bytes, ...]) -> Any: ...
