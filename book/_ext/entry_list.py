"""What a list on a page has in common that is made of a YAML file and the notebooks."""

from pathlib import Path

from sphinx.util.docutils import SphinxDirective

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


class EntryList(SphinxDirective):
    """A list, made again in each build, since the sections are looked up.

    A subclass has `entries`, the name of the file, and `paragraphs(book)`, which gives
    the Markdown of the list, from what stands in the folder `book`.
    """

    def run(self):
        """Return the nodes of the list; an entry that is wrong ends the build."""
        self.env.note_reread()
        try:
            paragraphs = list(self.paragraphs(Path(self.env.srcdir, "book")))
        except KeyError as missing:
            problem = f"an entry lacks {missing}"
        except (ValueError, OSError) as error:
            problem = str(error)
        else:
            text = "\n\n".join(paragraphs)
            return self.parse_text_to_nodes(text, allow_section_headings=True)
        raise self.error(f"book/{self.entries}: {problem}")
