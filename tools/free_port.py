"""End with a sentence if a port of this machine is taken.

    python tools/free_port.py 8000

A second `make serve` would take the folder from under the first.
"""

import socket
import sys

if __name__ == "__main__":
    port = int(sys.argv[1])
    with socket.socket() as attempt:
        if attempt.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(
                f"Port {port} is taken: end what serves there, or choose PORT=8001."
            )
