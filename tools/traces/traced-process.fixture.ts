import { replication, tenantry } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openOrm } from '../../packages/mikro-orm/src/open-orm.fixture.ts';
import { Plan, plans } from '../../packages/mikro-orm/src/plans.fixture.ts';
import { instrument } from '../../packages/otel/src/instrument.ts';
import { recordSpans } from '../../packages/otel/src/recorded-spans.fixture.ts';

// A process of its own that relays or reads, and says which spans it has made.

export interface TracedTask {
  readonly role: 'relay' | 'reader';
  readonly database: Pick<FreshDatabase, 'url' | 'kind' | 'name'>;
  readonly redisUrl: string;
  readonly prefix: string;
}

const { role, database, redisUrl, prefix } = JSON.parse(process.argv[2] as string) as TracedTask;
const recorded = recordSpans();
instrument({ tracerProvider: recorded.tracerProvider });
const tell = () => process.send?.(recorded.spans());

if (role === 'relay') {
  const redis = new Redis(redisUrl);
  const orm = await openOrm(database as FreshDatabase, {
    entities: [Plan] as never,
    extensions: [tenantry({ redis, prefix, sync: [[Plan, plans]], relayGraceMs: 0 })],
  });
  setInterval(() => replication(orm).relay().then(tell), 100);
} else {
  const client = await createClient({ redis: redisUrl, prefix });
  const acme = client.tenant('acme');
  acme.watch(plans.by('slug', { slug: 'gold' })).subscribe();
  await client.whenReady({ timeoutMs: 60_000, freshness: 'live' });
  setInterval(tell, 100);
}
process.stdout.write('ready\n');
