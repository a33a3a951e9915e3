// Words that begin on one line and end on the next, within the elements of a selector.
(selector) => {
  const broken = [];
  const place = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.parentElement.closest(selector)) continue;
    for (const word of text.data.matchAll(/\w+/g)) {
      place.setStart(text, word.index);
      place.setEnd(text, word.index + word[0].length);
      const lines = new Set([...place.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) broken.push(word[0]);
    }
  }
  return broken;
};
