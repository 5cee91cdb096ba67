"""Ports that a server can listen on."""

from __future__ import annotations

import socket
import warnings

from tagma.errors import Errors, Warnings

__all__ = ["find_available_port"]

LAST_PORT = 65535


def find_available_port(start: int, host: str, auto_select: bool = False) -> int:
    """`start`, if nothing listens there, else with `auto_select` the next port that is free (W124).

    Raises ValueError: E1050 for a port in use, E1049 where none up to 65535 is free.
    """
    if not _is_in_use(start, host):
        return start
    if not auto_select:
        raise ValueError(Errors.E1050.format(port=start, host=host))
    for port in range(start + 1, LAST_PORT + 1):
        if not _is_in_use(port, host):
            warnings.warn(Warnings.W124.format(host=host, port=start, chosen=port), stacklevel=2)
            return port
    raise ValueError(Errors.E1049.format(host=host, port=start, last=LAST_PORT))


def _is_in_use(port: int, host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
