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
}

// A box that scrolls sideways can be scrolled with arrow keys once it takes the focus.
// Its size changes, too, when what holds it is unfolded, and when a formula is drawn.
function letKeyboardScroll() {
  const boxes = "pre, .cell_output .output, .pst-scrollable-table-container, mjx-container";
  const watcher = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(boxes)) watcher.observe(box);
}

// Without this, a browser may show a notebook's JSON instead of saving it.
function saveNotebooks() {
  const link = document.querySelector(".btn-download-source-button");
  link?.setAttribute("download", "");
}

document.addEventListener("DOMContentLoaded", async () => {
  nameLandmarks();
  saveNotebooks();
  await window.MathJax?.startup?.promise;
  letKeyboardScroll();
});
