// Wait for a change of the page: in a few frames, its own scripts have seen it, and
// what fades is there. What inherits a colour fades again after what it inherits from.
async () => {
  for (let frame = 0; frame < 4; frame++) {
    await new Promise(requestAnimationFrame);
    for (const animation of document.getAnimations()) animation.finish();
  }
};
