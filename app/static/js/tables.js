/** Tables wider than their place: whoever scrolls by keys must reach what scrolls. */

// What fits is no stop of the tab key, so it depends on the widths of the moment.
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const wrap = target.closest(".table-wrap");
    if (wrap.scrollWidth > wrap.clientWidth) {
      wrap.tabIndex = 0;
      wrap.setAttribute("role", "group");
      const caption = wrap.querySelector("caption");
      if (caption) wrap.setAttribute("aria-label", caption.textContent.trim());
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) wrap.removeAttribute(name);
    }
  }
});

/** From now on each `.table-wrap` below `root` is a stop of the tab key while its table is too wide. */
export function tendTables(root) {
  root.querySelectorAll(".table-wrap, .table-wrap > table").forEach((one) => widths.observe(one));
}
