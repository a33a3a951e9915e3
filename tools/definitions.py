"""The definitions of a notebook by name: what a reader would copy to use a layer."""

import ast
import functools
import symtable
from pathlib import Path

from keras_book_grader.notebook import code_cells

DEFINES = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign


def bound(node):
    """Return the names that a statement at the top of a cell defines."""
    if not isinstance(node, DEFINES):
        return []
    symbols = symtable.symtable(ast.unparse(node), "a notebook", "exec").get_symbols()
    return [s.get_name() for s in symbols if s.is_assigned() or s.is_imported()]


def names_from_outside(source):
    """Return the names that code looks up among the globals, or in Python itself."""

    def of(table):
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                yield symbol.get_name()
        for inner in table.get_children():
            yield from of(inner)

    return list(of(symtable.symtable(source, "a notebook", "exec")))


@functools.cache
def statements(path):
    """Return {name: (position, source, names used)} of a notebook's definitions."""
    found = {}
    cells = [cell.source for cell in code_cells(Path(path).read_bytes())]
    for place, cell in enumerate(cells):
        try:
            nodes = ast.parse(cell).body
        except SyntaxError:  # of a %magic, or shown on purpose
            continue
        for node in nodes:
            source = ast.unparse(node)
            for name in bound(node):
                entry = (place, node.lineno), source, names_from_outside(source)
                found.setdefault(name, entry)
    return found


@functools.cache
def definitions(path, expression):
    """Return the source of all that an expression needs from a notebook.

    Imports, constants, functions and classes, in the notebook's order; where a name is
    defined twice, the first. Names that the notebook doesn't define are left alone.
    """
    known = statements(path)
    wanted = names_from_outside(expression)
    found = {}
    while wanted:
        name = wanted.pop()
        if name in known and name not in found:
            found[name] = known[name]
            wanted += known[name][2]
    parts = dict(sorted((place, source) for place, source, _ in found.values()))
    return "\n".join(parts.values()) + "\n"
