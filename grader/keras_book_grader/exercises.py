"""Where the exercises of the book are, by number or name."""

from pathlib import Path

from . import GraderError


def find_exercise(name, kind, root=None):
    """Return the notebook of an exercise, by its number or name, or a path to it.

    kind is "exercises", for what a learner works in, or "solutions".
    """
    given = Path(name)
    if given.suffix == ".ipynb":
        if given.is_file():
            return given
        raise GraderError(f"there is no notebook {given}")
    root = Path(root) if root else _root()
    notebooks = sorted(root.glob(f"{kind}/*/*.ipynb"))
    notebooks = [path for path in notebooks if path.stem == path.parent.name]
    fitting = [path for path in notebooks if path.stem == name] or [
        path for path in notebooks if path.stem.startswith(f"{name.zfill(2)}_")
    ]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(path.stem for path in fitting or notebooks) or "none"
    if fitting:
        raise GraderError(f"{name} may be one of {names}: give the whole name")
    raise GraderError(f"there is no exercise {name} in {root / kind}, only: {names}")


def _root():
    """Return the book's folder: here, above here, or where this package lies."""
    places = [
        Path.cwd(),
        *Path.cwd().parents,
        Path(__file__).resolve().parents[2],
    ]
    for place in places:
        if (place / "exercises").is_dir():
            return place
    raise GraderError("no folder exercises here: change to the book's folder")
