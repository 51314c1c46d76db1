// Before anything is drawn: the colour scheme chosen in this browser, else the system's.
(() => {
  const root = document.documentElement;
  const read = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const show = (theme) => { if (theme) root.dataset.theme = theme; else delete root.dataset.theme; };
  show(read());
  window.digitree = {
    nextTheme() {
      const dark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      const next = dark ? "light" : "dark";
      try { localStorage.setItem("theme", next); } catch { /* it then holds for this page only */ }
      show(next);
      return next;
    },
  };
})();
