// Sounds: the drawing follows the sound and leads to a place in it, one speed for all, and what was played is marked as heard.
(() => {
  const { api, toast } = window.digitree;
  const speed = document.querySelector("[data-speed]");
  const players = [...document.querySelectorAll(".sound audio")];
  const KEPT = "sound-speed";
  // As long as this of a sound is heard, or all of a shorter one, it counts.
  const HEARD_S = 2;

  function setSpeed() {
    for (const player of players) player.playbackRate = Number(speed.value);
  }
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept && [...speed.options].some((each) => each.value === kept)) speed.value = kept;
  } catch { /* without storage the speed is the usual one */ }
  speed.addEventListener("change", () => {
    setSpeed();
    try { localStorage.setItem(KEPT, speed.value); } catch { /* as above */ }
  });

  async function noteHeard(row) {
    if (row.dataset.noted || !row.classList.contains("new")) return;
    row.dataset.noted = "true";
    try {
      await api("PATCH", `/sounds/${row.dataset.sound}`, { heard: true });
      row.classList.remove("new");
      row.querySelector("[data-new]").hidden = true;
    } catch (error) {
      delete row.dataset.noted;
      toast(error.message);
    }
  }

  for (const player of players) {
    const row = player.closest(".sound");
    const wave = row.querySelector("[data-wave]");
    const done = wave.querySelector(".done");
    player.addEventListener("play", () => {
      setSpeed();
      for (const other of players) if (other !== player) other.pause();
    });
    player.addEventListener("timeupdate", () => {
      const part = player.duration ? player.currentTime / player.duration : 0;
      done.style.clipPath = `inset(0 ${100 - 100 * part}% 0 0)`;
      if (player.currentTime >= HEARD_S) noteHeard(row);
    });
    player.addEventListener("ended", () => noteHeard(row));
    wave.addEventListener("click", (event) => {
      const box = wave.getBoundingClientRect();
      const part = (event.clientX - box.left) / box.width;
      const go = () => { player.currentTime = part * player.duration; };
      if (player.duration) go();
      else player.addEventListener("loadedmetadata", go, { once: true });
      player.play().catch(() => { /* paused again before it began */ });
    });
  }
})();
