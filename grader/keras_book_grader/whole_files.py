"""Writes a file whole or not at all, whenever the disk is full or the power fails."""

import contextlib
import os


@contextlib.contextmanager
def whole_file(path, mode="w", **options):
    """Open a file as `open` does; it takes its place once all of it is written."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(unfinished, mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
