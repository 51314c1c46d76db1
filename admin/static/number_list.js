// Sends a file of numbers to the list, and says what came of it.
(() => {
  const { api, t, toast } = window.digitree;
  const form = document.getElementById("import");
  if (!form) return;
  const outcome = document.getElementById("outcome");
  const workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

  function say(text, lines = []) {
    const list = document.createElement("ul");
    list.className = "lines";
    for (const line of lines) list.append(Object.assign(document.createElement("li"), { textContent: line }));
    outcome.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }), ...(lines.length ? [list] : []));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = document.getElementById("file").files;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const headers = { "Content-Type": /\.xlsx$/i.test(file.name) ? workbook : "text/csv" };
      const { body } = await api("POST", `/lists/${form.dataset.list}/import`, file, { headers });
      const bad = body.bad.slice(0, 20).map((each) => t("Line %(n)s: %(reason)s", { n: each.line, reason: each.reason }));
      const { added, changed, bad_count: left } = body;
      say(t("Put on the list: %(added)s. Changed: %(changed)s. Lines left out: %(left)s.", { added, changed, left }), bad);
      toast(t("Imported. Load the page again to see the numbers."));
    } catch (error) {
      say(error.message, (error.problem?.errors ?? []).slice(0, 20).map((each) => each.message));
    } finally {
      button.disabled = false;
    }
  });
})();
