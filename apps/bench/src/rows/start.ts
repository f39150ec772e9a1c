import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ref } from '@tenantry/protocol';
import { type Client, createClient, type TenantClient } from '@tenantry/sdk';
import type { SettingsRow } from '../app/benched-app.ts';
import { numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns, timeOf } from '../figures/in-turns.ts';

const TENANT = 'start';

/** How long a reader that begins needs until it can serve many refs: from its snapshot file, and from Redis. */
export async function benchStart(context: BenchContext): Promise<Figure[]> {
  const { redis, prefix, size, rounds } = context;
  const records = size(10_000);
  const rows = numberedRows(TENANT, records);
  await publishRows(context, TENANT, rows);
  const refs = rows.map(refOf);
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  try {
    const options = { redis, prefix, maxEntries: 2 * records, readTimeoutMs: 30_000 };
    const snapshotFile = { path: join(folder, 'snapshot') };
    const first = await createClient({ ...options, snapshotFile });
    await readAll(first.tenant(TENANT), refs);
    await first.close();
    const started =
      (open: () => Promise<Client>, serve: (tenant: TenantClient) => Promise<void> | void) => async () => {
        let client: Client | undefined;
        const time = await timeOf(async () => {
          client = await open();
          await serve(client.tenant(TENANT));
        });
        await client?.close();
        return time;
      };
    const fromFile = () => createClient({ ...options, snapshotFile });
    const fromRedis = () => createClient(options);
    const times = await inTurns(rounds(10), {
      file: started(fromFile, tenant => peekAll(tenant, refs.slice(-1))),
      all: started(fromFile, tenant => peekAll(tenant, refs)),
      confirmed: started(fromFile, tenant => readAll(tenant, refs)),
      redis: started(fromRedis, tenant => readAll(tenant, refs)),
    });
    const many = records.toLocaleString('en');
    const beside = { 'from Redis: getMany, 1,000 at a time': times.redis };
    return [
      figure(
        {
          what: `start of a reader until any of ${many} refs can be served`,
          unit: 'ms',
          way: 'from its snapshot file: peek',
          budget: '≤ 100 ms, ≤ 0.1 ×',
          note: 'From Redis all are read: nobody knows which will be asked for.',
        },
        times.file,
        beside,
      ),
      figure(
        { what: `start of a reader until ${many} refs were served`, unit: 'ms', way: 'from its snapshot file: peek' },
        times.all,
        beside,
      ),
      figure(
        {
          what: `start of a reader until ${many} refs are confirmed`,
          unit: 'ms',
          way: 'from its snapshot file: getMany, 1,000 at a time',
        },
        times.confirmed,
        beside,
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function peekAll(tenant: TenantClient, refs: readonly Ref<SettingsRow>[]): void {
  for (const ref of refs) if (tenant.peek(ref) === undefined) throw new Error('The file does not have all of them.');
}

async function readAll(tenant: TenantClient, refs: readonly Ref<SettingsRow>[]): Promise<void> {
  for (let i = 0; i < refs.length; i += 1_000) {
    const values = await tenant.getMany(refs.slice(i, i + 1_000));
    if (values.includes(undefined)) throw new Error('Not all are known.');
  }
}
