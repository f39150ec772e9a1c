import { expect, it, onTestFinished } from 'vitest';
import { ensureChromium } from './ensure-chromium.ts';

it('takes no program for a Chromium that is none, and names it', async () => {
  const before = process.env.CHROMIUM_PATH;
  onTestFinished(() => {
    if (before === undefined) delete process.env.CHROMIUM_PATH;
    else process.env.CHROMIUM_PATH = before;
  });
  for (const path of [process.execPath, '/nowhere/chromium']) {
    process.env.CHROMIUM_PATH = path;
    await expect(ensureChromium()).rejects.toThrow(`CHROMIUM_PATH is "${path}"`);
  }
});
