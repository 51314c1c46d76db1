// What the theme leaves out for who reads by keyboard or by ear: a table that scrolls sideways can be focused, and the buttons
// beside each block of code have a name of their own.
(() => {
  const mend = () => {
    for (const table of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
      if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
    }
    for (const [at, buttons] of document.querySelectorAll(".md-code__nav").entries()) buttons.ariaLabel ??= `Code ${at + 1}`;
  };
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", mend);
  mend();
})();
