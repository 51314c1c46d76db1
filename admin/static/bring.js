// Brings in a menu of another system: shows what becomes of each part of it, then has it made by POST /imports.
(() => {
  const { api, t } = window.digitree;
  const form = document.getElementById("bring");
  if (!form) return;
  const find = (id) => document.getElementById(`bring-${id}`);
  const [file, text, preview, counts, wants, lines, show, name, make, refused] = ["file", "text", "preview", "counts", "wants", "lines", "show", "name", "make", "refused"].map(find);
  const drop = form.querySelector(".drop");
  const fates = {
    carried: [t("the same"), "good"],
    changed: [t("changed"), "warn"],
    not_carried: [t("not carried over"), "bad"],
  };
  // What was looked at is what is made, whatever is typed or chosen meanwhile.
  let looked = null;
  let report = [];

  function send(query) {
    const body = new FormData();
    body.append("file", looked, "menu");
    return api("POST", `/imports?${new URLSearchParams(query)}`, body);
  }
  function refuse(error) {
    const told = [error.message, ...(error.problem?.errors ?? []).slice(0, 20).map((each) => each.message)];
    const shown = [...new Set(told)].map((line) => Object.assign(document.createElement("p"), { textContent: line, lang: "en" }));
    refused.replaceChildren(...shown);
    refused.hidden = false;
  }
  function cell(row, value, lang) {
    const made = row.insertCell();
    made.textContent = value;
    if (lang) made.lang = lang;
    return made;
  }
  function list() {
    const kept = report.filter(({ fate }) => !show.value || fate === show.value || (show.value === "different" && fate !== "carried"));
    const body = document.createElement("tbody");
    for (const line of kept) {
      const row = body.insertRow();
      const kind = Object.assign(document.createElement("span"), { className: "kind", textContent: line.kind });
      cell(row, line.part).append(kind);
      cell(row, line.node ?? "–");
      const [label, tone] = fates[line.fate];
      cell(row, "").append(Object.assign(document.createElement("span"), { className: `badge ${tone}`, textContent: label }));
      cell(row, line.why, line.why && "en");
    }
    if (!kept.length) cell(body.insertRow(), t("Nothing.")).colSpan = 4;
    lines.tBodies[0].replaceWith(body);
  }
  function tell(found) {
    const { carried, changed, not_carried: not } = found.counts;
    counts.textContent = t("The same here: %(carried)s. Changed: %(changed)s. Not carried over: %(not)s.", { carried, changed, not });
    const wanted = [];
    const along = found.sounds.filter((sound) => sound.in_file).length;
    const due = found.sounds.length - along;
    if (along) wanted.push(t("Recordings that come with the file: %(n)s", { n: along }));
    if (due) wanted.push(t("Recordings to fetch or upload afterwards: %(n)s", { n: due }));
    if (found.services.length) wanted.push(t("Services to make afterwards: %(n)s", { n: found.services.length }));
    wants.replaceChildren(...wanted.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    report = found.report;
    name.value = found.menu.name;
    show.value = "";
    list();
    preview.hidden = false;
    document.getElementById("bring-head").focus();
  }
  async function look() {
    refused.hidden = true;
    preview.hidden = true;
    const pasted = text.value.trim();
    const [chosen] = file.files;
    if (!chosen && !pasted) return refuse(new Error(t("Choose a file, or paste its text.")));
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      looked = chosen ? chosen : new Blob([pasted]);
      tell((await send({ dry_run: true })).body);
    } catch (error) {
      refuse(error);
    } finally {
      button.disabled = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  // The one that was given last counts.
  text.addEventListener("input", () => (file.value = ""));
  file.addEventListener("change", () => {
    text.value = "";
    if (file.files.length) look();
  });
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    file.files = event.dataTransfer.files;
    text.value = "";
    look();
  });
  show.addEventListener("change", list);
  make.addEventListener("submit", async (event) => {
    event.preventDefault();
    refused.hidden = true;
    const button = make.querySelector("button");
    button.disabled = true;
    try {
      const { body } = await send({ name: name.value.trim() });
      location.assign(`/ui/menus/${body.id}/edit`);
    } catch (error) {
      refuse(error);
      refused.scrollIntoView({ block: "nearest" });
      button.disabled = false;
    }
  });
})();
