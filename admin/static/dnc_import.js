// Sends the file as POST /dnc/import takes it and says how far it is; fetch() could not tell of the sending.
(() => {
  const form = document.getElementById("import");
  const outcome = document.getElementById("outcome");
  const progress = document.getElementById("progress");
  const bar = document.getElementById("bar");
  const stage = document.getElementById("stage");
  const button = form.querySelector("button");
  const count = new Intl.NumberFormat();
  // How much of the bar each stage has, and what is said of it.
  const stages = {
    reading: [0, 0.4, (at) => at.done < at.total ? `Reading: ${Math.floor(100 * at.done / at.total)} %` : "Looking which of them are new"],
    listing: [0.4, 0.3, (at) => `Putting new numbers on the list: ${count.format(at.done)} of ${count.format(at.total)}`],
    chaining: [0.7, 0.3, (at) => `Writing their proofs: ${count.format(at.done)} of ${count.format(at.total)}`],
  };
  const ASK_MS = 700;

  function newName() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Until the import is answered: where it is. Not known yet, or a question that failed: the bar stays as it is.
  async function watch(name, underWay) {
    while (underWay()) {
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      const at = await digitree.api("GET", `/dnc/imports/${name}`).then((answer) => answer.body, () => null);
      if (!at || !underWay()) continue;
      const [from, share, text] = stages[at.stage];
      // One question to the database, of which nobody knows how long it takes: the bar says that something goes on.
      if (at.stage === "reading" && at.done >= at.total) bar.removeAttribute("value");
      else bar.value = from + share * (at.total ? Math.min(1, at.done / at.total) : 1);
      stage.textContent = text(at);
    }
  }

  function say(kind, lines) {
    outcome.className = kind;
    outcome.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    progress.hidden = true;
    button.disabled = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    const name = newName();
    request.open("POST", `/dnc/import?list=${encodeURIComponent(form.elements.list.value)}&name=${name}`);
    request.setRequestHeader("Content-Type", "text/csv");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-Token", digitree.csrf);
    request.upload.addEventListener("progress", (sent) => {
      bar.value = sent.loaded / sent.total;
      stage.textContent = `Sending: ${Math.floor((100 * sent.loaded) / sent.total)} %`;
    });
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      stage.textContent = "Reading";
      watch(name, () => request.readyState !== XMLHttpRequest.DONE);
    });
    request.addEventListener("load", () => {
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* told by its status */ }
      if (request.status === 200) {
        const done = [`${count.format(answer.added)} of ${count.format(answer.numbers_count)} numbers were added; the others stood there.`];
        if (answer.passed_over) done.push(`${count.format(answer.passed_over)} lines without a number, or released, were passed over.`);
        say("flash", done);
        form.reset();
      } else {
        const faults = (answer?.errors ?? []).slice(0, 20).map((each) => each.message);
        say("problem", [answer?.detail ?? `This did not work (${request.status}).`, ...faults]);
      }
    });
    request.addEventListener("error", () => say("problem", ["The server cannot be reached; nothing was imported."]));
    outcome.replaceChildren();
    outcome.className = "";
    progress.hidden = false;
    bar.value = 0;
    button.disabled = true;
    request.send(form.elements.file.files[0]);
  });
})();
