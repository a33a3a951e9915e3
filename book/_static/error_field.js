// A field that takes an error as it was pasted, and shows the entry of Appendix B that
// fits. How words are weighed is told in grader/keras_book_grader/weighing.py, whose
// patterns, numbers and entries come in errorEntries; a test holds the two together.

const siteRoot = () => new URL(document.documentElement.dataset.content_root, location.href);

// The entries are larger than most pages: they are loaded when somebody is about to ask.
let entriesLoaded;
function loadEntries() {
  entriesLoaded ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("_static/error_entries.js", siteRoot());
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => {
      entriesLoaded = undefined; // so that the next letter tries again
      reject(new Error(script.src));
    });
    document.head.append(script);
  });
  return entriesLoaded;
}

const each = (pattern, flags = "gm") => new RegExp(pattern, flags);
const bare = (text) => text.toLowerCase().replace(/\s/g, "");

// A paste as it was before it was quoted, indented or put into one line.
function plain(paste) {
  let text = paste.slice(-errorEntries.LONGEST);
  if (!text.trim().includes("\n")) text = text.replaceAll("\\n", "\n").replaceAll('\\"', '"');
  const quote = new RegExp(errorEntries.QUOTE);
  let lines = text.split("\n");
  const written = () => lines.filter((line) => line.trim());
  if (2 * lines.filter((line) => quote.test(line)).length > written().length)
    lines = lines.map((line) => line.replace(quote, ""));
  const indent = written().reduce((least, line) => Math.min(least, line.search(/[^ ]/)), Infinity);
  return lines.map((line) => line.slice(indent)).join("\n");
}

// The pieces of a paste, in small letters, the last one first.
function piecesOf(paste) {
  let text = plain(paste);
  for (const [pattern, instead] of errorEntries.REPLACED)
    text = text.replace(each(pattern), instead);
  const pieces = text
    .split(each(errorEntries.CUT.join("|")))
    .map((piece) => piece.split(each(errorEntries.END))[0].trim().toLowerCase())
    .filter(Boolean);
  return [...new Set(pieces.reverse())].slice(0, errorEntries.MOST_PIECES);
}

function wordsOf(piece) {
  const both = `${piece}\n${piece.replace(/\n\s*/g, "")}`;
  return new Set(both.match(each(errorEntries.WORD)) ?? []);
}

const weightOf = (words) =>
  words.reduce((sum, word) => sum + (errorEntries.weights[word] ?? errorEntries.unknown), 0);

const has = (text, needs) => needs.every((need) => need.some((way) => text.includes(way)));

// How well an entry fits a piece: 0 if it doesn't.
function score(piece, words, entry) {
  if (entry.whole) return piece === entry.whole ? errorEntries.unknown : 0;
  if (!has(piece, entry.needs)) return 0;
  if (entry.without && each(entry.without).test(piece)) return 0;
  const shared = weightOf(entry.message.filter((word) => words.has(word)));
  const ofMessage = shared / weightOf(entry.message);
  const allShared = weightOf(entry.all.filter((word) => words.has(word)));
  const ofPiece = allShared / (weightOf([...words]) || 1);
  const enough = errorEntries.ENOUGH * errorEntries.unknown;
  const known = ofPiece >= errorEntries.MOST_OF_PIECE && allShared >= enough;
  if (ofMessage < errorEntries.MOST_OF_MESSAGE && !known) return 0;
  const fits = 2 * ofMessage * shared + allShared;
  return Number((fits + errorEntries.unknown * entry.needs.length).toFixed(6));
}

// The entries that fit a paste, the best of each piece first, the last piece before.
function rank(paste) {
  const foreign =
    each(errorEntries.RAN).test(paste) && !each(errorEntries.OURS, "i").test(paste);
  const near = bare(paste);
  const best = [];
  const highest = new Map();
  for (const piece of piecesOf(paste)) {
    const words = wordsOf(piece);
    const scores = errorEntries.entries.map((entry) => {
      if ((foreign && entry.python) || !has(near, entry.around)) return 0;
      const fits = score(bare(piece), words, entry);
      if (!fits) return 0;
      return fits + errorEntries.unknown * entry.near.filter((word) => near.includes(word)).length;
    });
    const most = Math.max(...scores);
    if (most > 0) best.push(scores.indexOf(most));
    scores.forEach((fits, place) => {
      if (fits) highest.set(place, Math.max(fits, highest.get(place) ?? 0));
    });
  }
  const ranked = [...highest.keys()].sort(
    (one, other) => highest.get(other) - highest.get(one) || one - other,
  );
  const same = [...best, ...ranked].map((place) => errorEntries.entries[place].same);
  return [...new Set(same)]
    .slice(0, errorEntries.SHOWN)
    .map((place) => errorEntries.entries[place]);
}

