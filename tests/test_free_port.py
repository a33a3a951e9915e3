"""A second `make serve` ends before it touches what the first one serves."""

import socket
import subprocess
import sys

from repository import ROOT


def free_port(port):
    command = [sys.executable, ROOT / "tools" / "free_port.py", str(port)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        taken = free_port(port)
    assert taken.returncode == 1 and f"Port {port} is taken" in taken.stderr
    assert free_port(port).returncode == 0
