"""Where things are in this repository."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def notebooks_in(folder):
    """Return the notebooks below a folder of the repository, sorted."""
    return sorted(
        path
        for path in (ROOT / folder).rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    )
