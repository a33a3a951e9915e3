// Run axe-core, all of its rules; return a sentence for each element that it complains
// about. Those that are off unless one asks are experimental, of level AAA, or old.
//
// Nine tenths of its time went to contrast. What decides there is colours and the size
// and weight of letters: of texts that agree in these, as do all elements around them,
// three that are seen speak for the others (one alone may be covered, which axe-core
// does not call a fault). All other rules see every element, and dark pages, too: some
// are longer than light ones, since words are bold there, so that more than colours
// differ.
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
  const hasText = ({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === 3 && node.data.trim());

  const seen = new Map();
  for (const element of document.body.querySelectorAll("*")) {
    const speaks = hasText(element) && element.checkVisibility();
    const before = (speaks && seen.get(lookOf(element))) || 0;
    element.toggleAttribute("data-alike", before >= 3);
    if (speaks) seen.set(lookOf(element), before + 1);
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