const NOTHING =
  "No entry of Appendix B fits. It lists what the cells of this book raise: messages of " +
  "Keras and TensorFlow, and a few of Python and NumPy. Is the line with the name of the " +
  "error there, as in ValueError?";
const LOADING = "The entries of Appendix B are being loaded …";
const NOT_LOADED = "The entries of Appendix B can't be loaded now. Is there a connection?";
const WORTH_AN_ANSWER = 5; // characters: fewer are no error, and get none
const REST = 600; // milliseconds without a letter: who types isn't told of each

const titleOf = (entry) => makeElement("code", {}, entry.title);

// An entry as on its page; links there lead from the page that we are on.
function entryShown(entry, tag) {
  const heading = makeElement("a", { href: `#${entry.address.split("#")[1]}` }, titleOf(entry));
  const item = makeElement("div", { innerHTML: entry.html });
  item.prepend(makeElement(tag, {}, heading));
  for (const link of item.querySelectorAll("a"))
    link.href = new URL(link.getAttribute("href"), new URL(entry.address, siteRoot())).href;
  return item;
}

// The first entry stands there, the others can be opened.
function answer([first, ...others], place) {
  place.replaceChildren();
  if (first) place.append(entryShown(first, "h2"));
  for (const entry of others) {
    const summary = makeElement("summary", {}, titleOf(entry));
    place.append(makeElement("details", {}, summary, entryShown(entry, "p")));
  }
}

function statusOf(found) {
  if (!found.length) return NOTHING;
  const more = found.length - 1;
  const rest = more ? ` ${more === 1 ? "One more" : "Two more"} below.` : "";
  return `Fits best: ${found[0].title}.${rest}`;
}

// Who follows an answer and comes back finds the paste again.
const keep = (paste) => remember("sessionStorage", "error", paste);

function makeField(place) {
  place.innerHTML = `<form role="search" aria-label="Errors">
    <label>An error? Paste it here, whole or the line that names it
      <textarea rows="3" spellcheck="false" autocomplete="off" autocapitalize="off"></textarea>
    </label>
    <button type="reset">Clear</button> <p role="status"></p></form><div></div>`;
  const [form, result] = place.children;
  const [text, status] = form.querySelectorAll("textarea, [role=status]");
  const isAsked = () => text.value.trim().length >= WORTH_AN_ANSWER;
  let waiting;
  async function update() {
    clearTimeout(waiting);
    let problem = "";
    if (isAsked() && !window.errorEntries) status.textContent = LOADING;
    if (isAsked()) await loadEntries().catch(() => (problem = NOT_LOADED));
    // What is in the field may have changed meanwhile.
    const found = isAsked() && !problem ? rank(text.value) : [];
    status.textContent = isAsked() ? problem || statusOf(found) : "";
    answer(found, result);
  }
  form.addEventListener("focusin", () => loadEntries().catch(() => {}));
  form.addEventListener("input", ({ inputType }) => {
    clearTimeout(waiting);
    keep(text.value);
    const typed = isAsked() && inputType !== "insertFromPaste";
    waiting = setTimeout(update, typed ? REST : 0);
  });
  addEventListener("online", update);
  form.addEventListener("reset", () => setTimeout(() => (keep(""), update(), text.focus())));
  form.addEventListener("submit", (event) => event.preventDefault());
  return (paste) => {
    text.value = paste;
    update();
  };
}

// Above the results of the search, with what was looked for if that is an error.
async function makeFieldOfSearch() {
  const results = document.getElementById("search-results");
  if (!results) return;
  const place = makeElement("div", { className: "error-field" });
  results.before(place);
  const show = makeField(place);
  const query = new URLSearchParams(location.search).get("q");
  if (!query) return;
  await loadEntries().catch(() => {});
  if (window.errorEntries && rank(query).length) show(query);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".error-field").forEach((place) => makeField(place)(remembered("sessionStorage", "error") ?? ""));
  makeFieldOfSearch();
});
