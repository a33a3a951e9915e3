// The search of this book: any word of a question counts, rare ones more, and a section
// is found rather than a page (Okapi BM25). Sphinx puts this file into the page of the
// search. sections.js, which section_search.py makes, holds the words.

const SATURATION = 1.2; // how soon it no longer matters that a word stands there again
const BY_LENGTH = 0.75; // how far a long section has to have a word more often
const PAGES = 10;
// A question is asked for a chapter: exercises ask themselves, and who pastes an error is
// answered above the results.
const ASIDE = /^exercises\/|appendix_messages|messages_of|more_messages/;
const LESS = 0.7;
// Words that make a question, and say nothing of its subject.
const FILLERS =
  "i my me we you your do does did don doesn how what which when where why who can could " +
  "should would have has am been its s t";

var setSections;
const sectionIndex = new Promise((resolve) => (setSections = resolve));
document.head.append(
  Object.assign(document.createElement("script"), { src: "_static/sections.js" })
);

// As in section_search.py.
function stemsOf(text, spellings) {
  const stemmer = new Stemmer();
  let lower = text.toLowerCase();
  for (const [written, lookedUp] of spellings)
    lower = lower.replaceAll(new RegExp(written, "g"), lookedUp);
  const words = splitQuery(lower).flatMap((word) => [word, ...word.split("_")]);
  return new Set(
    words
      .filter((word) => word && !/^\d+$/.test(word) && !stopwords.includes(word))
      .filter((word) => !FILLERS.split(" ").includes(word))
      .map((word) => stemmer.stemWord(word))
  );
}

// Return [section, count, ...]: of a word that isn't there, those that begin with it.
function occurrences(word, terms) {
  if (Object.hasOwn(terms, word)) return terms[word];
  if (word.length < 4) return [];
  return Object.keys(terms).flatMap((term) => (term.startsWith(word) ? terms[term] : []));
}

// Return [{page, score, sections}], best first; sections are {number, score}.
function rankPages(query, { spellings, pages, sections, terms }) {
  const average = sections.reduce((sum, [, , , length]) => sum + length, 0) / sections.length;
  const scores = new Map();
  for (const word of stemsOf(query, spellings)) {
    const found = occurrences(word, terms);
    const having = found.length / 2;
    const rarity = Math.log(1 + (sections.length - having + 0.5) / (having + 0.5));
    for (let i = 0; i < found.length; i += 2) {
      const [number, count] = [found[i], found[i + 1]];
      const length = 1 - BY_LENGTH + (BY_LENGTH * sections[number][3]) / average;
      const weight = (count * (SATURATION + 1)) / (count + SATURATION * length);
      scores.set(number, (scores.get(number) ?? 0) + rarity * weight);
    }
  }
  const best = [...scores].sort(([, one], [, other]) => other - one);
  const onPages = Map.groupBy(best, ([number]) => sections[number][0]);
  return [...onPages]
    .map(([page, found]) => {
      // A page is as good as its best section; three more of them count as one.
      const more = found.slice(1, 4).reduce((sum, [, score]) => sum + score, 0) / 3;
      const counts = ASIDE.test(pages[page][0]) ? LESS : 1;
      return { page, score: counts * (found[0][1] + more), sections: found };
    })
    .sort((one, other) => other.score - one.score);
}

function linkTo(number, { pages, sections }) {
  const [page, anchor, title] = sections[number];
  const address = `${pages[page][0]}.html${anchor && `#${anchor}`}`;
  return makeElement("a", { href: address }, title);
}

function showPage({ page, sections: found }, index) {
  const [first, score] = found[0];
  const [, anchor, , , text] = index.sections[first];
  const excerpt = makeElement("p", { className: "context" }, text);
  const others = found.slice(1, 3).filter(([, other]) => other > score / 2);
  if (others.length) {
    excerpt.append(makeElement("br"), "Also: ");
    others.forEach(([number], i) => excerpt.append(i ? " · " : "", linkTo(number, index)));
  }
  const where = anchor && ` in ${index.pages[page][1]}`;
  Search.output.append(makeElement("li", {}, linkTo(first, index), where, excerpt));
}

Search.setIndex({}); // Sphinx's own isn't asked

Search.query = async (query) => {
  const index = await sectionIndex;
  const all = rankPages(query, index);
  const found = all.slice(0, PAGES);
  const pages = all.length === 1 ? "1 page" : `${all.length} pages`;
  const count = all.length > PAGES ? `${pages}: the ${PAGES} best` : pages;
  Search.stopPulse();
  Search.title.innerText = "Search results";
  Search.status.setAttribute("role", "status");
  Search.status.innerText = found.length
    ? `Found on ${count}, the best first.`
    : "No page has any of these words. Try others, or a part of one.";
  for (const result of found) showPage(result, index);
};
