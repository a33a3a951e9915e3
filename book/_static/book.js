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
  const label = makeElement("label", { className: "predict-switch d-print-none" });
  label.innerHTML = '<input type="checkbox"> Show the answers to all questions like this';
  const all = label.firstElementChild;
  all.checked = remembered("localStorage", "answers") === "shown";

  function update() {
    for (const answer of answers) answer.open = all.checked;
  }

  all.addEventListener("change", () => {
    remember("localStorage", "answers", all.checked ? "shown" : "folded");
    update();
  });
  update();
  // An address within an answer leads there all the same.
  const around = targetOfAddress()?.closest("details.predict-answer");
  if (around) around.open = true;
  for (const answer of answers) answer.classList.add("ready");
  answers[0].before(label);
}

function makeElement(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const targetOfAddress = () =>
  document.getElementById(decodeURIComponent(location.hash.slice(1)));

// `storage` is "localStorage", or, until the tab is closed, "sessionStorage". A browser may
// refuse to store anything, as some do for pages from a folder.
function remembered(storage, name) {
  try {
    return window[storage].getItem(name);
  } catch {
    return null;
  }
}

function remember(storage, name, value) {
  try {
    window[storage].setItem(name, value);
  } catch {
    // Then it holds for this page.
  }
}

// Without this, a browser may show a notebook's JSON instead of saving it.
function saveNotebooks() {
  const link = document.querySelector(".btn-download-source-button");
  link?.setAttribute("download", "");
}

// A form that filters items, and hides the parts in which none is left. `wanted` returns
// which items are shown, by what stands in the form. Without a script, all stand there.
function makeFilter(place, what, fields, items, parts, wanted) {
  place.innerHTML = `<form class="backend-filter" role="search" aria-label="${what}">
    ${fields}<button type="reset">Show all</button><p role="status"></p></form>`;
  const form = place.firstElementChild;

  function update() {
    const shown = items.filter(wanted(form));
    const all = shown.length === items.length;
    place.classList.toggle("filtering", !all);
    for (const part of [...items, ...parts]) {
      const keep = all || [form, ...shown].some((kept) => part.contains(kept));
      part.classList.toggle("backend-hidden", !keep);
    }
    form.querySelector("[role=status]").textContent =
      `${shown.length} of ${items.length} ${what.toLowerCase()}`;
  }

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  update();
  return form;
}

// Appendix A: find functions of the Keras backend by name, by code and by state.
function filterBackend() {
  const place = document.getElementById("backend-filter");
  if (!place) return;
  const rows = [...document.querySelectorAll(".backend-table tbody tr")];
  const codeOf = new Map(rows.map((row) => [row, codeIn(row)]));
  const states = new Set(rows.map((row) => row.dataset.state));
  const options = [...states].map((state) => {
    const count = rows.filter((row) => row.dataset.state === state).length;
    return `<option value="${state}">${state} (${count})</option>`;
  });
  const fields = `
    <label>Name or code <input type="search" autocomplete="off" spellcheck="false"></label>
    <label>State <select><option value="">every state</option>
      ${options.join("")}</select></label>
    <label><input type="checkbox">page corrected</label>`;

  function wanted(form) {
    const [name, wrong] = form.querySelectorAll("input");
    const state = form.querySelector("select").value;
    const typed = name.value.trim().toLowerCase();
    const bare = typed.replace(/^(tf\.|tensorflow\.)?(keras\.)?(backend|k)\./, "");
    // Of a whole line, each function that it calls is found.
    const called = [...typed.matchAll(/\b(?:k|backend)\.(\w+)/g)].map(([, name]) => name);
    return (row) =>
      (codeOf.get(row).includes(bare) || called.includes(row.id.slice(2))) &&
      (!state || row.dataset.state === state) &&
      (!wrong.checked || row.dataset.wrong === "true");
  }

  // While something is looked for, code and sections without a match are hidden as well.
  const sections = document.querySelectorAll("section section");
  const form = makeFilter(place, "Functions", fields, rows, sections, wanted);
  // A link to a function that is filtered out shows everything again.
  window.addEventListener("hashchange", () => {
    const target = targetOfAddress();
    if (!target?.closest(".backend-hidden")) return;
    form.reset();
    setTimeout(() => target.scrollIntoView());
  });
}

function codeIn(row) {
  const pieces = row.querySelectorAll("th > code, .backend-code > code");
  return [...pieces].map((code) => code.textContent.toLowerCase()).join("\n");
}

// The page of questions: those that have each word looked for.
function filterQuestions() {
  const place = document.getElementById("question-filter");
  if (!place) return;
  const groups = [...document.querySelectorAll("article section section:has(> section)")];
  const questions = groups.flatMap((group) => [...group.querySelectorAll("section")]);
  const field = '<label>Words <input type="search" autocomplete="off"></label>';
  makeFilter(place, "Questions", field, questions, groups, (form) => {
    const words = form.querySelector("input").value.toLowerCase().split(/\s+/);
    const text = (question) => question.textContent.toLowerCase();
    return (question) => words.every((word) => text(question).includes(word));
  });
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
