// What would be missing on paper: what is closed, cut off, or split over two sheets.
() => {
  const problems = [];
  const say = (what, element) =>
    problems.push(`${what}: ${element.outerHTML.slice(0, 150)}`);
  for (const element of document.querySelectorAll("article details > :not(summary)")) {
    if (!element.checkVisibility()) say("closed", element);
  }
  const boxes = "pre, .output, .pst-scrollable-table-container, div.math";
  for (const element of document.querySelectorAll(`article :is(${boxes})`)) {
    if (element.scrollWidth > element.clientWidth + 1) say("clipped", element);
  }
  const wide = "article :is(img, svg, table, pre)";
  for (const element of document.querySelectorAll(wide)) {
    if (element.getBoundingClientRect().right > innerWidth + 1)
      say("beyond the paper", element);
  }
  for (const figure of document.querySelectorAll("article :is(img, svg)")) {
    if (getComputedStyle(figure).breakInside !== "avoid") say("may be split", figure);
  }
  return problems;
};
