// The list of what is to be done about a menu that was brought in: speaks, fetches and uploads, and ticks off what is done.
(() => {
  const { api, t } = window.digitree;
  const LOOK_MS = 700;
  const list = () => document.getElementById("brought");
  if (!list()) return;
  const ivr = list().dataset.ivr;
  const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const tell = (name, text) => {
    const place = list()?.querySelector(`[data-told="${CSS.escape(name)}"]`);
    if (place) place.textContent = text;
  };

  async function refresh() {
    const answer = await fetch(`/ui/menus/${ivr}/import`, { headers: { Accept: "text/html" } });
    if (!answer.ok || !list()) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("brought");
    const open = list().open;
    const focused = list().contains(document.activeElement);
    if (!fresh) return;
    fresh.open = open;
    list().replaceWith(fresh);
    if (focused) fresh.querySelector("summary").focus({ preventScroll: true });
    // The editor looks whether the menu has changed meanwhile.
    window.dispatchEvent(new Event("focus"));
  }
  async function follow(path, name, told) {
    try {
      let job = (await api("POST", path)).body;
      for (; job.state === "running"; job = (await api("GET", path)).body) {
        tell(name, told(job));
        await pause();
      }
      await refresh();
      if (job.failed) tell(name, t("%(failed)s failed", { failed: job.failed }));
    } catch (error) {
      tell(name, error.message);
    }
  }
  async function upload(input) {
    const name = input.dataset.upload;
    const form = new FormData();
    form.append("file", input.files[0], input.files[0].name);
    tell(name, t("Uploading…"));
    try {
      await api("PUT", `/ivr/${ivr}/audio/${encodeURIComponent(name)}`, form);
      await refresh();
    } catch (error) {
      tell(name, error.problem?.errors?.[0]?.message ?? error.message);
      input.value = "";
    }
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("#brought button");
    if (!button) return;
    if ("speak" in button.dataset) {
      button.disabled = true;
      follow(`/ivr/${ivr}/speech`, "speak", (job) => t("%(spoken)s of %(total)s", job));
    }
    if ("fetch" in button.dataset) {
      button.disabled = true;
      follow(`/ivr/${ivr}/import/sounds`, "fetch", (job) => t("%(fetched)s of %(total)s", job));
    }
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("#brought [data-upload]") && target.files.length) upload(target);
  });
  // What was done in another tab.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") refresh();
  });
})();
