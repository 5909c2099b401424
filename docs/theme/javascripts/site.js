// The language link keeps the anchor. Its address is complete without this script.
const language = document.querySelector(".dl-language");
for (const event of ["pointerdown", "focus", "click"]) {
  language?.addEventListener(event, () => { language.hash = location.hash; });
}

// A box is a stop for the Tab key only while its content does not fit, so that the arrow keys can scroll it.
const boxes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

// After Material's own start, which wraps tables and adds the copy buttons.
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll(".md-typeset pre > code, .md-typeset__scrollwrap, .dl-formula__display, .dl-table")) {
    boxes.observe(box);
  }
  for (const nav of document.querySelectorAll(".md-code__nav")) nav.role = "none"; // one button is no navigation
  // A chapter with a page of its own is named by the link to it; Material names its list of sections after an empty label.
  for (const container of document.querySelectorAll(".md-nav__container")) {
    const sections = container.nextElementSibling;
    if (sections?.tagName !== "NAV") continue;
    sections.removeAttribute("aria-labelledby");
    sections.ariaLabel = container.textContent.trim();
  }
});
