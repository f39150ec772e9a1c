import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Ref, TenantryError } from '@tenantry/protocol';
import { createClient, type ResourceOptions } from '@tenantry/sdk';
import { PLATFORM } from '../definitions/service-configs.ts';
import { type DemoEnvironment, demoEnvironment } from '../demo-environment.ts';
import { endsWithSupervisor } from '../ends-with-supervisor.ts';

/** A service: what it is made of, and how it answers a request with that. */
export interface ServiceOptions<T, R> {
  readonly name: string;
  readonly config: Ref<T>;
  readonly resource: (environment: DemoEnvironment) => ResourceOptions<T, R>;
  readonly answer: (resource: R, query: URLSearchParams) => Promise<object>;
}

/** What a service says of its resource at `/status`. */
export interface ServiceStatus {
  /** How many it has taken into use. */
  readonly opened: number;
  /** How many are open now: those included that old calls still use. */
  readonly open: number;
  /** Why the present value has none of its own, as a code. */
  readonly error: string | undefined;
}

/** Serves at `/`, `/status` and `/swapped?times=`, until SIGTERM. It follows its config, and starts from its file while Redis is away. */
export async function startService<T, R>({ name, config, resource, answer }: ServiceOptions<T, R>): Promise<void> {
  endsWithSupervisor();
  const environment = demoEnvironment();
  const { redisUrl: redis, prefix, folder } = environment;
  const snapshotFile = { path: join(folder, `${name}.snapshot`), writeEveryMs: 500 };
  const client = await createClient({ redis, prefix, snapshotFile, heartbeatMs: 1_000 });
  let open = 0;
  const closed = new EventEmitter().setMaxListeners(0);
  const options = resource(environment);
  const swapped = client.tenant(PLATFORM).useResource(config, {
    ...options,
    async open(value) {
      const opened = await options.open(value);
      open++;
      return opened;
    },
    async close(each) {
      await options.close?.(each);
      open--;
      closed.emit('one');
    },
    closeTimeoutMs: 1_000,
  });
  const status = (): ServiceStatus => ({ opened: swapped.opened, open, error: swapped.error?.code });

  // What replaced another is in use alone once that is closed.
  const swaps = async (times: number): Promise<ServiceStatus> => {
    while (swapped.opened < times || open > 1) await once(closed, 'one');
    return status();
  };
  const answers = async ({ pathname, searchParams }: URL): Promise<object> => {
    if (pathname === '/status') return status();
    if (pathname === '/swapped') return swaps(Number(searchParams.get('times')));
    return swapped.use(each => answer(each, searchParams));
  };

  const server = createServer(async (request, response) => {
    const reply = (code: number, body: object): void =>
      void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    try {
      reply(200, await answers(new URL(request.url ?? '/', 'http://service')));
    } catch (error) {
      // The code alone: what an error of a driver says is for the log.
      reply(503, { error: error instanceof TenantryError ? error.code : (error as { code?: string }).code });
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  console.log(`${name}: ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  process.once('SIGTERM', async () => {
    // No new calls; those that have begun end with the resource that they have.
    server.close();
    await client.close();
    process.exit();
  });
}
