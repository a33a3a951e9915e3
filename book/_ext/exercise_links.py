"""Under "Now you:" in a chapter, links to get the exercise of that chapter."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

PROMPT = "Now you:"


def colab_address(config, path):
    """Return the address at which Colab opens a file, or None without a public one."""
    theme = config.html_theme_options
    colab = theme.get("launch_buttons", {}).get("colab_url")
    source = urlsplit(theme.get("repository_url") or "")
    if not colab or source.netloc != "github.com":
        return None
    repository, branch = source.path.strip("/"), theme["repository_branch"]
    return f"{colab.rstrip('/')}/github/{repository}/blob/{branch}/{path}"


class ExerciseLinks(SphinxTransform):
    """Add the line, before Sphinx collects the files that pages offer."""

    default_priority = 500

    def apply(self):
        """Change nothing on a page without an exercise of the same name."""
        name = PurePosixPath(self.env.docname).name
        exercise = f"exercises/{name}/{name}"
        if exercise not in self.env.found_docs:
            return
        for prompt in list(self.document.findall(nodes.strong)):
            if prompt.astext() == PROMPT:
                paragraph = prompt.parent
                place = paragraph.parent.index(paragraph) + 1
                paragraph.parent.insert(place, self.line(f"{exercise}.ipynb"))

    def line(self, path):
        """Return the paragraph of links; on paper there is nothing to open."""
        line = nodes.paragraph("", "The exercise: ", classes=["d-print-none"])
        if address := colab_address(self.config, path):
            line += nodes.reference("", "Open in Colab", refuri=address)
            line += nodes.Text(" · ")
        line += addnodes.download_reference(
            "",
            "Download",
            reftarget=f"/{path}",
            refdoc=self.env.docname,
        )
        return line


def setup(app):
    """Register with Sphinx."""
    app.add_transform(ExerciseLinks)
    return {"parallel_read_safe": True}
