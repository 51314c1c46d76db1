// Sends the bundle of a menu, to make a new one or to change one, and says what is missing for it here.
(() => {
  const { api, t } = window.digitree;
  const form = document.getElementById("bundle");
  if (!form) return;
  const outcome = document.getElementById("bundle-outcome");
  const kinds = {
    agents: t("the agent"), channels: t("the channel"), groups: t("people in the group"), hours: t("the opening hours"),
    lists: t("the list"), services: t("the service"), voices: t("the voice"),
  };

  function say(text, lines, link) {
    const list = document.createElement("ul");
    list.className = "lines";
    for (const line of lines) list.append(Object.assign(document.createElement("li"), { textContent: line }));
    const told = [Object.assign(document.createElement("p"), { textContent: text })];
    if (lines.length) told.push(list);
    if (link) told.push(Object.assign(document.createElement("p"), {}));
    if (link) told.at(-1).append(Object.assign(document.createElement("a"), { href: link, textContent: t("Open the menu") }));
    outcome.replaceChildren(...told);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = form.querySelector("input[type=file]").files;
    const button = form.querySelector("button");
    const { into, version } = form.dataset;
    button.disabled = true;
    try {
      const headers = { "Content-Type": "application/zip", ...(into && { "If-Match": `"${version}"` }) };
      const { body } = await api("POST", `/ivr/bundle${into ? `?into=${into}` : ""}`, file, { headers });
      if (into) form.dataset.version = body.version;
      const missing = Object.entries(body.missing).flatMap(([kind, names]) => names.map((name) => `${kinds[kind]} ${name}`));
      const here = t("%(menu)s is here, version %(version)s.", { menu: body.name, version: String(body.version) });
      say(
        missing.length ? `${here} ${t("What it needs and is not here yet:")}` : here,
        missing,
        `/ui/menus/${body.id}`,
      );
    } catch (error) {
      say(error.message, (error.problem?.errors ?? []).slice(0, 20).map((each) => each.message).filter((line) => line !== error.message));
    } finally {
      button.disabled = false;
    }
  });
})();
