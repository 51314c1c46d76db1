// Shows how POST /dnc/import reads a file (dry_run), then sends it and shows the progress. It uses XMLHttpRequest, since
// fetch() does not report how much was sent.
(() => {
  const { api, csrf, locale, t } = window.digitree;
  const form = document.getElementById("import");
  const fields = form.elements;
  const button = form.querySelector("button.primary");
  const outcome = document.getElementById("outcome");
  const progress = document.getElementById("progress");
  const bar = document.getElementById("bar");
  const stage = document.getElementById("stage");
  const understood = document.getElementById("understood");
  const rows = document.querySelector("#columns tbody");
  const allColumns = document.getElementById("all-columns");
  const download = document.getElementById("download");
  const count = new Intl.NumberFormat(locale);
  const WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const SEPARATORS = { ",": t("commas"), ";": t("semicolons"), "\t": t("tabs"), "|": t("bars") };
  const SHOWN = 10;
  // Of a file with more columns those without numbers are shown on demand.
  const COLUMNS_SHOWN = 12;
  const ASK_MS = 700;
  // Each stage's start and share of the bar, and its text.
  const stages = {
    reading: [0, 0.4, (at) => at.done < at.total ? t("Reading: %(n)s %", { n: Math.floor(100 * at.done / at.total) }) : t("Finding out which are new")],
    listing: [0.4, 0.3, (at) => t("Putting new numbers on the list: %(done)s of %(total)s", at)],
    chaining: [0.7, 0.3, (at) => t("Writing their proofs: %(done)s of %(total)s", at)],
  };
  // The latest dry run; the answer to an earlier one is ignored.
  let look = 0;
  // The boxes were ticked by a person; until then the server finds the columns.
  let ticked = false;

  const lines = (kind, texts) => texts.map((text) => Object.assign(document.createElement(kind), { textContent: text }));
  const numbers = (n) => n === 1 ? t("%(n)s number", { n }) : t("%(n)s numbers", { n });
  const badLines = (n) => n === 1 ? t("%(n)s bad line.", { n }) : t("%(n)s bad lines.", { n });

  function newName() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Follow the progress until the import is answered. While it is unknown the bar stays as it is.
  async function watch(name, underWay) {
    while (underWay()) {
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      const at = await api("GET", `/dnc/imports/${name}`).then((answer) => answer.body, () => null);
      if (!at || !underWay()) continue;
      const [from, share, text] = stages[at.stage];
      // A single query of unknown length: the bar only shows that work goes on.
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
      const parameters = new URLSearchParams({ list: fields.list.value, name, ...query });
      if (fields.sheet.value) parameters.append("sheet", fields.sheet.value);
      if (ticked) for (const box of boxes()) if (box.checked) parameters.append("column", box.value);
      request.open("POST", `/dnc/import?${parameters}`);
      request.setRequestHeader("Content-Type", /\.xlsx$/i.test(file.name) ? WORKBOOK : "text/csv");
      request.setRequestHeader("Accept", accept);
      request.setRequestHeader("X-CSRF-Token", csrf);
      request.upload.addEventListener("progress", (sent) => {
        bar.value = sent.loaded / sent.total;
        stage.textContent = t("Sending: %(n)s %", { n: Math.floor((100 * sent.loaded) / sent.total) });
      });
      request.upload.addEventListener("load", () => {
        bar.removeAttribute("value");
        stage.textContent = t("Reading");
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
    try { problem = JSON.parse(answer.text); } catch { /* the status tells */ }
    if (answer.status === 0) return say("problem", [t("The server cannot be reached; nothing was imported.")]);
    const faults = (problem?.errors ?? []).slice(0, SHOWN).map((each) => each.message);
    say("problem", [...new Set([problem?.detail ?? t("This did not work (%(status)s).", { status: String(answer.status) }), ...faults])]);
  }

  const boxes = () => Array.from(rows.querySelectorAll("input"));
  const placesOf = (value) => value.split("+").map((place) => place - 1);

  // One row for each number, which may be spread over columns, and for each column besides.
  function showColumns({ columns, chosen }) {
    const read = new Set(chosen.flatMap(placesOf));
    const others = columns.flatMap((column, place) => (read.has(place) ? [] : [String(place + 1)]));
    const values = [...chosen, ...others].sort((one, other) => placesOf(one)[0] - placesOf(other)[0]);
    rows.replaceChildren(...values.map((value) => {
      const parts = placesOf(value).map((place) => ({ ...columns[place], title: columns[place].name || t("Column %(n)s", { n: place + 1 }) }));
      const title = parts.map((part) => part.title).join(t(" and "));
      const samples = [0, 1, 2].map((at) => parts.map((part) => part.samples[at] ?? "").join(" ").trim());
      const numbers = Math.max(...parts.map((part) => part.numbers_count));
      const row = document.createElement("tr");
      row.append(...lines("td", ["", samples.filter(Boolean).join(" · "), numbers ? count.format(numbers) : ""]));
      row.lastChild.className = "num";
      row.dataset.numbers = numbers;
      row.dataset.title = title;
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", value, checked: chosen.includes(value) });
      label.append(box, ` ${title}`);
      // The column of country codes goes with the numbers beside it.
      row.firstChild.append(parts[0].chosen && !box.checked ? t("%(column)s: country code", { column: title }) : label);
      row.hidden = values.length > COLUMNS_SHOWN && !numbers && !box.checked;
      return row;
    }));
    allColumns.hidden = !Array.from(rows.rows).some((row) => row.hidden);
    allColumns.textContent = t("Show all %(n)s columns", { n: values.length });
  }

  function markColumns() {
    const left = [];
    for (const row of rows.rows) {
      const box = row.querySelector("input");
      row.firstChild.classList.toggle("chosen", !box || box.checked);
      if (box && !box.checked && Number(row.dataset.numbers)) left.push(row.dataset.title);
    }
    document.getElementById("other-columns").textContent =
      left.length ? t("Numbers are in %(columns)s, too. Tick what must not be called.", { columns: left.join(", ") }) : "";
  }

  function showSheets({ sheet, sheets }) {
    document.getElementById("sheets").hidden = sheets.length < 2;
    fields.sheet.replaceChildren(...sheets.map((each) => new Option(each.name, each.name, each.chosen, each.chosen)));
    const left = sheets.filter((each) => each.numbers_count && each.name !== sheet).map((each) => each.name);
    document.getElementById("other-sheets").textContent =
      left.length ? t("Numbers are on %(sheets)s, too. One sheet is read at a time: import each of them.", { sheets: left.join(", ") }) : "";
  }

  function showBad(answer) {
    const bad = document.getElementById("bad");
    const list = document.createElement("ul");
    list.append(...lines("li", answer.bad.slice(0, SHOWN).map((each) => t("Line %(n)s: %(reason)s", { n: each.line, reason: each.reason }))));
    if (answer.bad_count > SHOWN) list.append(...lines("li", [t("and %(n)s more", { n: answer.bad_count - SHOWN })]));
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
      // What the file is understood as stays, so that another column can be ticked.
      understood.hidden = !rows.rows.length;
      download.hidden = true;
      return refuse(answer);
    }
    const found = JSON.parse(answer.text);
    const { format, encoding, separator, heading } = found.understood;
    const form = format === "xlsx"
      ? t("An Excel workbook")
      : t("%(encoding)s text, separated by %(separator)s", { encoding, separator: SEPARATORS[separator] ?? separator });
    document.getElementById("form").textContent = heading ? t("%(form)s, with a heading.", { form }) : t("%(form)s, without a heading.", { form });
    if (!rows.rows.length) {
      showSheets(found.understood);
      showColumns(found.understood);
    }
    markColumns();
    const there = found.numbers_count - found.added;
    document.getElementById("counts").textContent =
      [
        t("%(numbers)s: %(added)s new, %(there)s already on the list or repeated in the file.", { numbers: numbers(found.numbers_count), added: found.added, there }),
        badLines(found.bad_count),
        found.passed_over ? t("Lines skipped, without a number or released: %(n)s.", { n: found.passed_over }) : "",
      ].filter(Boolean).join(" ");
    showBad(found);
    understood.hidden = false;
    button.textContent = found.numbers_count ? t("Import %(numbers)s", { numbers: numbers(found.numbers_count) }) : t("Import");
    button.disabled = !found.numbers_count;
  }

  function lookAnew() {
    rows.replaceChildren();
    ticked = false;
    understood.hidden = download.hidden = true;
    lookAtFile();
  }

  fields.file.addEventListener("change", () => {
    fields.sheet.replaceChildren();
    lookAnew();
  });
  fields.sheet.addEventListener("change", lookAnew);
  fields.list.addEventListener("change", lookAtFile);
  rows.addEventListener("change", () => {
    ticked = true;
    markColumns();
    if (boxes().some((box) => box.checked)) return lookAtFile();
    look += 1;
    button.disabled = true;
    say("problem", [t("Tick at least one column.")]);
  });
  allColumns.addEventListener("click", () => {
    for (const row of rows.rows) row.hidden = false;
    allColumns.hidden = true;
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    look += 1;
    button.disabled = true;
    outcome.replaceChildren();
    const answer = await send(fields.strict.checked ? { strict: "true" } : {});
    button.disabled = false;
    if (answer.status !== 200) return refuse(answer);
    const done = JSON.parse(answer.text);
    const told = [t("%(added)s of %(numbers)s were added; the others were on the list already.", { added: done.added, numbers: numbers(done.numbers_count) })];
    if (done.bad_count) told.push(t("Bad lines left out: %(n)s. Download, correct and import them.", { n: done.bad_count }));
    if (done.passed_over) told.push(t("Lines skipped, without a number or released: %(n)s.", { n: done.passed_over }));
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
