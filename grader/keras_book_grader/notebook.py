"""Reads notebooks: any bytes in; out come cells, or a sentence that says why not."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property

LARGEST = 20_000_000  # bytes
MOST_CELLS = 20_000
HEADING = re.compile(r"^#+ (.+)$", re.M)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class UnreadableNotebook(Exception):
    """Bytes that hold no notebook, or none of this exercise; says why."""


@dataclass(frozen=True)
class Cell:
    """A cell, and what of its metadata matters."""

    source: str
    kind: str = "code"  # or "markdown"
    id: str | None = None
    grade_id: str | None = None
    points: float | None = None  # only a cell of checks has them
    is_answer: bool = False
    section: str = ""  # the last heading above it, or in it
    outputs: tuple = field(default=(), repr=False, compare=False)
    notebook: str = ""  # the name of its file, where cells of several are read

    @cached_property
    def raised(self):
        """What the cell raises, as it is stored, without colours."""
        errors = [o for o in self.outputs if o["output_type"] == "error"]
        lines = [line for error in errors for line in error["traceback"]]
        return without_escapes("\n".join(lines))

    @cached_property
    def printed(self):
        """What the cell prints, as it is stored, without colours."""
        texts = [text_of(output.get("text", "")) for output in self.outputs]
        return without_escapes("\n".join(texts))


def without_escapes(text):
    """Return a text without what colours it in a terminal, as Keras does."""
    return ESCAPES.sub("", text)


def text_of(source):
    """Return a text that a notebook may store as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def read_notebook(content):
    """Return the cells of a notebook of format 3 or 4, whatever else is in it."""
    if len(content) > LARGEST:
        megabytes = LARGEST // 1_000_000
        raise UnreadableNotebook(f"larger than {megabytes} MB: clear its outputs")
    if not content.strip():
        raise UnreadableNotebook("the file is empty")
    try:
        notebook = json.loads(content)
        cells = notebook.get("cells")
        if cells is None:
            cells = [c for sheet in notebook["worksheets"] for c in sheet["cells"]]
        if len(cells) > MOST_CELLS:
            raise UnreadableNotebook(f"more than {MOST_CELLS} cells")
        return _read(cells)
    except (ValueError, RecursionError):
        raise UnreadableNotebook("not a notebook: its JSON is broken") from None
    except (KeyError, TypeError, AttributeError):
        raise UnreadableNotebook("JSON, but not that of a notebook") from None


def code_cells(content):
    """Return the code cells of a notebook."""
    return [cell for cell in read_notebook(content) if cell.kind == "code"]


def _read(cells):
    section, found = "", []
    for cell in cells:
        nbgrader = (cell.get("metadata") or {}).get("nbgrader") or {}
        # A lone surrogate is legal JSON, but no text that can be sent on.
        source = text_of(cell.get("source", cell.get("input", "")))
        source = source.encode(errors="replace").decode()
        if cell.get("cell_type") == "markdown":
            section = [section, *HEADING.findall(source)][-1]
        found.append(
            Cell(
                source,
                kind=str(cell.get("cell_type")),
                id=_text_or_none(cell.get("id")),
                grade_id=_text_or_none(nbgrader.get("grade_id")),
                points=nbgrader.get("points") if nbgrader.get("grade") else None,
                is_answer=bool(nbgrader.get("solution")),
                section=section,
                outputs=tuple(cell.get("outputs") or ()),
            )
        )
    return found


def _text_or_none(value):
    return value if isinstance(value, str) else None
