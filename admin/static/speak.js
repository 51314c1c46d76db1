// Speaks the prompts of a new menu one after the other with POST /ivr/{id}/audio, and shows the result of each.
(() => {
  const { seconds, t } = window.digitree;
  const section = document.getElementById("speak");
  const button = section?.querySelector("button");
  button?.addEventListener("click", async () => {
    button.disabled = true;
    let failed = 0;
    for (const line of section.querySelectorAll("li")) {
      const said = line.querySelector(".said");
      if (line.dataset.spoken) continue;
      said.textContent = "…";
      const { node, at, text, voice } = line.dataset;
      try {
        const answer = await digitree.api("POST", `/ivr/${section.dataset.ivr}/audio`, { node, at, text, ...(voice && { voice }) });
        line.dataset.spoken = "yes";
        said.textContent = seconds(answer.body.duration_seconds);
        said.className = "said badge good";
      } catch (error) {
        failed += 1;
        said.textContent = error.message;
        said.className = "said fault";
        if (error.status === 503) break;
      }
    }
    if (failed) {
      button.disabled = false;
      button.textContent = t("Try again");
    } else {
      location.reload();
    }
  });
})();
