// Runs before the first paint, so a stored theme never flashes the other one.
try {
  const stored = localStorage.getItem("headwater.theme");
  if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
} catch (_) {
  // Storage may be forbidden; the system's theme is then used.
}
