import type { Browser } from 'playwright-core';
import { ensureChromium } from './ensure-chromium.ts';

/** A headless Chromium, installed where it must be. Whoever starts it closes it; it ends with this process in any case. */
export async function startChromium(onProgress?: (line: string) => void): Promise<Browser> {
  const executablePath = await ensureChromium(onProgress);
  // Only here: most who import this package start no browser.
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath,
    // It asks nobody for anything: every request that is left is the page's.
    args: [
      // Root has no sandbox, and containers have none: it looks at nothing but our own page.
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
    ],
    // Signals are the business of the program that starts it.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
    timeout: 120_000,
  });
}
