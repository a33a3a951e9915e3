"""Where things are in this repository, and whether they have changed."""

import hashlib
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def notebooks_in(*folders):
    """Return the notebooks below folders of the repository, sorted."""
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    )


def digest(*parts):
    """Return a digest of what JSON can hold."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
