"""Lists that are made of a YAML file and the notebooks, with a directive for each."""

from pathlib import Path

from sphinx.util.docutils import SphinxDirective

import fault_list
import message_index
import question_list

# The file in book/, and what gives the Markdown of the list from what stands there.
LISTS = {
    "keras-faults": ("keras_faults.yml", fault_list.faults),
    "message-index": ("messages.yml", message_index.messages),
    "questions": ("questions.yml", question_list.questions),
    "silent-failures": ("messages.yml", message_index.silent_failures),
}


class EntryList(SphinxDirective):
    """A list, made again in each build, since the sections are looked up."""

    def run(self):
        """Return the nodes of the list; an entry that is wrong ends the build."""
        self.env.note_reread()
        entries, paragraphs = LISTS[self.name]
        try:
            text = "\n\n".join(paragraphs(Path(self.env.srcdir, "book")))
        except KeyError as missing:
            problem = f"an entry lacks {missing}"
        except (ValueError, OSError) as error:
            problem = str(error)
        else:
            return self.parse_text_to_nodes(text, allow_section_headings=True)
        raise self.error(f"book/{entries}: {problem}")
