// A page that is wider than its screen.
() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const reach = (element) => element.getBoundingClientRect().right;
  const widest = [...document.body.querySelectorAll("*")].reduce((first, second) =>
    reach(second) > reach(first) ? second : first,
  );
  const tag = widest.cloneNode(false).outerHTML.slice(0, 100);
  return [`it scrolls ${scrollWidth - clientWidth} px sideways, because of ${tag}`];
};
