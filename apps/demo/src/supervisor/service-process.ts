import { createServiceClient, type ServiceClient, type ServiceName } from '../swaps/service-client.ts';
import { type Child, type ChildOptions, startChild } from './start-child.ts';

/** One of the services, whose process can be stopped and started again. */
export interface ServiceProcess {
  readonly name: ServiceName;
  /** Its callers' side. Rejects while it does not run. */
  readonly client: ServiceClient;
  /** Resolves once it listens. */
  start(): Promise<void>;
  end(): Promise<void>;
}

export function createServiceProcess(
  name: ServiceName,
  options: Omit<ChildOptions, 'script' | 'name' | 'args'>,
): ServiceProcess {
  const script = new URL(`../services/${name}.js`, import.meta.url).href;
  let child: Child | undefined;
  let client: ServiceClient | undefined;
  return {
    name,
    get client() {
      if (!client) throw new Error(`${name} does not run`);
      return client;
    },
    async start() {
      const started = startChild({ ...options, name, script });
      child = started;
      const ready = (said: unknown) => (typeof said === 'string' ? /ready at (\S+)/.exec(said)?.[1] : undefined);
      client = createServiceClient(name, await started.until(ready));
    },
    async end() {
      client = undefined;
      await child?.end();
    },
  };
}

/** The url of a database without what one signs in with: services have that from a config. */
export function withoutLogin(url: string): string {
  const stripped = new URL(url);
  stripped.username = '';
  stripped.password = '';
  return stripped.href;
}
