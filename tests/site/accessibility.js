// Run axe-core, all of its rules; return a sentence for each element that it complains
// about. Those that are off unless one asks are experimental, of level AAA, or old.
//
// Nine tenths of its time went to contrast, and most of that to the words of code,
// thousands a page. What decides is colours and the size and weight of letters: of
// words that agree in these, as do all elements around them, the first speaks for the
// others. All other rules see every word, and dark pages, too: some are longer than
// light ones, since words are bold there, so that more than colours differ.
async (within) => {
  const deciding = ["color", "background", "fontSize", "fontWeight", "opacity"];
  const looks = new Map();
  const lookOf = (element) => {
    if (!element) return "";
    if (!looks.has(element)) {
      const style = getComputedStyle(element);
      const own = deciding.map((property) => style[property]);
      looks.set(element, `${lookOf(element.parentElement)} ${own}`);
    }
    return looks.get(element);
  };

  const seen = new Set();
  for (const word of document.querySelectorAll("article :is(code, span)")) {
    const isAlike = !word.firstElementChild && seen.has(lookOf(word));
    word.toggleAttribute("data-alike", isAlike);
    seen.add(lookOf(word));
  }
  const unlike = { enabled: true, selector: ":not([data-alike])" };
  const contrast = ["color-contrast", "color-contrast-enhanced"];
  axe.configure({ rules: contrast.map((id) => ({ id, ...unlike })) });

  const all = axe.getRules().map(({ ruleId }) => [ruleId, { enabled: true }]);
  const rules = Object.fromEntries(all);
  // With `preload`, axe-core asks for style sheets at addresses where there are none.
  const options = { resultTypes: ["violations"], preload: false, rules };
  const { violations } = await axe.run(within, options);
  return violations.flatMap(({ help, id, nodes }) =>
    nodes.map(({ html }) => `${help} (${id}): ${html.slice(0, 200)}`),
  );
};
