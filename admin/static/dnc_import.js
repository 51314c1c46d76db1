// Shows what POST /dnc/import understands a file as (dry_run), then sends it, and says how far it is. XMLHttpRequest, since
// fetch() does not tell how much was sent.
(() => {
  const form = document.getElementById("import");
  const fields = form.elements;
  const button = form.querySelector("button.primary");
  const outcome = document.getElementById("outcome");
  const progress = document.getElementById("progress");
  const bar = document.getElementById("bar");
  const stage = document.getElementById("stage");
  const understood = document.getElementById("understood");
  const download = document.getElementById("download");
  const count = new Intl.NumberFormat();
  const WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const SEPARATORS = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" };
  const SHOWN = 10;
  const ASK_MS = 700;
  // How much of the bar each stage has, and what is said of it.
  const stages = {
    reading: [0, 0.4, (at) => at.done < at.total ? `Reading: ${Math.floor(100 * at.done / at.total)} %` : "Looking which of them are new"],
    listing: [0.4, 0.3, (at) => `Putting new numbers on the list: ${count.format(at.done)} of ${count.format(at.total)}`],
    chaining: [0.7, 0.3, (at) => `Writing their proofs: ${count.format(at.done)} of ${count.format(at.total)}`],
  };
  // The look that counts: an answer to an earlier one comes too late.
  let look = 0;

  const lines = (kind, texts) => texts.map((text) => Object.assign(document.createElement(kind), { textContent: text }));
  const plural = (number, one, many = `${one}s`) => `${count.format(number)} ${number === 1 ? one : many}`;

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

  // Resolves to { status, text }; status 0: the server cannot be reached.
  function send(query, accept = "application/json") {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const file = fields.file.files[0];
      const name = newName();
      const chosen = fields.column.value ? { column: fields.column.value } : {};
      request.open("POST", `/dnc/import?${new URLSearchParams({ list: fields.list.value, name, ...chosen, ...query })}`);
      request.setRequestHeader("Content-Type", /\.xlsx$/i.test(file.name) ? WORKBOOK : "text/csv");
      request.setRequestHeader("Accept", accept);
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
      request.addEventListener("loadend", () => {
        progress.hidden = true;
        resolve({ status: request.status, text: request.responseText });
      });
      progress.hidden = false;
      bar.value = 0;
      request.send(file);
    });
  }

  function say(kind, texts) {
    outcome.className = kind;
    outcome.replaceChildren(...lines("p", texts));
  }

  function refuse(answer) {
    let problem = null;
    try { problem = JSON.parse(answer.text); } catch { /* told by its status */ }
    if (answer.status === 0) return say("problem", ["The server cannot be reached; nothing was imported."]);
    const faults = (problem?.errors ?? []).slice(0, SHOWN).map((each) => each.message);
    say("problem", [...new Set([problem?.detail ?? `This did not work (${answer.status}).`, ...faults])]);
  }

  function showColumns(columns) {
    const title = (column, place) => column.name || `Column ${place + 1}`;
    const wanted = columns.flatMap((column, place) => (column.chosen ? [place + 1] : [])).join("+");
    const options = columns.map((column, place) => new Option(title(column, place), String(place + 1)));
    if (wanted.includes("+")) {
      const names = columns.flatMap((column, place) => (column.chosen ? [title(column, place)] : []));
      options.unshift(new Option(names.join(" and "), ""));
    }
    fields.column.replaceChildren(...options);
    fields.column.value = wanted.includes("+") ? "" : wanted;
    const table = document.getElementById("columns");
    const row = (kind, texts) => {
      const made = document.createElement("tr");
      made.append(...lines(kind, texts));
      return made;
    };
    table.tHead.replaceChildren(row("th", columns.map(title)));
    table.tBodies[0].replaceChildren(...[0, 1, 2].map((at) => row("td", columns.map((column) => column.samples[at] ?? ""))));
  }

  function showBad(answer) {
    const bad = document.getElementById("bad");
    const list = document.createElement("ul");
    list.append(...lines("li", answer.bad.slice(0, SHOWN).map((each) => `Line ${count.format(each.line)}: ${each.reason}`)));
    if (answer.bad_count > SHOWN) list.append(...lines("li", [`and ${count.format(answer.bad_count - SHOWN)} more`]));
    bad.replaceChildren(...(answer.bad_count ? [list] : []));
    download.hidden = !answer.bad_count;
  }

  async function lookAtFile() {
    const mine = ++look;
    button.disabled = true;
    if (!fields.file.files.length) return;
    outcome.replaceChildren();
    outcome.className = "";
    const answer = await send({ dry_run: "true" });
    if (mine !== look) return;
    if (answer.status !== 200) {
      understood.hidden = download.hidden = true;
      return refuse(answer);
    }
    const found = JSON.parse(answer.text);
    const { format, encoding, separator, heading, columns } = found.understood;
    const form = format === "xlsx" ? "An Excel workbook" : `${encoding} text, separated by ${SEPARATORS[separator]}`;
    document.getElementById("form").textContent = `${form}, ${heading ? "with" : "without"} a heading.`;
    if (!fields.column.options.length) showColumns(columns);
    markChosen(columns);
    const there = found.numbers_count - found.added;
    document.getElementById("counts").textContent =
      `${plural(found.numbers_count, "number")}: ${count.format(found.added)} new, ${count.format(there)} on the list already or twice in the file. ` +
      `${plural(found.bad_count, "bad line")}.` + (found.passed_over ? ` ${plural(found.passed_over, "line")} without a number, or released.` : "");
    showBad(found);
    understood.hidden = false;
    button.textContent = found.numbers_count ? `Import ${plural(found.numbers_count, "number")}` : "Import";
    button.disabled = !found.numbers_count;
  }

  function markChosen(columns) {
    for (const row of document.querySelectorAll("#columns tr")) {
      columns.forEach((column, place) => row.children[place].classList.toggle("chosen", column.chosen));
    }
  }

  fields.file.addEventListener("change", () => {
    fields.column.replaceChildren();
    understood.hidden = download.hidden = true;
    lookAtFile();
  });
  fields.list.addEventListener("change", lookAtFile);
  fields.column.addEventListener("change", lookAtFile);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    look += 1;
    button.disabled = true;
    outcome.replaceChildren();
    const answer = await send(fields.strict.checked ? { strict: "true" } : {});
    button.disabled = false;
    if (answer.status !== 200) return refuse(answer);
    const done = JSON.parse(answer.text);
    const told = [`${count.format(done.added)} of ${plural(done.numbers_count, "number")} were added; the others stood there.`];
    if (done.bad_count) told.push(`${plural(done.bad_count, "bad line was", "bad lines were")} left out; they can be downloaded, put right and imported.`);
    if (done.passed_over) told.push(`${plural(done.passed_over, "line")} without a number, or released, were passed over.`);
    say("flash", told);
    showBad(done);
  });

  download.querySelector("button").addEventListener("click", async () => {
    const answer = await send({ dry_run: "true" }, "text/csv");
    if (answer.status !== 200) return refuse(answer);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([answer.text], { type: "text/csv" }));
    link.download = "bad_lines.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
})();
