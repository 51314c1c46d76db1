// Boxes to choose entries of a list: the one in the heading takes all, Shift takes a stretch, and the buttons wait for a choice.
(() => {
  const { t } = window.digitree;
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const boxes = () => [...document.querySelectorAll('input[name="chosen"][form="bulk"]')];
  const all = () => document.querySelector("[data-all-boxes]");
  const count = form.querySelector(".count");
  let last = null;

  function show() {
    const chosen = boxes().filter((each) => each.checked).length;
    count.textContent = chosen ? t("%(num)s chosen:", { num: chosen }) : t("None chosen.");
    for (const button of form.querySelectorAll("button[name=do]")) button.disabled = chosen === 0;
    const head = all();
    if (!head) return;
    head.checked = chosen > 0 && chosen === boxes().length;
    head.indeterminate = chosen > 0 && chosen < boxes().length;
  }

  document.addEventListener("change", (event) => {
    if (event.target === all()) for (const each of boxes()) each.checked = event.target.checked;
    if (event.target.name === "chosen" || event.target === all()) show();
  });
  document.addEventListener("click", (event) => {
    if (event.target.name !== "chosen") return;
    const places = boxes();
    if (event.shiftKey && last && places.includes(last)) {
      const [from, to] = [places.indexOf(last), places.indexOf(event.target)].sort((a, b) => a - b);
      for (const each of places.slice(from, to + 1)) each.checked = event.target.checked;
      show();
    }
    last = event.target;
  });
  document.addEventListener("htmx:afterSwap", show);
  addEventListener("pageshow", show);
  show();
})();
