// Runs before the first paint, so that a dark page never flashes white.
try {
  const stored = localStorage.getItem('tenantry-theme');
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset.theme = stored;
} catch {} // a browser that stores nothing
