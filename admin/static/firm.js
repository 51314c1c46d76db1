// Sends the logo of the firm, and says why it cannot be taken.
(() => {
  const { api } = window.digitree;
  const form = document.getElementById("logo-form");
  if (!form) return;
  const outcome = document.getElementById("logo-outcome");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file] = form.querySelector("input[type=file]").files;
    const button = form.querySelector("button");
    button.disabled = true;
    outcome.textContent = "";
    try {
      await api("PUT", "/firm/logo", file, { headers: { "Content-Type": "application/octet-stream" } });
      location.reload();
    } catch (error) {
      outcome.textContent = error.message;
      outcome.lang = "en";
      button.disabled = false;
    }
  });
})();
