import { LoginRotation } from '../swaps/login-rotation.ts';
import { ServiceChanges } from '../swaps/service-changes.ts';
import { serviceNames } from '../swaps/service-client.ts';
import type { Cleanup } from './cleanup.ts';
import type { DemoDatabase } from './demo-database.ts';
import { createLoaderProcess, type LoaderProcess } from './loader-process.ts';
import { createServiceProcess, type ServiceProcess, withoutLogin } from './service-process.ts';
import type { ChildOptions } from './start-child.ts';
import type { WriterProcess } from './writer-process.ts';

/** The services that follow their configs, and what changes those. */
export interface DemoServices {
  /** `orders`, `mail` and `gate`. */
  readonly processes: readonly ServiceProcess[];
  readonly rotation: LoginRotation;
  readonly changes: ServiceChanges;
  /** Brings files into the store; does not run yet. */
  readonly loader: LoaderProcess;
}

export interface DemoServicesParts {
  readonly database: DemoDatabase;
  readonly writer: WriterProcess;
  readonly child: Pick<ChildOptions, 'environment' | 'onCrash' | 'onLine'>;
  readonly cleanup: Cleanup;
}

/** Starts them with a first password, a first template and first limits, which the writer sets. */
export async function startDemoServices({
  database,
  writer,
  child,
  cleanup,
}: DemoServicesParts): Promise<DemoServices> {
  const rotation = await LoginRotation.start(database.pool, new URL(database.url).pathname.slice(1));
  await cleanup.add(() => rotation[Symbol.asyncDispose]());
  const changes = new ServiceChanges(rotation, writer.writeServiceConfigs);
  // They have nothing but what configs say.
  const environment = { ...child.environment, databaseUrl: withoutLogin(child.environment.databaseUrl) };
  const processes = serviceNames.map(name => createServiceProcess(name, { ...child, environment }));
  for (const each of processes) await cleanup.add(() => each.end());
  const loader = createLoaderProcess(child);
  await cleanup.add(() => loader.end());
  await Promise.all([changes.change(), ...processes.map(each => each.start())]);
  return { processes, rotation, changes, loader };
}
