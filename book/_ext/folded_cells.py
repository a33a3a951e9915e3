"""Fold an exercise's checks on its page: they are longer than the question above them.

Only the page is made of this. The notebook itself, and the one to download, stay as
they are.
"""

import json

PROMPTS = {"code_prompt_show": "Show the checks", "code_prompt_hide": "Hide the checks"}


def fold(app, docname, source):
    """Change what Sphinx has read of a notebook."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        metadata = cell["metadata"]
        if metadata.get("nbgrader", {}).get("grade"):
            metadata["tags"] = [*metadata.get("tags", []), "hide-input"]
            metadata.setdefault("mystnb", {}).update(PROMPTS)
    source[0] = json.dumps(notebook)
