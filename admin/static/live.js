// The calls under way, one row each, updated by the stream /calls/live/events.
(() => {
  const { api, phone, t, toast } = window.digitree;
  const holder = document.getElementById("live");
  const names = JSON.parse(holder.dataset.names);
  const rows = document.getElementById("live-calls");
  const template = document.getElementById("live-row");
  const dialog = document.getElementById("live-move");
  const state = document.getElementById("live-state");
  const calls = new Map(); // call id -> {call, row}
  const phases = JSON.parse(holder.dataset.phases); // phase -> [text, tone]
  const testPhases = JSON.parse(holder.dataset.testPhases);

  function lasted(from) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(from)) / 1000));
    if (seconds < 60) return t("%(n)s s", { n: seconds });
    return t("%(minutes)s min %(n)s s", { minutes: Math.floor(seconds / 60), n: seconds % 60 });
  }

  function put(row, name, text) {
    const place = row.querySelector(`[data-is="${name}"]`);
    if (place.textContent !== text) place.textContent = text;
  }

  // Rows keep their places while the pointer is over the list, so that nobody presses the button of another call by
  // mistake: new calls then appear below, and ended calls stay, with their buttons disabled.
  const isHeld = () => rows.matches(":hover");

  // Rows that come to another place glide there, so that no eye loses its row.
  const GLIDE_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 20 : 200;
  function gliding(change) {
    const before = new Map([...rows.children].map((row) => [row, row.getBoundingClientRect().top]));
    change();
    for (const row of rows.children) {
      const by = before.has(row) ? before.get(row) - row.getBoundingClientRect().top : 0;
      if (by) row.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], GLIDE_MS);
    }
  }

  function show(call) {
    let known = calls.get(call.call_id);
    if (!known) {
      const row = template.content.firstElementChild.cloneNode(true);
      row.dataset.call = call.call_id;
      if (isHeld()) rows.append(row);
      else rows.prepend(row);
      known = { row };
      calls.set(call.call_id, known);
    }
    known.call = call;
    const { row } = known;
    put(row, "ani", phone(call.ani, again) ?? t("withheld"));
    put(row, "did", t("to %(number)s", { number: phone(call.did, again) ?? "?" }));
    put(row, "menu", t("%(menu)s, version %(version)s", { menu: names[call.ivr_id] ?? call.ivr_id, version: String(call.ivr_version) }));
    put(row, "node", call.node);
    const [text, kind] = (call.test ? testPhases : phases)[call.phase] ?? [call.phase, ""];
    put(row, "phase", text);
    row.querySelector('[data-is="test"]').hidden = !call.test;
    row.querySelector('[data-is="phase"]').className = `badge ${kind}`;
    row.querySelector('[data-do="move"]').classList.toggle("vacant", call.phase !== "asking");
  }

  function again() {
    for (const { call } of calls.values()) show(call);
  }

  function drop(id) {
    const row = calls.get(id)?.row;
    calls.delete(id);
    if (!row) return;
    if (!isHeld()) return row.remove();
    row.classList.add("over");
    put(row, "phase", t("over"));
    for (const button of row.querySelectorAll("button")) button.disabled = true;
  }

  function letGo() {
    for (const row of rows.querySelectorAll(".over")) row.remove();
    const newestFirst = [...calls.values()].sort((a, b) => b.call.started_at.localeCompare(a.call.started_at));
    rows.append(...newestFirst.map(({ row }) => row));
    tidy();
  }

  function tidy() {
    const none = rows.childElementCount === 0;
    document.getElementById("live-table").hidden = none;
    document.getElementById("live-empty").hidden = !none;
    tick();
  }

  function tick() {
    for (const { call, row } of calls.values()) {
      put(row, "since", t("for %(long)s", { long: lasted(call.since) }));
      put(row, "all", lasted(call.started_at));
    }
  }

  function say(kind, text) {
    state.className = `badge ${kind}`;
    state.textContent = text;
  }

  function follow() {
    const stream = new EventSource("/calls/live/events");
    stream.addEventListener("snapshot", (event) => {
      const found = JSON.parse(event.data).calls;
      const ids = new Set(found.map((call) => call.call_id));
      gliding(() => {
        for (const id of [...calls.keys()]) if (!ids.has(id)) drop(id);
        for (const call of found.sort((a, b) => a.started_at.localeCompare(b.started_at))) show(call);
        tidy();
      });
      say("good", t("live"));
    });
    stream.addEventListener("change", (event) => {
      const { calls: changed, ended } = JSON.parse(event.data);
      gliding(() => {
        for (const call of changed) show(call);
        for (const id of ended) drop(id);
        tidy();
      });
    });
    stream.addEventListener("away", () => say("bad", t("unknown just now")));
    stream.addEventListener("error", () => {
      say("warn", t("reconnecting"));
      // The browser reconnects by itself unless it was refused.
      if (stream.readyState === EventSource.CLOSED) setTimeout(askWhy, 1000);
    });
  }

  // EventSource does not tell why it was refused.
  async function askWhy() {
    try {
      await api("GET", "/calls/live");
    } catch (error) {
      if (error.status === 401 || error.status === 403) return say("bad", t("you are logged out: load the page again"));
    }
    setTimeout(follow, 4000);
  }

  async function act(method, path, body, done) {
    try {
      await api(method, path, body);
      toast(done);
    } catch (error) {
      toast(error.message);
    }
  }

  async function move(call) {
    let nodes;
    try {
      const { body } = await api("GET", `/ivr/${encodeURIComponent(call.ivr_id)}/versions/${call.ivr_version}`);
      nodes = Object.keys(body.nodes ?? body.document?.nodes ?? {});
    } catch (error) {
      toast(error.message);
      return;
    }
    const select = document.getElementById("live-move-node");
    select.replaceChildren(...nodes.filter((node) => node !== call.node).map((node) => new Option(node, node)));
    document.getElementById("live-move-who").textContent = t("%(caller)s, now at %(node)s", { caller: phone(call.ani) ?? t("Withheld number"), node: call.node });
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue === "move" && select.value)
          act("POST", `/calls/${encodeURIComponent(call.call_id)}/move`, { node: select.value }, t("The call was sent there."));
      },
      { once: true },
    );
  }

  rows.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    const known = calls.get(button?.closest("tr").dataset.call);
    if (!known) return;
    const { call } = known;
    if (button.dataset.do === "move") move(call);
    else if (window.confirm(t("Hang up the call of %(caller)s?", { caller: phone(call.ani) ?? t("a withheld number") })))
      act("POST", `/calls/${encodeURIComponent(call.call_id)}/hangup`, undefined, t("The call was ended."));
  });
  rows.addEventListener("pointerleave", () => gliding(letGo));
  setInterval(tick, 1000);
  follow();
})();
