// Forms with the attribute `data-remember` survive a reload, a crash and a lost session: what is typed into them is kept in
// this browser until it is saved. Passwords and other secrets are never kept.
(() => {
  const { t } = window.digitree;
  const user = document.body.dataset.user;
  if (!user) return;
  const PREFIX = "digitree-typed";
  const LONGEST_MS = 14 * 24 * 3600 * 1000;
  const MOST_ENTRIES = 40;
  const MOST_CHARACTERS = 200_000;
  const SECRET = /csrf|password|secret|token|headers/;

  // A private window or a full disk keeps nothing, which is no failure.
  const attempt = (what) => {
    try {
      return what();
    } catch {
      return undefined;
    }
  };
  const read = (key) => attempt(() => JSON.parse(localStorage.getItem(key)));
  const drop = (key) => attempt(() => localStorage.removeItem(key));
  const write = (key, entry) => {
    const text = JSON.stringify(entry);
    if (text.length <= MOST_CHARACTERS) attempt(() => localStorage.setItem(key, text));
  };
  const entries = () =>
    (attempt(() => Object.keys(localStorage)) ?? [])
      .filter((key) => key.startsWith(`${PREFIX} `))
      .map((key) => ({ key, entry: read(key) }))
      .sort((one, other) => (other.entry?.at ?? 0) - (one.entry?.at ?? 0));

  entries().forEach(({ key, entry }, index) => {
    if (index >= MOST_ENTRIES || !(Date.now() - entry?.at < LONGEST_MS)) drop(key);
  });
  // A success is said on the page after it; a refusal is shown with the form, which keeps what was typed.
  const done = document.querySelector(".flash") !== null;
  for (const { key, entry } of entries()) if (entry.sent && done && key.startsWith(`${PREFIX} ${user} `)) drop(key);

  // The fields that may be kept, by a name of their own: that of the form and how often it occurred before.
  function fieldsOf(form) {
    const counts = new Map();
    const found = new Map();
    for (const field of form.querySelectorAll("input, select, textarea")) {
      const name = field.name || field.id;
      if (!name || SECRET.test(name) || ["password", "hidden", "file", "submit", "button"].includes(field.type)) continue;
      const nth = counts.get(name) ?? 0;
      counts.set(name, nth + 1);
      found.set(`${name} ${nth}`, field);
    }
    return found;
  }
  const ticks = (field) => field.type === "checkbox" || field.type === "radio";
  const chosen = (field, which) => [...field.options].filter((option) => option[which]).map((option) => option.value);
  function valueOf(field) {
    if (ticks(field)) return field.checked;
    return field.multiple ? chosen(field, "selected") : field.value;
  }
  function initialOf(field) {
    if (ticks(field)) return field.defaultChecked;
    if (!field.options) return field.defaultValue;
    const values = chosen(field, "defaultSelected");
    return field.multiple ? values : (values[0] ?? field.options[0]?.value ?? "");
  }
  function put(field, value) {
    if (ticks(field)) field.checked = value;
    else if (field.multiple) for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function remember(form) {
    const address = form.getAttribute("action") || location.pathname;
    const key = `${PREFIX} ${user} ${address}`;
    const touched = new Map();
    const keep = (sent) => {
      const before = read(key)?.values ?? {};
      const values = { ...before, ...Object.fromEntries(touched) };
      if (Object.keys(values).length) write(key, { at: Date.now(), values, sent });
      else drop(key);
    };
    const offer = () => {
      const entry = read(key);
      if (!entry?.values) return;
      if (document.querySelector(".problem")) return write(key, { ...entry, sent: false });
      const fields = fieldsOf(form);
      const differs = (which) => Object.entries(entry.values).filter(([name, value]) => fields.has(name) && !same(which(fields.get(name)), value));
      const there = Object.keys(entry.values).every((name) => fields.has(name));
      if (there && differs(initialOf).length === 0) return drop(key);
      const lost = differs(valueOf);
      if (lost.length) ask(form, entry, lost.map(([name, value]) => [fields.get(name), value]), () => (touched.clear(), drop(key)));
    };
    form.addEventListener("input", (event) => {
      for (const [name, field] of fieldsOf(form)) {
        if (field !== event.target) continue;
        touched.set(name, valueOf(field));
        keep(false);
      }
    });
    form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented && touched.size) keep(true);
    });
    offer();
  }

  function ask(form, entry, lost, forget) {
    const at = new Date(entry.at);
    const today = at.toDateString() === new Date().toDateString();
    const time = new Intl.DateTimeFormat(window.digitree.locale, { timeStyle: "short", ...(!today && { dateStyle: "medium" }) }).format(at);
    const line = document.createElement("div");
    line.className = "remembered";
    line.setAttribute("role", "alert");
    const text = document.createElement("span");
    text.textContent = t("You have unsaved changes from %(time)s.", { time });
    line.append(text, button(t("Go on with them"), "primary small", () => {
      for (const [field, value] of lost) put(field, value);
      for (let inside = lost[0][0].closest("details"); inside; inside = inside.parentElement.closest("details")) inside.open = true;
      lost[0][0].focus();
    }), button(t("Discard them"), "small", forget));
    form.before(line);

    function button(label, className, act) {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", className, textContent: label });
      made.addEventListener("click", () => (act(), line.remove()));
      return made;
    }
  }

  for (const form of document.querySelectorAll("[data-remember]")) remember(form);
})();
