// Has all texts of a menu spoken by POST /ivr/{id}/speech, and shows how far it is.
(() => {
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
    tell.textContent = `${job.spoken} of ${job.total} spoken${job.failed ? `, ${job.failed} failed` : ""}, $${job.cost_usd}`;
    for (const text of job.texts) {
      const line = [...section.querySelectorAll("li")].find(({ dataset }) => dataset.node === text.node && dataset.at === text.at);
      const said = line?.querySelector(".said");
      if (!said) continue;
      if (text.state === "speaking") said.textContent = "…";
      if (text.state === "spoken") said.textContent = `${text.duration_seconds.toFixed(1)} s`;
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
    button.textContent = job.state === "interrupted" ? "Go on" : "Try again";
  }

  function attempt(work) {
    work().catch((error) => {
      tell.textContent = error.message;
      button.disabled = false;
      button.textContent = "Try again";
    });
  }

  button?.addEventListener("click", () => {
    button.disabled = true;
    attempt(async () => follow((await digitree.api("POST", path)).body));
  });
  // Somebody may have begun already, here or elsewhere.
  if (button) {
    digitree.api("GET", path).then(({ body }) => body.state === "running" && attempt(() => follow(body)), () => {});
  }
})();
