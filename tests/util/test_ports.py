"""Free ports."""

import socket

import pytest

from tagma.util import ports
from tagma.util.ports import find_available_port

HOST = "127.0.0.1"


def test_a_port_in_use_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one asked for if it is free, else an error, or the next one with a warning."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match="E1050"):
            find_available_port(port, HOST)
        with pytest.warns(UserWarning, match="W124"):
            assert find_available_port(port, HOST, auto_select=True) > port
        monkeypatch.setattr(ports, "LAST_PORT", port)
        with pytest.raises(ValueError, match="E1049"):
            find_available_port(port, HOST, auto_select=True)
    assert find_available_port(port, HOST) == port
