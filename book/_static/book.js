// What the theme leaves out for those who read with a keyboard or a screen reader.

function nameLandmarks() {
  const sidebar = document.querySelector(".sidebar-primary-items__start");
  sidebar?.setAttribute("role", "region");
  sidebar?.setAttribute("aria-label", "Book");
  // The arrow that unfolds a chapter has no text.
  for (const summary of document.querySelectorAll(".bd-sidenav summary")) {
    const chapter = summary.closest("li").querySelector("a").textContent;
    summary.setAttribute("aria-label", `Sections of ${chapter}`);
  }
  // This role was dropped from the standard; within a list, an item says the same.
  for (const entry of document.querySelectorAll("[role=doc-biblioentry]")) {
    entry.setAttribute("role", "listitem");
  }
  // A name has to hold what is written on the thing; these have it in other words.
  const misnamed = ".search-button-field, summary[aria-label='Toggle hidden content']";
  for (const thing of document.querySelectorAll(misnamed)) {
    thing.removeAttribute("aria-label");
  }
}

// The theme marks where one is in the contents of a page. Say it, too, and keep it in sight.
function followContents() {
  document.body.addEventListener("activate.bs.scrollspy", ({ relatedTarget }) => {
    for (const old of document.querySelectorAll(".page-toc [aria-current]"))
      old.removeAttribute("aria-current");
    relatedTarget.setAttribute("aria-current", "true");
    const sidebar = relatedTarget.closest(".bd-sidebar-secondary");
    if (!sidebar) return;
    const { top, bottom } = relatedTarget.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) sidebar.scrollTop += top - innerHeight / 2;
  });
}

// A box that scrolls sideways can be scrolled with arrow keys once it takes the focus.
// Its size changes, too, when what holds it is unfolded, and when a formula is drawn.
function letKeyboardScroll() {
  const boxes =
    ":not(.highlight-text) > .highlight > pre, .output pre, .cell_output .output, " +
    ".pst-scrollable-table-container, mjx-container";
  let count = 0;
  const watcher = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      if (target.scrollWidth > target.clientWidth) {
        target.tabIndex = 0;
        target.role = "region";
        target.ariaLabel ??= `Box ${(count += 1)}, to be scrolled sideways`;
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
      }
    }
  });
  for (const box of document.querySelectorAll(boxes)) watcher.observe(box);
}

// An answer to "Predict:" is sent open, for those without scripts. One box opens all of
// them, on every page, and is remembered.
function foldAnswers() {
  const answers = [...document.querySelectorAll("details.predict-answer")];
  if (!answers.length) return;
  const label = document.createElement("label");
  label.className = "predict-switch d-print-none";
  label.innerHTML = '<input type="checkbox"> Show the answers to all questions like this';
  const all = label.firstElementChild;
  all.checked = remembered("answers") === "shown";

  function update() {
    for (const answer of answers) answer.open = all.checked;
  }

  all.addEventListener("change", () => {
    remember("answers", all.checked ? "shown" : "folded");
    update();
  });
  update();
  // An address within an answer leads there all the same.
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const around = target?.closest("details.predict-answer");
  if (around) around.open = true;
  for (const answer of answers) answer.classList.add("ready");
  answers[0].before(label);
}

// A browser may refuse to store anything, as some do for pages from a folder.
function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Then it holds for this page.
  }
}

// Without this, a browser may show a notebook's JSON instead of saving it.
function saveNotebooks() {
  const link = document.querySelector(".btn-download-source-button");
  link?.setAttribute("download", "");
}

