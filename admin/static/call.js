// The phone on a menu's page: makes a test call, presses keys, plays what the caller hears, shows the current node.
(() => {
  const place = document.querySelector("[data-call]");
  if (!place) return;
  const { api, locale, seconds, t, toast } = window.digitree;
  const at = (id) => document.getElementById(id);
  const menu = place.dataset.call;
  const words = JSON.parse(place.dataset.words);
  const keys = [...place.querySelectorAll("[data-key]")];
  const KINDS = ["answered", "language", "node", "asked", "playing", "stopped", "pressed", "taken", "recording", "recorded", "dialling", "ringing",
    "ringing_over", "connected", "hung_up", "ended"];
  let graph = null;
  let call = null;

  // -- the menu to call: the saved one, or the editor's draft --------------------------------------------------------

  // The text is sent unparsed: JavaScript's objects lose the author's order.
  // `saved`: the menu's draft with its sounds, as the server has it.
  const saved = place.dataset.draft === "saved";
  const draftText = place.dataset.draft === "yes" ? sessionStorage.getItem(`digitree-draft-${menu}`) : null;
  function readDraft() {
    try {
      return JSON.parse(draftText);
    } catch {
      return null;
    }
  }
  const draft = readDraft();
  const isDraft = saved || draft !== null;
  if (place.dataset.draft === "yes" && !draft) {
    at("call-draft").textContent = t("There is no draft in this tab; call it from the editor. This calls the saved menu.");
  }
  const prompts = new Map();

  async function showMenu() {
    const get = (path) => fetch(path, { headers: { Accept: "application/json" } });
    const [answer, kept] = await Promise.all([get(`/ivr/${menu}${saved ? "/draft" : ""}`), get(`/ivr/${menu}/places`)]);
    if (!answer.ok) return;
    const text = await answer.text();
    for (const prompt of JSON.parse(text).prompts) if (prompt.text) prompts.set(prompt.audio, prompt.text);
    const mount = window.digitree.mountGraph;
    if (mount) graph = mount(at("call-graph"), draft ? draftText : text, kept.ok ? await kept.json() : {});
    ({ nodes, languages = [] } = draft ?? JSON.parse(text));
    offerLanguages();
  }
  let nodes = {};
  let languages = [];

  // -- the languages of the menu -------------------------------------------------------------------------------------

  const languageNames = new Intl.DisplayNames([locale], { type: "language" });
  function nameOf(code) {
    const name = languageNames.of(code);
    return name[0].toUpperCase() + name.slice(1);
  }

  function offerLanguages() {
    const [first, choice] = [at("call-language").options[0], at("call-language")];
    choice.replaceChildren(first, ...languages.map((code) => new Option(nameOf(code), code)));
    at("call-language-field").hidden = languages.length < 2;
  }

  // What is said at a node in the language of the call, or in the first that has it, as the call server plays it.
  function inLanguage(said) {
    if (typeof said !== "object" || said === null || Array.isArray(said)) return [said ?? []].flat();
    const heard = [call?.language, ...languages, ...Object.keys(said)].find((code) => code in said);
    return [said[heard]].flat();
  }

  // -- sound ---------------------------------------------------------------------------------------------------------

  let tones = null;
  function context() {
    tones ??= new AudioContext();
    return tones;
  }

  // Two frequencies for a moment: what a keypad and a ringing line are made of.
  function tone(one, other, from, to) {
    try {
      const audio = context();
      const loud = audio.createGain();
      loud.gain.value = 0.05;
      loud.connect(audio.destination);
      const voices = [one, other].map((hertz) => {
        const voice = audio.createOscillator();
        voice.frequency.value = hertz;
        voice.connect(loud);
        voice.start(audio.currentTime + from);
        voice.stop(audio.currentTime + to);
        return voice;
      });
      return () => voices.forEach((voice) => voice.disconnect());
    } catch {
      return () => {};
    }
  }

  const ROWS = [697, 770, 852, 941];
  const COLUMNS = [1209, 1336, 1477];
  function beep(key) {
    const index = "123456789*0#".indexOf(key);
    tone(ROWS[Math.floor(index / 3)], COLUMNS[index % 3], 0, 0.12);
  }

  function hush(playing) {
    for (const audio of playing) audio.pause();
    playing.length = 0;
  }

  // -- one call ------------------------------------------------------------------------------------------------------

  function newCall(id) {
    return { id, events: null, playing: [], quiet: () => {}, path: [], script: [], waiting: false, ended: false };
  }

  async function dial() {
    if (call && !call.ended) return;
    if (tones?.state === "suspended") tones.resume();
    setState("up", t("Calling …"), "");
    at("call-heard").hidden = true;
    graph?.setLanguage(at("call-language").value || (languages[0] ?? null));
    at("call-story").replaceChildren();
    at("record-none").hidden = false;
    for (const id of ["record-facts", "record-links", "call-save"]) at(id).hidden = true;
    graph?.setPath([]);
    const order = { ivr_id: menu, agent: at("call-agent").value, ani: at("call-ani").value.trim() || "anonymous" };
    if (place.dataset.script) order.script = place.dataset.script;
    if (at("call-language").value) order.language = at("call-language").value;
    try {
      const text = JSON.stringify(order);
      const body = draft ? new Blob([`${text.slice(0, -1)},"draft":${draftText}}`], { type: "application/json" }) : saved ? { ...order, draft: true } : order;
      const made = (await api("POST", "/test-calls", body)).body;
      call = newCall(made.id);
      call.order = order;
      if (made.unspoken.length) tell(0, t("The new text of %(nodes)s could not be spoken: keys are read out.", { nodes: made.unspoken.join(", ") }));
      follow(call);
    } catch (error) {
      const faults = (error.problem?.errors ?? []).map((each) => each.message).join("; ");
      setState("idle", t("The call could not be made"), faults || error.message);
    }
  }

  function follow(mine) {
    mine.events = new EventSource(`/test-calls/${mine.id}/events`);
    for (const kind of KINDS) {
      mine.events.addEventListener(kind, (message) => {
        if (mine === call) happened(mine, JSON.parse(message.data));
      });
    }
    mine.events.onerror = () => {
      // The browser reconnects by itself unless it was refused: then the phone does not know the call any more. Leaving
      // the page also closes the stream before the page can hang up: hence the pause.
      if (mine.events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => over(mine, { by: "phone", cause: t("the connection to the phone was lost") }), 1000);
    };
  }

  function happened(mine, event) {
    const last = mine.path.at(-1);
    switch (event.kind) {
      case "answered":
        tell(event.at_ms, t("Answered."));
        setState("up", t("In the call"), "");
        break;
      case "language":
        speak(mine, event);
        break;
      case "node":
        mine.path.push({ node: event.node, note: "" });
        light(mine, event.node);
        break;
      case "asked":
        if (!last || last.node !== event.node || last.asked) mine.path.push({ node: event.node, note: "" });
        mine.path.at(-1).asked = mine.waiting = true;
        light(mine, event.node);
        setState("up", t("At %(node)s", event), heard(event.node, event));
        tell(event.at_ms, t("%(node)s asks: %(words)s", { node: event.node, words: heard(event.node, event) }));
        break;
      case "playing":
        if (event.url) play(mine, event);
        if (!mine.waiting || mine.path.at(-1)?.answered) tell(event.at_ms, t("Hears %(words)s", { words: event.said ? `“${event.said}”` : heard(last?.node, event) }));
        break;
      case "stopped":
        hush(mine.playing);
        break;
      case "pressed":
        flash(event.key);
        break;
      case "taken":
        if (mine.hungUp) break;
        mine.waiting = false;
        mine.script.push(event.key ?? "-");
        if (last) last.note = event.key ? t("key %(key)s", event) : t("silence");
        tell(event.at_ms, event.key ? t("Key %(key)s at %(node)s.", event) : t("Silence at %(node)s.", event));
        light(mine, event.node);
        break;
      case "recording":
        setState("up", t("Recording at %(node)s", event), t("You are taken to speak until you press a key that ends it, or for as long as it may take."));
        tell(event.at_ms, t("Recording at %(node)s.", event));
        break;
      case "recorded":
        mine.script.push(`s${Math.min(999, event.seconds)}${event.key ?? (mine.hungUp ? "h" : "")}`);
        if (last) last.note = t("%(seconds)s s", event);
        tell(event.at_ms, event.key ? t("Recorded %(seconds)s s at %(node)s, until key %(key)s.", event) : t("Recorded %(seconds)s s at %(node)s.", event));
        break;
      case "dialling":
        tell(event.at_ms, t("The menu dials the agent %(to)s. This is a test call: a simulated agent takes its place.", event));
        setState("up", t("Ringing a simulated agent"), t("In place of %(to)s, which is not dialled.", event));
        break;
      case "ringing":
        ring(mine);
        break;
      case "ringing_over":
        mine.quiet();
        break;
      case "connected":
        mine.quiet();
        tell(event.at_ms, t("The simulated agent answers. A test call cannot tell whether the real one would."));
        setState("up", t("With a simulated agent"), t("No real agent was dialled. Hang up when you have heard enough."));
        break;
      case "hung_up":
        mine.hungUp = true;
        if (event.by === "caller" && mine.waiting) mine.script.push("h");
        hush(mine.playing);
        tell(event.at_ms, hungUpBy(event.by));
        break;
      case "ended":
        over(mine, event);
    }
  }

  function hungUpBy(by) {
    const words = { caller: t("Hung up by you."), switch: t("Hung up by the menu."), agent: t("Hung up by the simulated agent.") };
    return words[by] ?? t("Hung up by %(by)s.", { by });
  }

  // The graph and the phone show the language that the caller hears from now on.
  function speak(mine, { at_ms: atMs, language }) {
    const isFirst = mine.language === undefined;
    mine.language = language;
    graph?.setLanguage(language);
    if (languages.length < 2) return;
    const name = languageNames.of(language);
    at("call-heard").textContent = nameOf(language);
    at("call-heard").hidden = false;
    tell(atMs, isFirst ? t("The call is in %(language)s.", { language: name }) : t("From now on in %(language)s.", { language: name }));
  }

  function heard(node, { file, said }) {
    if (file && !said) {
      const audio = inLanguage(nodes[node]?.audio);
      const text = (isDraft ? inLanguage(nodes[node]?.text) : audio.map((each) => prompts.get(each)).filter(Boolean)).join(" ");
      return text ? `“${text}”` : (audio.join(", ") || t("a recording"));
    }
    if (said && file.startsWith("languages/")) return `“${said}”`;
    return said ? t("“%(words)s” (not spoken yet)", { words: said }) : t("two tones");
  }

  function play(mine, event) {
    const audio = new Audio(event.url);
    mine.playing.push(audio);
    audio.addEventListener("ended", () => mine.playing.splice(mine.playing.indexOf(audio) >>> 0, 1));
    audio.play().catch(() => {});
  }

  function ring(mine) {
    const stops = [];
    for (let turn = 0; turn < 10; turn += 1) stops.push(tone(440, 480, turn * 6, turn * 6 + 2));
    mine.quiet = () => stops.splice(0).forEach((stop) => stop());
  }

  function light(mine, node) {
    graph?.setPath(mine.path.map(({ node: name, note }) => ({ node: name, note })));
    graph?.setActive(node);
  }

  async function over(mine, event) {
    if (mine.ended) return;
    mine.ended = true;
    mine.events.close();
    mine.quiet();
    if (!mine.hungUp) hush(mine.playing);
    graph?.setActive(null);
    graph?.fit();
    const technical = "developer" in document.documentElement.dataset;
    const refused = event.sip_status >= 300 && technical ? t("refused with %(status)s", { status: String(event.sip_status) }) : "";
    const why = event.sip_status >= 300 ? t("the call was refused") : (words.causes?.[event.cause] ?? event.cause);
    setState("idle", t("The call is over"), refused || outcomeOf(event.outcome) || (event.by === "caller" ? t("you hung up") : why));
    for (const fault of event.faults ?? []) tell(event.at_ms, t("A fault of the call server: %(fault)s", { fault }));
    if (event.call_id) await showRecord(mine);
  }

  async function showRecord(mine) {
    for (let tries = 0; tries < 40 && mine === call; tries += 1) {
      let found;
      try {
        found = (await api("GET", `/test-calls/${mine.id}`)).body.record;
      } catch {
        return;
      }
      if (found?.ended_at) return fillRecord(mine, found);
      await new Promise((done) => setTimeout(done, 250));
    }
  }

  // The agent of a test call is simulated.
  function outcomeOf(outcome) {
    return ["transferred", "agent_unavailable"].includes(outcome) ? t("%(outcome)s (simulated)", { outcome: words.outcomes[outcome] }) : words.outcomes[outcome];
  }

  function fillRecord(mine, record) {
    const rows = [
      [t("Outcome"), outcomeOf(record.outcome) ?? record.outcome],
      [t("Path"), record.path.map((step) => (step.key ? `${step.node} (${step.key})` : step.node)).join(" › ")],
      [t("Duration"), seconds(record.duration_ms / 1000)],
      [t("Caller"), digitree.phone(record.ani) ?? t("withheld")],
      ...record.agent.map((each) => [t("Agent"), t("%(uri)s was not dialled. Simulated: %(result)s", { uri: each.uri, result: words.results[each.result] ?? each.result })]),
      [t("Call record"), record.id],
    ];
    at("record-facts").replaceChildren(...rows.flatMap(([name, value]) => {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      text.textContent = value;
      return [term, text];
    }));
    const links = [];
    if (place.dataset.calls === "yes") links.push([`/ui/calls/${encodeURIComponent(record.id)}`, t("This call")]);
    if (place.dataset.funnel === "yes") links.push([`/ui/menus/${menu}/funnel`, t("Funnel")]);
    if (record.outcome === "opted_out" && !isDraft && record.ani) {
      links.push([`/dnc/${encodeURIComponent(record.ani)}/proof`, t("Proof of the opt-out")]);
    }
    at("record-links").replaceChildren(...links.map(([href, text]) => {
      const link = document.createElement("a");
      Object.assign(link, { href, textContent: text });
      return link;
    }));
    if (record.outcome === "opted_out" && isDraft) {
      const said = document.createElement("span");
      said.textContent = t("A caller would be on the do-not-call list now; a call to a draft puts nobody on it.");
      at("record-links").append(said);
    }
    // Nodes without a sound passed too fast to be told of.
    graph?.setPath(record.path.map((step) => ({ node: step.node, note: step.key ? t("key %(key)s", step) : "" })));
    at("record-none").hidden = true;
    at("record-facts").hidden = false;
    at("record-links").hidden = !at("record-links").childNodes.length;
    mine.record = record;
    if (mine.script.length) {
      at("test-script").textContent = mine.script.join(",");
      at("test-name").value = `${mine.script.join(",")}: ${words.outcomes[record.outcome] ?? record.outcome}`;
      at("call-save").hidden = false;
    }
  }

  async function saveTest(event) {
    event.preventDefault();
    const path = call.record.path.map((step) => step.node);
    const expected = { outcome: call.record.outcome };
    if (path.length) expected.node = path.at(-1);
    if (path.length && at("test-path").checked) expected.path = path;
    try {
      const name = at("test-name").value.trim();
      const body = { name, script: call.script.join(","), expected, agent: call.order.agent };
      const made = (await api("POST", `/ivr/${menu}/tests`, body)).body;
      toast(t("%(name)s is a test of this menu now.", made));
      at("call-save").hidden = true;
    } catch (error) {
      toast(error.message);
    }
  }

  // -- the phone's face ----------------------------------------------------------------------------------------------

  function setState(state, title, text) {
    place.dataset.state = state;
    at("call-state").textContent = title;
    at("call-hears").textContent = text;
    at("call-display").scrollTop = 0;
    at("call-dial").disabled = state === "up";
    at("call-end").disabled = state !== "up";
    for (const key of keys) key.disabled = state !== "up";
  }

  function tell(ms, text) {
    const line = document.createElement("li");
    const [when, what] = [document.createElement("span"), document.createElement("span")];
    when.textContent = seconds((ms ?? 0) / 1000);
    what.textContent = text;
    line.append(when, what);
    at("call-story").append(line);
    at("call-story").scrollTop = at("call-story").scrollHeight;
  }

  function flash(key) {
    const button = keys.find((each) => each.dataset.key === key);
    button?.classList.add("down");
    setTimeout(() => button?.classList.remove("down"), 180);
  }

  async function press(key) {
    if (!call || call.ended) return;
    beep(key);
    try {
      await api("POST", `/test-calls/${call.id}/keys`, { keys: key });
    } catch (error) {
      if (error.status !== 409) toast(error.message);
    }
  }

  function hangUp() {
    if (call && !call.ended) api("DELETE", `/test-calls/${call.id}`).catch((error) => toast(error.message));
  }

  at("call-dial").addEventListener("click", dial);
  at("call-end").addEventListener("click", hangUp);
  at("call-save").addEventListener("submit", saveTest);
  for (const key of keys) key.addEventListener("click", () => press(key.dataset.key));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    if (/^[0-9*#]$/.test(event.key) && call && !call.ended) {
      event.preventDefault();
      press(event.key);
    }
  });
  // Leaving the page hangs up.
  addEventListener("pagehide", () => {
    if (call && !call.ended) {
      fetch(`/test-calls/${call.id}`, { method: "DELETE", keepalive: true, headers: { "X-CSRF-Token": window.digitree.csrf } });
    }
  });
  showMenu();
})();
