"""Which entry of Appendix B fits an error best, as a person pastes it.

What is pasted is cut into pieces: paragraphs, without frames and places. A word weighs
the more, the fewer entries have it. An entry fits a piece that holds most of its
message, by weight. The last piece that an entry fits counts first, since there stands
what was raised in the end. book/_static/error_field.js does the same in a browser, with
the patterns and numbers of this module; tests/test_weighing.py holds the two together.
"""

import math
import re
from collections import Counter
from functools import cache

from .messages import all_messages, cells, cells_with, first_lines, held

QUOTE = r"^[ \t]*(?:>[ \t]?)+"  # of an answer by mail or in a thread
# What is written in several ways, and what says nothing of the error: [pattern, instead
# of it], in this order. Python and JavaScript read these patterns alike.
REPLACED = [
    [r"\r|\x1b?\[\d+(?:;\d+)*m|\x1b\[[\d;?]*[A-Za-z]", ""],  # colours of a terminal
    [r"&#0?39;|&#x27;|&apos;", "'"],
    [r"&quot;", '"'],
    [r"&gt;", ">"],
    [r"&lt;", "<"],
    [r"[\xa0\u2000-\u200a\u202f\u3000]", " "],
    [r"[\u2018\u2019]", "'"],
    [r"^\[?\d{4}-\d\d-\d\d[ T][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]? ?", ""],  # a log's time
    [r"^(?:E|[ \t]*[\u2502|]) {2,}", ""],  # pytest, or a frame around an error
    [r"\{\{[^}\n]{0,300}\}\}|\[\[[^\]\n]{0,300}\]\]|\[Op:[^\]\n]{0,300}\]", " "],
    [r"https?://\S+|/(?:job|device):\S+", " "],
    [
        r"\b(?:tensorflow\.(?:python\.)?)?keras\.(?:(?:api|src|_tf_keras|_v2|keras)\.)*",
        "keras.",
    ],
    [r"Exception encountered when calling (?:layer )?\S+", "\n\n"],
]
# Where a paste is cut.
CUT = [
    r"(?:^\w+ {2,})?Traceback \(most recent call last\):?",
    r"During handling of the above exception, another exception occurred:?",
    r"The above exception was the direct cause of the following exception:?",
    r'File "[^"\n]*", line \d+(?:, in \S+)?'
    r"(?:\n {4,}(?!\w+(?:Error|Warning): )[^\n]*)*",
    r"^(?:File \S+:\d+|Cell In|Input In|<ipython-input|/\S+ in )[^\n]*",
    r"^(?: {3,}|-+> ?)\d+ [^\n]*",  # places and lines of code in Jupyter
    r"^[^\n\"]{1,300}?\.py:\d+:(?: \w+$)?|^>(?: {3}[^\n]*|$)",  # the same in pytest
    r"\n[ \t]*\n",
    r"(?:Exception|Error) encountered:",
    r"(?:^|[\s(])(?=(?:[a-z_]+\.)*[A-Z]?\w*(?:Error|Exception|Warning)(?:: |\(|$))",
]
# Where a paste shows code that ran, a message of Python itself counts only if one of
# these ran as well.
RAN = r"Traceback|File \"|Cell In|\.py:\d"
OURS = r"keras|tensorflow|lambda|layers|\btf\.|\b(?:train|test)_step\b"
OURS += r"|loss\(\) (?:missing|takes)\b|history\.history|model\.compile\("
# What follows is no part of the message.
END = r"[Aa]rguments received by|Full object config:|config=\{"
WORD = r"[a-z_][a-z_0-9]+"
QUOTED = r"'([^'\n]+)'"
LONGEST = 200_000  # characters, from the end: there stands the error
MOST_OF_MESSAGE = 0.75  # of its weight, for an entry to fit
# Or so much of the piece, if it weighs enough: as many words that no entry has.
MOST_OF_PIECE, ENOUGH = 0.8, 1.9
MOST_PIECES = 200  # from the end, each once
SHOWN = 3
GUARDS = ["own", "without", "around", "python"]  # of an entry, for what else it says


def plain(paste):
    """Return a paste as it was before it was quoted, indented or put into one line."""
    text = paste[-LONGEST:]
    if "\n" not in text.strip():
        text = text.replace("\\n", "\n").replace('\\"', '"')
    lines = text.split("\n")
    quoted = [line for line in lines if re.match(QUOTE, line)]
    if 2 * len(quoted) > len([line for line in lines if line.strip()]):
        lines = [re.sub(QUOTE, "", line) for line in lines]
    written = [line for line in lines if line.strip()]
    indent = min((len(line) - len(line.lstrip(" ")) for line in written), default=0)
    return "\n".join(line[indent:] for line in lines)


def pieces(paste):
    """Return the pieces of a paste, in small letters, the last one first."""
    text = plain(paste)
    for pattern, instead in REPLACED:
        text = re.sub(pattern, instead, text, flags=re.M | re.A)
    found = re.split("|".join(CUT), text, flags=re.M | re.A)
    found = [re.split(END, piece)[0].strip().lower() for piece in found]
    each_once = dict.fromkeys(piece for piece in reversed(found) if piece)
    return list(each_once)[:MOST_PIECES]


def words(piece):
    """Return the words of a piece, and whole what the end of a line may have cut."""
    whole = re.sub(r"\n\s*", "", piece)
    return set(re.findall(WORD, piece)) | set(re.findall(WORD, whole))


