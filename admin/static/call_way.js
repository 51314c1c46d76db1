// The way of a call drawn on its menu: where it was, when, and what was pressed there. The server's picture stays where
// this does not run.
(() => {
  const place = document.getElementById("way-graph");
  const mount = window.digitree.mountGraph;
  if (!place || !mount) return;
  place.hidden = false;
  document.getElementById("way-picture").hidden = true;
  mount(place, place.dataset.menu).setPath(JSON.parse(place.dataset.path));
})();
