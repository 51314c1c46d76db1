// Has all texts of a menu spoken by POST /ivr/{id}/speech, and shows how far it is.
(() => {
  const { dollars, seconds, t } = window.digitree;
  const LOOK_MS = 700;
  const section = document.getElementById("speak");
  const button = section?.querySelector("button");
  const bar = section?.querySelector("progress");
  const tell = section?.querySelector("[data-told]");
  const path = `/ivr/${section?.dataset.ivr}/speech`;
  const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

  function show(job) {
    bar.hidden = false;
    bar.max = job.total || 1;
    bar.value = job.spoken + job.failed;
    const told = { ...job, cost: dollars(job.cost_usd) };
    tell.textContent = job.failed
      ? t("%(spoken)s of %(total)s spoken, %(failed)s failed, %(cost)s", told)
      : t("%(spoken)s of %(total)s spoken, %(cost)s", told);
    for (const text of job.texts) {
      const line = [...section.querySelectorAll("li")].find(({ dataset }) => dataset.node === text.node && dataset.at === text.at);
      const said = line?.querySelector(".said");
      if (!said) continue;
      if (text.state === "waiting") said.textContent = "";
      if (text.state === "speaking") said.textContent = "…";
      if (text.state === "spoken") said.textContent = seconds(text.duration_seconds);
      if (text.state === "failed") said.textContent = text.message;
      said.className = { spoken: "said badge good", failed: "said fault" }[text.state] ?? "said";
    }
  }

  async function follow(first) {
    button.disabled = true;
    let job = first;
    for (; job.state === "running"; job = (await digitree.api("GET", path)).body) {
      show(job);
      await pause();
    }
    show(job);
    if (job.state === "ended" && !job.failed) return location.reload();
    button.disabled = false;
    button.textContent = job.state === "interrupted" ? t("Go on") : t("Try again");
  }

  function attempt(work) {
    work().catch((error) => {
      tell.textContent = error.message;
      button.disabled = false;
      button.textContent = t("Try again");
    });
  }

  button?.addEventListener("click", () => {
    button.disabled = true;
    attempt(async () => follow((await digitree.api("POST", path)).body));
  });
  // Somebody has begun already, here or elsewhere.
  if (button && "speaking" in section.dataset) attempt(async () => follow((await digitree.api("GET", path)).body));
})();
