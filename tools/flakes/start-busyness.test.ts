import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../../packages/testing/src/eventually.ts';
import { startBusyness } from './start-busyness.ts';

it('writes to the folder while it is wanted, and to nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-busy-'));
  {
    using _busy = startBusyness(folder);
    await eventually(() => readdirSync(folder).includes('busy'));
  }
  expect(readdirSync(folder)).toEqual(['busy']);
  rmSync(folder, { recursive: true });
});
