// What every page needs: its texts in its language, times in the page's zone, copying, asking before a deletion, the API for
// other scripts.
(() => {
  const locale = document.documentElement.lang || "en";
  const translations = JSON.parse(document.getElementById("translations")?.textContent || "{}");
  const count = new Intl.NumberFormat(locale);

  // This text in the page's language. `values` replace `%(name)s`, numbers in the form of the language. The editor has the same.
  function t(text, values = {}) {
    return (translations[text] || text).replace(/%\((\w+)\)s/g, (whole, name) => {
      const value = values[name];
      return typeof value === "number" ? count.format(value) : value ?? whole;
    });
  }

  // 1.5 -> "1.5 s", with one decimal always.
  const decimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const seconds = (value) => `${decimal.format(value)} s`;

  // 12.345 -> $12.35, as the server writes it.
  const money = new Intl.NumberFormat(locale, { style: "currency", currency: "USD" });
  const dollars = (amount) => (amount > 0 && amount < 0.005 ? t("less than a cent") : money.format(amount));

  const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  // Offered where nobody has chosen a zone yet.
  document.cookie = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/ui; max-age=31536000; samesite=lax`;
  const timeZone = document.documentElement.dataset.zone || "UTC";
  const styles = {
    full: { dateStyle: "medium", timeStyle: "short" },
    exact: { dateStyle: "medium", timeStyle: "medium" },
    day: { dateStyle: "medium" },
    clock: { timeStyle: "medium" },
  };
  const formats = Object.fromEntries(
    Object.entries(styles).map(([name, style]) => [name, new Intl.DateTimeFormat(locale, { ...style, timeZone })]),
  );
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long", timeZone });

  // 2026-03-09T12:00:00Z as the page writes it; `style`: full, exact, day or clock.
  const moment = (iso, style = "full") => formats[style].format(new Date(iso));

  // Times that a script made; those of the server are written already.
  function showTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.textContent = (formats[time.dataset.style] ?? formats.full).format(at);
      time.title = exact.format(at);
    }
  }

  let toastTimer;
  function toast(text) {
    const place = document.getElementById("toast");
    place.textContent = text;
    place.classList.add("shown");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => place.classList.remove("shown"), 5000);
  }

  // A request to the API as the user who is logged in. Resolves to {status, headers, body}; throws an Error with `status` and
  // `problem` (RFC 9457) for a refusal.
  async function api(method, path, body, options = {}) {
    const headers = { Accept: "application/json", ...options.headers };
    if (method !== "GET") headers["X-CSRF-Token"] = csrf;
    const raw = body instanceof Blob || body instanceof FormData;
    if (body !== undefined && !raw) headers["Content-Type"] = "application/json";
    const answer = await fetch(path, {
      method,
      headers,
      body: body === undefined || raw ? body : JSON.stringify(body),
      signal: options.signal,
    });
    const json = /json/.test(answer.headers.get("Content-Type") ?? "") ? await answer.json() : null;
    if (answer.status === 401) location.assign(`/ui/login?next=${encodeURIComponent(location.pathname + location.search)}`);
    if (!answer.ok) throw Object.assign(new Error(json?.detail ?? answer.statusText), { status: answer.status, problem: json });
    return { status: answer.status, headers: answer.headers, body: json };
  }

  // As the server writes it: +14155550100 -> +1 415-555-0100. For numbers of other countries the server is asked, once
  // for all numbers of the same moment; `changed` is called after its answer.
  const grouped = new Map();
  let unasked = new Set();
  function phone(number, changed) {
    if (!number || /^\+1\d{10}$/.test(number)) return number?.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1-$2-$3");
    if (changed && !grouped.has(number)) {
      grouped.set(number, number);
      if (unasked.size === 0) setTimeout(() => ask(changed), 50);
      unasked.add(number);
    }
    return grouped.get(number) ?? number;
  }

  async function ask(changed) {
    const numbers = [...unasked].slice(0, 100);
    unasked = new Set();
    const query = new URLSearchParams(numbers.map((number) => ["number", number]));
    const { body } = await api("GET", `/ui/phones?${query}`).catch(() => ({ body: {} }));
    for (const [number, text] of Object.entries(body)) grouped.set(number, text);
    changed();
  }

  Object.assign(window.digitree, { api, csrf, dollars, locale, moment, phone, seconds, showTimes, t, toast });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("themeToggle" in button.dataset) window.digitree.nextTheme();
    if ("toggle" in button.dataset) {
      const shown = document.getElementById(button.dataset.toggle).classList.toggle("shown");
      button.setAttribute("aria-expanded", String(shown));
    }
    if ("copy" in button.dataset) {
      const text = button.parentElement.querySelector("pre, code, input");
      try {
        await navigator.clipboard.writeText(text.value ?? text.textContent);
        toast(t("Copied."));
      } catch {
        const range = document.createRange();
        range.selectNodeContents(text);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        toast(t("Selected: press Ctrl+C to copy."));
      }
    }
  });
  // `/` leads to the search of everything, from wherever nothing is being typed.
  document.addEventListener("keydown", (event) => {
    const box = document.getElementById("find-all");
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || !box) return;
    event.preventDefault();
    box.closest(".nav").classList.add("shown");
    box.focus();
  });
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.ask;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if ("autosubmit" in (event.target.dataset ?? {})) event.target.form.requestSubmit();
  });
  document.addEventListener("htmx:afterSwap", () => showTimes(document));
  document.addEventListener("htmx:responseError", () => toast(t("This did not work. Please try again.")));
  document.addEventListener("htmx:sendError", () => toast(t("The server cannot be reached.")));
  showTimes(document);
  // Scroll what does not fit to its most important part: the latest days, the current tab.
  for (const each of document.querySelectorAll("[data-end]")) each.scrollLeft = each.scrollWidth;
  for (const each of document.querySelectorAll(".tabs [aria-current]"))
    each.closest(".tabs").scrollLeft = each.offsetLeft + each.offsetWidth / 2 - each.closest(".tabs").clientWidth / 2;
})();
