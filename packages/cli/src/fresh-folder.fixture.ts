import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test, with one around it for files beside it. */
export async function freshFolder(): Promise<string> {
  const around = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  onTestFinished(() => rm(around, { recursive: true, force: true }));
  const folder = join(around, 'configs');
  await mkdir(folder);
  return folder;
}

/** Writes files below a folder; undefined removes one. */
export async function writeFiles(
  folder: string,
  contents: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (content === undefined) await rm(join(folder, path));
    else await writeFile(join(folder, path), content);
  }
}
