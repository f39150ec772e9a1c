import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test, with one around it for files beside it. */
export async function freshFolder(): Promise<string> {
  const around = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  onTestFinished(() => rm(around, { recursive: true, force: true }));
  const folder = join(around, 'configs');
  await mkdir(folder);
  return folder;
}