// Appendix A: find functions of the Keras backend by name, by code and by state. Without
// a script, the tables stand there whole.
function filterBackend() {
  const place = document.getElementById("backend-filter");
  if (!place) return;
  const rows = [...document.querySelectorAll(".backend-table tbody tr")];
  const codeOf = new Map(rows.map((row) => [row, codeIn(row)]));
  place.innerHTML = `<form class="backend-filter" role="search" aria-label="Functions">
    <label>Name or code <input type="search" autocomplete="off" spellcheck="false"></label>
    <label>State <select><option value="">every state</option></select></label>
    <label><input type="checkbox">page corrected</label>
    <button type="reset">Show all</button><p role="status"></p></form>`;
  const form = place.firstElementChild;
  const [name, wrong] = form.querySelectorAll("input");
  const state = form.querySelector("select");
  for (const found of new Set(rows.map((row) => row.dataset.state))) {
    const count = rows.filter((row) => row.dataset.state === found).length;
    state.add(new Option(`${found} (${count})`, found));
  }

  function matches(row) {
    const wanted = name.value.trim().toLowerCase();
    const bare = wanted.replace(/^(tf\.|tensorflow\.)?(keras\.)?(backend|k)\./, "");
    // Of a whole line, each function that it calls is found.
    const called = [...wanted.matchAll(/\b(?:k|backend)\.(\w+)/g)].map(([, name]) => name);
    return (
      (codeOf.get(row).includes(bare) || called.includes(row.id.slice(2))) &&
      (!state.value || row.dataset.state === state.value) &&
      (!wrong.checked || row.dataset.wrong === "true")
    );
  }

  // While something is looked for, code and sections without a match are hidden as well.
  function update() {
    for (const row of rows) row.classList.toggle("backend-hidden", !matches(row));
    const shown = rows.filter((row) => !row.matches(".backend-hidden"));
    const all = shown.length === rows.length;
    place.closest("article").classList.toggle("backend-filtering", !all);
    for (const section of document.querySelectorAll("section section")) {
      const keep = all || section.contains(form) || shown.some((row) => section.contains(row));
      section.classList.toggle("backend-hidden", !keep);
    }
    form.querySelector("[role=status]").textContent =
      `${shown.length} of ${rows.length} functions`;
  }

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  // A link to a function that is filtered out shows everything again.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest(".backend-hidden")) return;
    form.reset();
    setTimeout(() => target.scrollIntoView());
  });
  update();
}

function codeIn(row) {
  const pieces = row.querySelectorAll("th > code, .backend-code > code");
  return [...pieces].map((code) => code.textContent.toLowerCase()).join("\n");
}

// The page of questions: those that have each word looked for. Without a script, they all
// stand there.
function filterQuestions() {
  const place = document.getElementById("question-filter");
  if (!place) return;
  const groups = [...document.querySelectorAll("article section section:has(> section)")];
  const questions = groups.flatMap((group) => [...group.querySelectorAll("section")]);
  place.innerHTML = `<form class="backend-filter" role="search" aria-label="Questions">
    <label>Words <input type="search" autocomplete="off"></label>
    <button type="reset">Show all</button><p role="status"></p></form>`;
  const form = place.firstElementChild;

  function update() {
    const words = form.querySelector("input").value.toLowerCase().split(/\s+/);
    const shown = questions.filter((question) => {
      const text = question.textContent.toLowerCase();
      const keep = words.every((word) => text.includes(word));
      question.classList.toggle("backend-hidden", !keep);
      return keep;
    });
    for (const group of groups) {
      const keep = shown.some((question) => group.contains(question));
      group.classList.toggle("backend-hidden", !keep);
    }
    form.querySelector("[role=status]").textContent =
      `${shown.length} of ${questions.length} questions`;
  }

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  update();
}

// Paper is white: what is pale on a dark page would be pale on it.
let themeOnScreen;
window.addEventListener("beforeprint", () => {
  themeOnScreen = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
window.addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = themeOnScreen;
});

document.addEventListener("DOMContentLoaded", async () => {
  nameLandmarks();
  followContents();
  saveNotebooks();
  foldAnswers();
  filterBackend();
  filterQuestions();
  await window.MathJax?.startup?.promise;
  letKeyboardScroll();
});