def bare(text):
    """Return a text without white space, wherever it was wrapped."""
    return re.sub(r"\s", "", text.lower())


def has(text, needs):
    """Say whether a bare text has each of some needs, in one of its ways."""
    return all(any(way in text for way in need) for need in needs)


class Weighing:
    """Knows the entries, and how much their words weigh."""

    def __init__(self, entries):
        """Take a dict for each, with what known() reads."""
        self.entries = [known(entry) for entry in entries]
        count = Counter(word for entry in self.entries for word in entry["all"])
        most = len(self.entries)
        self.weights = {
            word: round(math.log(1 + most / n), 3) for word, n in count.items()
        }
        self.unknown = round(math.log(1 + most), 3)

    def weight(self, some):
        """Return what some words weigh together."""
        return sum(self.weights.get(word, self.unknown) for word in some)

    def score(self, piece, found, entry):
        """Return how well an entry fits a piece and its words: 0 if it doesn't."""
        if entry["whole"]:
            return self.unknown if bare(piece) == entry["whole"] else 0
        text = bare(piece)
        if not has(text, entry["needs"]):
            return 0
        if entry["without"] and re.search(entry["without"], text):
            return 0
        shared = self.weight(found & entry["message"])
        of_message = shared / self.weight(entry["message"])
        all_shared = self.weight(found & entry["all"])
        of_piece = all_shared / (self.weight(found) or 1)
        if of_message < MOST_OF_MESSAGE and (
            of_piece < MOST_OF_PIECE or all_shared < ENOUGH * self.unknown
        ):
            return 0
        fits = 2 * of_message * shared + all_shared
        return round(fits + self.unknown * len(entry["needs"]), 6)

    def rank(self, paste):
        """Return the places of the entries that fit, the best of each piece first."""
        foreign = re.search(RAN, paste) and not re.search(OURS, paste, re.I)
        near = bare(paste)
        possible = [
            (place, entry)
            for place, entry in enumerate(self.entries)
            if not (foreign and entry["python"]) and has(near, entry["around"])
        ]
        best, highest = [], {}
        for piece in pieces(paste):
            found, scores = words(piece), {}
            for place, entry in possible:
                score = self.score(piece, found, entry)
                if score:
                    score += self.unknown * sum(word in near for word in entry["near"])
                    scores[place] = score
            best += sorted(scores, key=scores.get, reverse=True)[:1]
            for place, score in scores.items():
                highest[place] = max(score, highest.get(place, 0))
        ranked = sorted(sorted(highest), key=highest.get, reverse=True)
        same = [self.entries[place]["same"] for place in best + ranked]
        return list(dict.fromkeys(same))[:SHOWN]

    def data(self):
        """Return all of it for JavaScript, with the rules of this module."""
        names = "QUOTE REPLACED CUT END WORD RAN OURS LONGEST MOST_PIECES SHOWN"
        names += " MOST_OF_MESSAGE MOST_OF_PIECE ENOUGH"
        entries = [
            {key: sorted(v) if isinstance(v, set) else v for key, v in entry.items()}
            for entry in self.entries
        ]
        rules = {name: globals()[name] for name in names.split()}
        return rules | {
            "entries": entries,
            "weights": self.weights,
            "unknown": self.unknown,
        }


def known(entry):
    """Return what the weighing knows of an entry.

    The book's own names in a message don't count. What else is quoted in it has to be
    in the piece, and what it needs, in one of its ways; what it is without, a pattern,
    must not. What is around it has to be anywhere in the paste; what is near there
    speaks for it. A message of Python may be one of a reader's own program. Another
    wording of an entry is the same as the entry at that place.
    """
    own = [name.lower() for name in entry.get("own", ())]
    names = words(" ".join(own))
    text = " ".join(pieces(entry["message"]))
    beside = " ".join(pieces(entry.get("printed", "")))
    quoted = [
        quote
        for quote in re.findall(QUOTED, text)
        if not words(quote) & names and quote not in own
    ]
    return {
        "message": words(text) - names,
        "all": words(f"{text} {beside}") - names,
        "needs": ways([*quoted, *entry.get("needs", ())]),
        "around": ways(entry.get("around", ())),
        "without": entry.get("without", ""),
        "near": [bare(word) for word in entry.get("near", ())],
        "python": entry.get("python", False),
        "whole": bare(text) if entry.get("whole") else "",
        "same": entry["same"],
    }


def ways(needs):
    """Return the ways in which each of some needs may be met."""
    return [bare(need).split("|") for need in needs]


def printed(entry, every_cell):
    """Return what the cells of an entry raise or print of its message."""
    found = cells_with(entry, every_cell)
    texts = [first_lines(c, held(f"{c.raised}\n{c.printed}", entry)) for c in found]
    return "\n\n".join(texts)


@cache
def of_book(book):
    """Return the entries of Appendix B, and a Weighing that knows them."""
    entries, every_cell = all_messages(book), cells(book)
    described, others = [], []
    for place, entry in enumerate(entries):
        same = {"same": place}
        described.append(entry | {"printed": printed(entry, every_cell)} | same)
        guards = {key: entry[key] for key in GUARDS if key in entry}
        wordings = [{"message": other} | guards for other in entry.get("also", ())]
        # As older versions and other backends say it.
        for other in entry.get("older", ()):
            wordings.append(other if isinstance(other, dict) else {"message": other})
        others += [wording | same for wording in wordings]
    return entries, Weighing([*described, *others])
