// Explanations that open by pointing, focus or a press, and close by leaving or Escape.
(() => {
  const MARGIN = 8;
  let open = null;

  function show(tip) {
    if (open === tip) return;
    hide();
    open = tip;
    tip.classList.add("shown");
    const text = tip.querySelector(".tip-text");
    text.style.setProperty("--shift", "0px");
    const { left, right } = text.getBoundingClientRect();
    const over = Math.max(0, right + MARGIN - document.documentElement.clientWidth);
    text.style.setProperty("--shift", `${Math.max(-over, MARGIN - left) || -over}px`);
  }

  function hide() {
    open?.classList.remove("shown");
    open = null;
  }

  const tipOf = (event) => (event.target instanceof Element ? event.target.closest(".tip") : null);
  document.addEventListener("pointerover", (event) => {
    const tip = tipOf(event);
    if (event.pointerType === "mouse" && tip) show(tip);
    else if (event.pointerType === "mouse" && open && !open.contains(document.activeElement)) hide();
  });
  document.addEventListener("focusin", (event) => {
    const tip = tipOf(event);
    if (tip) show(tip);
    else hide();
  });
  document.addEventListener("click", (event) => {
    const tip = tipOf(event);
    if (tip) show(tip);
    else hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    hide();
  }, true);
  document.addEventListener("htmx:beforeSwap", hide);
})();
