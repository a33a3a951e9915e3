// Formulas that are not drawn, that hold an error, or that are still plain text.
() => {
  const problems = [];
  for (const formula of document.querySelectorAll(".math")) {
    if (!formula.querySelector("mjx-container"))
      problems.push(`the formula ${formula.textContent.trim()} is not rendered`);
  }
  const errors = "mjx-merror, mjx-assistive-mml [mathcolor=red]";
  for (const error of document.querySelectorAll(errors)) {
    const what = error.getAttribute("data-mjx-error") ?? error.textContent;
    problems.push(`a formula holds the error ${what}`);
  }
  const notText = "script, style, code, pre, mjx-container, .math, #search-results";
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    const raw = data.match(/\\\(|\\\[|\\begin\{|\$\$|\$[^$\s]([^$\n]*[^$\s])?\$/);
    if (raw && !parentElement.closest(notText))
      problems.push(`the text ${data.trim()} holds ${raw[0]}, not a formula`);
  }
  return problems;
};
