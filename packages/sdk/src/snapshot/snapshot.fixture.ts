import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is removed afterwards, and the path of a snapshot file in it. */
export async function freshFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-snapshot-'));
  return {
    folder,
    path: join(folder, 'snapshot'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
