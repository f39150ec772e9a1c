import { beforeEach } from 'vitest';
import { tenantry } from '../../cli.fixture.ts';
import { freshFolder, writeFiles } from '../../fresh-folder.fixture.ts';

/** The folder of a test, which is empty when it begins. */
export let dir: string;
/** The id of a tenant that no other test of the file has. */
export let tenant: string;

/** A folder and a tenant for each test of a file. */
export function useDeployFolder(): void {
  let count = 0;
  beforeEach(async () => {
    dir = await freshFolder();
    tenant = `t${++count}`;
  });
}

/** Writes files of the folder; undefined removes one. */
export function files(contents: Readonly<Record<string, string | undefined>>): Promise<void> {
  return writeFiles(dir, contents);
}

/** The version of a config of a scope, as the program tells it. */
export async function versionOf(scope: string, config: string): Promise<number> {
  return JSON.parse((await tenantry(['get', scope, config, '-o', 'json'])).out).version;
}
