import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLATFORM, type ServiceConfigs } from '../definitions/service-configs.ts';
import { type Child, type ChildOptions, startChild } from './start-child.ts';

/** The `tenantry load` program over a folder of configuration files. */
export interface LoaderProcess {
  /** Begins to bring the folder into the store. */
  start(): void;
  /** Saves values as files, as an editor does: beside, then renamed. */
  save(values: ServiceConfigs): Promise<void>;
  end(): Promise<void>;
}

// Beside the package's entry: the file that its `bin` names.
const PROGRAM = new URL('./main.js', import.meta.resolve('@tenantry/cli')).href;
const CONFIG = fileURLToPath(new URL('../loader/loader.config.js', import.meta.url));

export function createLoaderProcess(options: Omit<ChildOptions, 'script' | 'name' | 'args'>): LoaderProcess {
  const dir = join(options.environment.folder, 'config');
  let child: Child | undefined;
  return {
    start() {
      const args = ['load', dir, '--config', CONFIG, '--watch', '--policy', 'overwrite'];
      child = startChild({ ...options, name: 'loader', script: PROGRAM, args });
    },
    async save(values) {
      const folder = join(dir, 'tenants', PLATFORM);
      await mkdir(folder, { recursive: true });
      for (const [name, value] of Object.entries(values)) {
        const beside = join(folder, `.${name}.tmp`);
        await writeFile(beside, JSON.stringify(value));
        await rename(beside, join(folder, `${name}.json`));
      }
    },
    end: async () => child?.end(),
  };
}
