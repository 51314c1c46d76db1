// Speak, hear, record and upload the prompts of a menu.
(() => {
  const list = document.querySelector("[data-menu]");
  if (!list) return;
  const { dollars, seconds, t } = window.digitree;
  const menu = `/ivr/${encodeURIComponent(list.dataset.menu)}`;
  const writes = list.dataset.writes === "yes";
  const CHECK_AFTER_MS = 400;
  const POINTS = 300;
  const unsent = new Set();
  const decoder = new OfflineAudioContext(1, 1, 8000);
  let playing = null;

  const words = (text) => text.trim().split(/\s+/).join(" ");

  function draw(svg, samples) {
    const step = samples.length / POINTS;
    const loudest = samples.reduce((most, each) => Math.max(most, Math.abs(each)), 0.05);
    let path = "";
    for (let point = 0; point < POINTS; point += 1) {
      let peak = 0;
      const end = Math.max(Math.floor((point + 1) * step), Math.floor(point * step) + 1);
      for (let at = Math.floor(point * step); at < end && at < samples.length; at += 1) peak = Math.max(peak, Math.abs(samples[at]));
      const high = Math.max(0.6, (peak / loudest) * 26);
      path += `M${point * 2 + 1} ${(28 - high).toFixed(1)}V${(28 + high).toFixed(1)}`;
    }
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const done = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    shape.setAttribute("d", path);
    done.setAttribute("height", "56");
    done.setAttribute("width", "0");
    svg.replaceChildren(shape, done);
  }

  // A 16-bit mono WAV of what the browser decoded, so that the server need not know the browser's own format.
  function wavOf(samples, rate) {
    const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
    const text = (at, letters) => [...letters].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
    text(0, "RIFF");
    view.setUint32(4, 36 + samples.length * 2, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, rate * 2, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, "data");
    view.setUint32(40, samples.length * 2, true);
    samples.forEach((sample, index) => view.setInt16(44 + index * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
    return new Blob([view], { type: "audio/wav" });
  }

  function setUp(card) {
    const find = (name) => card.querySelector(`[data-${name}]`);
    const [text, voice, wave, player, play, said, state, marks] = ["text", "voice", "wave", "player", "play", "said", "state", "marks"].map(find);
    const [speak, record, use, silence, upload, report, keep] = ["speak", "record", "use", "silence", "upload", "report", "keep"].map(find);
    const { node, at } = card.dataset;
    // Of a prompt among several: the node's JSON before and behind its words.
    const around = () => JSON.parse(card.dataset.around);
    const marked = new Set([at ?? "audio", (at ?? "audio").replace("audio", "text")]);
    // What the server has as the text of this node.
    let stored = text.value;
    let drawn = false;
    let recorder = null;
    let recording = null;
    let checking = null;

    const tell = (message) => (said.textContent = message);
    const refuse = (error) => tell(error.problem?.errors?.[0]?.message ?? error.message);
    const badge = (label, kind) => {
      const shown = document.createElement("span");
      shown.className = `badge ${kind}`;
      shown.textContent = label;
      state.replaceChildren(shown);
    };
    const busy = (on) => [speak, record, use, silence, keep].forEach((button) => button && (button.disabled = on));

    async function show(sound) {
      const heard = await decoder.decodeAudioData(sound);
      draw(wave, heard.getChannelData(0));
      drawn = true;
      play.disabled = false;
      return heard;
    }
    async function fetchSound() {
      const answer = await fetch(player.dataset.src);
      if (!answer.ok) throw new Error(t("The sound cannot be loaded just now."));
      const blob = await answer.blob();
      player.src = URL.createObjectURL(blob);
      await show(await blob.arrayBuffer());
    }
    async function start() {
      if (playing && playing !== player) playing.pause();
      playing = player;
      try {
        if (!player.src) await fetchSound();
        await player.play();
      } catch (error) {
        refuse(error);
      }
    }
    function ready(url, length, spoken) {
      player.removeAttribute("src");
      player.dataset.src = url;
      badge(spoken ? t("spoken") : t("recording"), "good");
      if (spoken) markText();
      tell(length);
      return start();
    }

    // The server's warnings about the typed text; nothing is written.
    async function check() {
      checking?.abort();
      checking = new AbortController();
      let changed = { ...JSON.parse(card.dataset.json) };
      if (at && around().length && text.value.trim()) changed = JSON.parse(around().join(JSON.stringify(text.value)));
      else if (!at && text.value.trim()) changed.text = text.value;
      try {
        const { body } = await window.digitree.api("POST", `${menu}/check`, { nodes: { [node]: changed } }, { signal: checking.signal });
        const found = body.warnings.filter((each) => each.node === node && marked.has(each.pointer.split("/").slice(3).join("/")));
        marks.replaceChildren(...found.map((each) => Object.assign(document.createElement("li"), { textContent: each.message })));
      } catch (error) {
        if (error.name !== "AbortError") refuse(error);
      }
    }
    let timer;
    function markText() {
      const isStored = words(text.value) === words(stored);
      if (isStored) unsent.delete(node);
      else unsent.add(node);
      if (keep) keep.hidden = isStored || !text.value.trim() || Boolean(at && !around().length);
      // A recording stands for any text.
      if (card.dataset.source === "upload") return;
      const isHeard = [stored, card.dataset.spoken].some((each) => words(text.value) === words(each));
      if (player.dataset.src && !isHeard) badge(t("text changed"), "warn");
    }
    // Write the node with the text as typed, and with this audio name if it has none. An unchanged text stays as it was.
    async function writeNode(audio = "") {
      const own = words(text.value) === words(stored) ? card.dataset.own : text.value;
      const added = [];
      if (audio) added.push(`"audio": ${JSON.stringify(audio)}`);
      if (own.trim()) added.push(`"text": ${JSON.stringify(own)}`);
      const rest = card.dataset.json.trim().slice(1, -1);
      if (at && !around().length) return;
      const whole = at ? around().join(JSON.stringify(own)) : `{${[...added, ...(rest ? [rest] : [])].join(", ")}}`;
      const patch = `{"nodes": {${JSON.stringify(node)}: ${whole}}}`;
      await window.digitree.api("PATCH", menu, new Blob([patch], { type: "application/json" }));
      stored = text.value;
      unsent.delete(node);
      keep.hidden = true;
    }
    text.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(check, CHECK_AFTER_MS);
      markText();
    });

    play.addEventListener("click", () => (player.paused ? start() : player.pause()));
    player.addEventListener("play", () => (play.textContent = t("Pause")));
    player.addEventListener("pause", () => (play.textContent = t("Play")));
    player.addEventListener("timeupdate", () => {
      wave.querySelector("rect")?.setAttribute("width", String((player.currentTime / player.duration) * 600 || 0));
    });
    wave.addEventListener("click", async (event) => {
      if (!player.dataset.src && !player.src) return;
      if (!player.src) await start();
      const box = wave.getBoundingClientRect();
      if (Number.isFinite(player.duration)) player.currentTime = ((event.clientX - box.left) / box.width) * player.duration;
    });
    if (player.dataset.src) {
      new IntersectionObserver(([seen], watch) => {
        if (!seen.isIntersecting || drawn) return;
        watch.disconnect();
        fetchSound().catch(refuse);
      }).observe(card);
    }
    if (!writes) return;

    speak.addEventListener("click", async () => {
      busy(true);
      silence.hidden = true;
      report.replaceChildren();
      tell(t("Speaking…"));
      const sent = text.value;
      try {
        const { body } = await window.digitree.api("POST", `${menu}/audio`, { node, ...(at && { at }), text: sent, ...(voice.value && { voice: voice.value }) });
        card.dataset.spoken = stored = sent;
        card.dataset.audio = body.audio;
        card.dataset.wish = body.audio;
        card.dataset.source = "tts";
        keep.hidden = true;
        await renew();
        const said = `${seconds(body.duration_seconds)}, ${dollars(body.cost_usd)}`;
        await ready(body.url, body.cached ? t("%(said)s (spoken before)", { said }) : said, true);
        await check();
      } catch (error) {
        refuse(error);
      } finally {
        busy(false);
      }
    });

    // Reload the node's JSON, as text: JavaScript's objects would lose the order of its keys.
    async function renew() {
      const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
      for (const each of list.querySelectorAll(`[data-node="${CSS.escape(node)}"]`)) {
        const fresh = page.getElementById(each.id)?.dataset;
        if (!fresh) continue;
        Object.assign(each.dataset, { json: fresh.json, own: fresh.own, audio: fresh.audio, wish: fresh.wish });
        if (fresh.around) each.dataset.around = fresh.around;
      }
    }
    // What was cut off from the recording, and its oddities.
    function tellOf({ trimmed_ms: trimmed, warnings }) {
      // A node without an audio name gets this one next.
      const lines = warnings.filter((each) => each.code !== "not_played").map((each) => each.message);
      const cut = [];
      if (trimmed.start > 0) cut.push(t("%(seconds)s before the sound", { seconds: seconds(trimmed.start / 1000) }));
      if (trimmed.end > 0) cut.push(t("%(seconds)s after the sound", { seconds: seconds(trimmed.end / 1000) }));
      if (cut.length && !warnings.some((each) => each.code === "much_trimmed")) {
        lines.push(t("Silence cut off: %(what)s.", { what: cut.join(", ") }));
      }
      report.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    }
    function offerSilence(file) {
      silence.hidden = false;
      silence.onclick = () => bring(file, "keep");
    }
    async function bring(file, meant = "trim") {
      busy(true);
      silence.hidden = true;
      report.replaceChildren();
      tell(t("Uploading…"));
      try {
        const name = card.dataset.wish;
        // As a form, since raw telephone samples are recognised only by their file name.
        const form = new FormData();
        form.append("file", file, file.name ?? "recording.wav");
        const { body } = await window.digitree.api("PUT", `${menu}/audio/${name}?silence=${meant}`, form);
        tellOf(body);
        if (body.warnings.some((each) => each.code === "much_trimmed")) offerSilence(file);
        card.dataset.source = "upload";
        const isTyped = Boolean(text.value.trim()) && words(text.value) !== words(stored);
        if (!card.dataset.audio || isTyped) await writeNode(card.dataset.audio ? "" : name);
        await renew();
        await ready(body.url, seconds(body.duration_seconds), false);
        await check();
      } catch (error) {
        refuse(error);
        if (error.problem?.code === "audio_silent") offerSilence(file);
      } finally {
        busy(false);
        upload.value = "";
      }
    }
    upload.addEventListener("change", () => upload.files[0] && bring(upload.files[0]));

    async function listen() {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const parts = [];
      recorder = new MediaRecorder(stream);
      recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
      recorder.addEventListener("stop", async () => {
        stream.getTracks().forEach((track) => track.stop());
        recorder = null;
        record.textContent = t("Record");
        record.setAttribute("aria-pressed", "false");
        try {
          const blob = new Blob(parts, { type: parts[0]?.type });
          const rate = 16000;
          const heard = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await blob.arrayBuffer());
          draw(wave, heard.getChannelData(0));
          recording = wavOf(heard.getChannelData(0), rate);
          player.src = URL.createObjectURL(recording);
          play.disabled = false;
          use.hidden = false;
          tell(t("Your recording: %(seconds)s. Callers do not hear it yet.", { seconds: seconds(heard.duration) }));
        } catch {
          tell(t("The recording cannot be read; please record again."));
        }
      });
      recorder.start();
      record.textContent = t("Stop");
      record.setAttribute("aria-pressed", "true");
      tell(t("Recording…"));
    }
    record.addEventListener("click", () => {
      if (recorder) recorder.stop();
      else listen().catch(() => tell(t("The microphone cannot be used; allow it for this page.")));
    });
    keep.addEventListener("click", async () => {
      busy(true);
      try {
        await writeNode();
        await renew();
        tell(t("The text is saved."));
        await check();
      } catch (error) {
        refuse(error);
      } finally {
        busy(false);
      }
    });
    use.addEventListener("click", async () => {
      use.hidden = true;
      await bring(recording);
    });
  }

  for (const card of list.children) setUp(card);
  window.addEventListener("beforeunload", (event) => unsent.size && event.preventDefault());
})();
