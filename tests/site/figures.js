// Figures that say nothing to those who don't see them, and figures out of shape.
() => {
  const problems = [];
  // Where a source gives no alternative text, Sphinx puts the name of the file there.
  for (const image of document.querySelectorAll("article img")) {
    const source = image.getAttribute("src").slice(0, 80);
    if (!image.alt.trim() || /\.(png|svg|jpe?g|gif|webp)$/i.test(image.alt))
      problems.push(`the figure ${source} has no alternative text`);
  }
  const labelled = "[role=img][aria-label], [role=img][aria-labelledby]";
  const notFigure = "button, a, summary, [aria-hidden=true]";
  for (const drawing of document.querySelectorAll("article svg")) {
    if (!drawing.closest(notFigure) && !drawing.matches(labelled))
      problems.push("a drawing (inline SVG) has no role=img with an aria-label");
  }
  for (const image of document.querySelectorAll("article img[width][height]")) {
    const padding = 2 * parseFloat(getComputedStyle(image).paddingTop);
    const width = image.clientWidth - padding;
    const height = image.clientHeight - padding;
    const wanted = image.getAttribute("width") / image.getAttribute("height");
    // The height is rounded to whole pixels, hence the 2%.
    if (width > 0 && Math.abs(width / height / wanted - 1) > 0.02)
      problems.push(`the figure ${image.alt.slice(0, 60)} is stretched`);
  }
  return problems;
};
