// The dashboard without a reload: calls now by their stream, the rest asked again now and then and when a call has ended. While
// nobody looks at the page, it asks for nothing.
(() => {
  const { locale } = window.digitree;
  const EVERY_MS = 30_000;
  const AFTER_A_CALL_MS = 2_000;
  const count = new Intl.NumberFormat(locale);
  let calls = null;
  let stream = null;
  let timer = null;

  function show() {
    const place = document.getElementById("live-now");
    if (place) place.textContent = calls === null ? "–" : count.format(calls.size);
  }

  // Not under somebody's focus: the part comes back as another one.
  const isInUse = () => document.activeElement.closest("#figures, #last, .alerts") !== null;

  function refresh() {
    plan(EVERY_MS);
    if (isInUse()) return;
    for (const part of document.querySelectorAll('[hx-trigger~="refresh"]')) window.htmx.trigger(part, "refresh");
  }

  // Nor where somebody has come to the part meanwhile.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.contains(document.activeElement)) detail.shouldSwap = false;
  });

  function plan(ms) {
    clearTimeout(timer);
    timer = setTimeout(refresh, ms);
  }

  function follow() {
    if (stream || !document.getElementById("live-now")) return;
    stream = new EventSource("/calls/live/events");
    stream.addEventListener("snapshot", (event) => {
      calls = new Set(JSON.parse(event.data).calls.map((call) => call.call_id));
      show();
    });
    stream.addEventListener("change", (event) => {
      const { calls: changed, ended } = JSON.parse(event.data);
      for (const call of changed) calls?.add(call.call_id);
      for (const id of ended) calls?.delete(id);
      if (ended.length) plan(AFTER_A_CALL_MS);
      show();
    });
    stream.addEventListener("away", () => {
      calls = null;
      show();
    });
    stream.addEventListener("error", () => {
      // The browser reconnects by itself unless it was refused; then the next refresh tries again.
      if (stream?.readyState === EventSource.CLOSED) stream = null;
    });
  }

  function pause() {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  }

  function wake() {
    if (document.hidden) return pause();
    follow();
    refresh();
  }

  document.addEventListener("visibilitychange", wake);
  document.addEventListener("htmx:afterSwap", () => {
    show();
    follow();
  });
  if (!document.hidden) {
    follow();
    plan(EVERY_MS);
  }
})();
