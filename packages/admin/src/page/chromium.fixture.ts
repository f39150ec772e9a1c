import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Headless Chromium: of `TENANTRY_CHROMIUM`, of this machine, or, on Debian as root, installed. */
export function startChromium(): Promise<Browser> {
  const found = process.env.TENANTRY_CHROMIUM ?? PLACES.find(path => existsSync(path));
  if (found === undefined) execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium']);
  return chromium.launch({
    executablePath: found ?? (PLACES[0] as string),
    // It asks nobody for anything: every request that is left is the page's.
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
    ],
    timeout: 120_000,
  });
}
