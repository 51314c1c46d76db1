// Explanations that open by pointing, focus or a press, and close by leaving or Escape; whole texts of those that are cut; the list
// of keys.
(() => {
  const MARGIN = 8;
  const CUT = ".cut, .who .name";
  let open = null;
  let whole = null;

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
    open?.removeAttribute("aria-describedby");
    // What htmx copies from one element to the next must have no style of its own: the policy forbids it.
    open?.querySelector(".tip-text")?.removeAttribute("style");
    whole?.classList.remove("shown");
    open = null;
  }

  const isCut = (text) => text.scrollWidth > text.clientWidth;

  // The whole of a text that has no room; a box of its own, since its parent would cut it, too.
  function showWhole(text) {
    if (open === text || !isCut(text)) return;
    hide();
    open = text;
    if (!whole) {
      whole = Object.assign(document.createElement("span"), { id: "cut-text", className: "tip-text", role: "tooltip" });
      document.body.append(whole);
    }
    whole.textContent = text.textContent;
    whole.classList.add("shown");
    text.setAttribute("aria-describedby", "cut-text");
    const { left, bottom } = text.getBoundingClientRect();
    const most = document.documentElement.clientWidth - whole.offsetWidth - MARGIN;
    whole.style.left = `${Math.max(MARGIN, Math.min(left, most))}px`;
    whole.style.top = `${bottom}px`;
  }

  function prepare() {
    for (const text of document.querySelectorAll(CUT)) {
      text.removeAttribute("title");
      if (isCut(text)) text.tabIndex = 0;
    }
  }

  function explain(event, leaves) {
    const target = event.target instanceof Element ? event.target : null;
    const tip = target?.closest(".tip");
    const cut = target?.closest(CUT);
    if (tip) show(tip);
    else if (cut && isCut(cut)) showWhole(cut);
    else if (leaves && !target?.closest("#cut-text")) hide();
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") explain(event, open && !open.contains(document.activeElement));
  });
  document.addEventListener("focusin", (event) => explain(event, true));
  document.addEventListener("click", (event) => explain(event, true));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    hide();
  }, true);
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.contains(open) && !target.contains(document.activeElement)) hide();
  });
  document.addEventListener("htmx:afterSettle", prepare);
  prepare();

  function showKeys() {
    const list = document.getElementById("keys-help");
    if (!list || document.querySelector("dialog[open]")) return;
    for (const part of list.querySelectorAll("[data-of]")) part.hidden = !document.querySelector(part.dataset.of);
    list.showModal();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-keys-help]")) showKeys();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    event.preventDefault();
    showKeys();
  });
})();
