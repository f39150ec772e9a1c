import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { createFeedCodec, encodeEnvelope, type FeedMessage } from '@tenantry/protocol/wire';
import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { createLoads } from '../configs/create-loads.ts';
import type { LoadedRecord } from '../configs/loaded-record.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import { gone, openReplica, row } from '../replica.fixture.ts';
import { createLocalReplica } from './create-local-replica.ts';
import type { LocalChange } from './local-replica.ts';

const codec = createFeedCodec();
const { seed: first } = seededRandom();
const FEED_LENGTH = 20;
const TENANTS: readonly Tenant[] = ['acme', ' eu', GLOBAL_TENANT];
const ADDRESSES = ['a', 'b', 'c', 'd', '@config:x'];

/** What readers get of a message; epochs and tags are drawn. */
const toldOf = ({ kind, seq, changes }: FeedMessage) => ({
  ...{ kind, seq },
  changes: changes.map(({ envelope, ...head }) => ({ ...head, envelope: textOf(envelope) })),
});

const textOf = (bytes: Buffer | null | undefined) => bytes?.toString('latin1');

/** All that a reader can ask. */
async function seen(reader: ReplicaReader, tenant: Tenant) {
  const { envelopes, head } = await reader.read(tenant, ADDRESSES);
  const from = Math.max(0, (head?.seq ?? 0) - FEED_LENGTH + 1);
  const messages = (await reader.messagesFrom(tenant, from)).map(bytes => toldOf(codec.decode(bytes)));
  const [alone] = await reader.heads([tenant]);
  expect(alone).toEqual(head);
  return { envelopes: envelopes.map(textOf), head: head && { seq: head.seq, filled: head.filled }, messages };
}

/** A config's value as it was loaded, or that there is none. */
function loaded(version: number, op: LoadedRecord['op'], dropAt: number): LoadedRecord {
  const address = '@config:x';
  const times = { updatedAt: 1, expiresAt: op === 'absent' ? dropAt : 0 };
  const payload = Buffer.from(op === 'put' ? `loaded ${version}` : '');
  const envelope = encodeEnvelope({ version, owner: address, payload, isAbsent: op === 'absent', ...times });
  return { address, version, op, envelope, dropAt };
}

describe('a replica in this process', () => {
  it.each([0, 1, 2, 3, 4].map(i => first + i))(
    'answers as Redis does after any writes and loads, with the same messages in the same order (seed %i)',
    async seed => {
      await using test = openReplica({ feedLength: FEED_LENGTH });
      const { replica, reader, redis, prefix } = test;
      const loads = createLoads({ redis, prefix });
      const local = createLocalReplica({ feedLength: FEED_LENGTH });
      const random = seededRandom(seed);
      const some = () => ADDRESSES.filter(() => random.chance(0.4));
      const version = () => random.int(1, 40);
      const later = Date.now() + 3_600_000;
      const change = (): LocalChange => {
        const formerAddresses = random.chance(0.3) ? some() : [];
        const owner = random.int(1, 4);
        if (random.chance(0.25))
          return { ...gone(owner, version(), formerAddresses), op: random.pick(['delete', 'retire']) };
        const text = 'x'.repeat(random.pick([3, 300, 5_000]));
        const put = row(owner, version(), some(), { text, formerAddresses, expiresAt: random.pick([0, 0, later]) });
        if (random.chance(0.15)) return { ...put, envelope: undefined };
        return { ...put, evenIfKnown: random.chance(0.2) };
      };
      for (let step = 0; step < 120; step++) {
        const tenant = random.pick(TENANTS);
        if (random.chance(0.2)) {
          const absent = random.chance(0.5);
          const record = loaded(
            absent ? random.pick([0, version()]) : version(),
            absent ? 'absent' : 'put',
            absent ? later : 0,
          );
          expect(await local.loads.keepLoaded(tenant, record)).toBe(await loads.keepLoaded(tenant, record));
        } else {
          const changes = Array.from({ length: random.int(1, 3) }, change);
          expect(local.apply(tenant, changes)).toEqual(await replica.apply(tenant, changes));
        }
      }
      for (const tenant of TENANTS) expect(await seen(local.reader, tenant)).toEqual(await seen(reader, tenant));
    },
  );

  it('forgets a value when it ends, as Redis does', async () => {
    let now = 1_000;
    const local = createLocalReplica({ clock: () => now });
    local.apply('acme', [row(1, 1, ['a'], { expiresAt: 2_000 })]);
    const at = async () => (await local.reader.read('acme', ['a'])).envelopes[0];
    expect(await at()).not.toBeNull();
    now = 2_000;
    expect(await at()).toBeNull();
    // The end of a value is no step back: what is older stays refused.
    expect(local.apply('acme', [row(1, 1, ['a'])])).toEqual([false]);
    expect(local.apply('acme', [row(1, 2, ['a'])])).toEqual([true]);
  });

  it('applies none of many changes where one has no version', async () => {
    const local = createLocalReplica();
    expect(() => local.apply('acme', [row(1, 1, ['a']), { ...row(2, 1, ['b']), version: 0 }])).toThrow(
      /INVALID_VERSION|version/,
    );
    expect(await local.reader.read('acme', ['a', 'b'])).toEqual({ envelopes: [null, null], head: undefined });
  });

  it('gives a lease to one caller at a time, and again after its end', async () => {
    let now = 1_000;
    const { loads } = createLocalReplica({ clock: () => now });
    const token = await loads.lease('acme', 'a', 100);
    expect(await loads.lease('acme', 'a', 100)).toBeUndefined();
    expect(await loads.lease('beta', 'a', 100)).toBeTypeOf('string');
    await loads.release('acme', 'a', 'of another');
    expect(await loads.lease('acme', 'a', 100)).toBeUndefined();
    await loads.release('acme', 'a', token as string);
    expect(await loads.lease('acme', 'a', 100)).toBeTypeOf('string');
    now += 100;
    expect(await loads.lease('acme', 'a', 100)).toBeTypeOf('string');
  });
});
