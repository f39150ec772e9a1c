import { configAddress, decodeEnvelope, encodeEnvelope } from '@tenantry/protocol/wire';
import { describe, expect, it } from 'vitest';
import type { RecordChange } from '../replica/create-replica.ts';
import { openReplica, type TestReplica } from '../replica.fixture.ts';
import { createLoads } from './create-loads.ts';
import type { LoadedRecord } from './loaded-record.ts';

const address = configAddress('limits');

function envelopeAt(version: number, isAbsent = false) {
  const payload = isAbsent ? Buffer.alloc(0) : Buffer.from([7]);
  return encodeEnvelope({ version, updatedAt: 1, expiresAt: 0, owner: address, payload, isAbsent });
}

const value = (version: number): LoadedRecord => ({
  address,
  version,
  op: 'put',
  envelope: envelopeAt(version),
  dropAt: 0,
});
const nothing = (version: number): LoadedRecord => ({
  ...value(1),
  version,
  op: 'absent',
  envelope: envelopeAt(version, true),
  dropAt: Date.now() + 60_000,
});
const put = (version: number, more: Partial<RecordChange> = {}): RecordChange => ({
  owner: address,
  version,
  op: 'put',
  addresses: [address],
  envelope: envelopeAt(version),
  ...more,
});
const unset = (version: number): RecordChange => ({ owner: address, version, op: 'delete', addresses: [] });

/** What stands there: `5`, `none at 3`, or undefined. */
async function standing({ redis, replica }: TestReplica): Promise<string | undefined> {
  const bytes = await redis.getBuffer(replica.names.of('acme').keyPrefix + address);
  if (!bytes) return undefined;
  const { version, isAbsent } = decodeEnvelope(bytes);
  return isAbsent ? `none at ${version}` : String(version);
}

function open() {
  const test = openReplica();
  return Object.assign(test, {
    loads: createLoads(test),
    apply: (change: RecordChange) => test.replica.apply('acme', [change]),
  });
}

describe('a value that was loaded', () => {
  it('is filled where nothing newer is known, and refused where something is', async () => {
    // G14, L52
    await using test = open();
    expect(await test.loads.keepLoaded('acme', value(3))).toBe('filled');
    expect(await test.loads.keepLoaded('acme', value(3))).toBe('filled');
    await test.apply(put(5));
    expect(await test.loads.keepLoaded('acme', value(4))).toBe('newer');
    expect(await standing(test)).toBe('5');
    await test.apply(unset(6));
    expect(await test.loads.keepLoaded('acme', value(5))).toBe('ended');
    expect(await standing(test)).toBeUndefined();
  });

  it('is refused as older where a newer one was only announced, and taken at the announced version', async () => {
    await using test = open();
    await test.apply(put(5, { envelope: undefined }));
    expect(await test.loads.keepLoaded('acme', value(4))).toBe('newer');
    expect(await standing(test)).toBeUndefined();
    expect(await test.loads.keepLoaded('acme', value(5))).toBe('filled');
    expect(await standing(test)).toBe('5');
  });

  it('does not bring back what was deregistered at its version', async () => {
    await using test = open();
    await test.apply(put(5));
    await test.apply({ ...unset(5), op: 'retire', evenIfKnown: true });
    expect(await test.loads.keepLoaded('acme', value(5))).toBe('ended');
    expect(await standing(test)).toBeUndefined();
    await test.apply(put(5, { evenIfKnown: true }));
    expect(await standing(test)).toBe('5');
  });

  it('does not take the place of a newer one that is not yet in the database, even where Redis forgot its record', async () => {
    await using test = open();
    const entry = Buffer.alloc(41);
    entry.writeBigUInt64BE(9n);
    await test.redis.hset(test.replica.names.of('acme').dirty, address, entry);
    expect(await test.loads.keepLoaded('acme', value(8))).toBe('newer');
    expect(await test.loads.keepLoaded('acme', nothing(0))).toBe('newer');
  });

  it('leaves the feed as long as it was, whatever length its writers keep', async () => {
    await using test = open();
    for (let version = 1; version <= 300; version++) await test.apply(put(version));
    const { feed } = test.replica.names.of('acme');
    const length = await test.redis.xlen(feed);
    for (let i = 0; i < 20; i++) await test.loads.keepLoaded('acme', value(300));
    expect(await test.redis.xlen(feed)).toBe(length);
  });
});

describe('that there is none', () => {
  it('is remembered for a while, and ended by a creation, be it only announced', async () => {
    // G10
    await using test = open();
    expect(await test.loads.keepLoaded('acme', nothing(0))).toBe('filled');
    expect(await standing(test)).toBe('none at 0');
    expect(await test.redis.pttl(test.replica.names.of('acme').keyPrefix + address)).toBeGreaterThan(0);
    await test.apply(put(1));
    expect(await standing(test)).toBe('1');
    await test.apply(unset(2));
    expect(await test.loads.keepLoaded('acme', nothing(2))).toBe('filled');
    expect(await standing(test)).toBe('none at 2');
    await test.apply(put(3, { envelope: undefined }));
    expect(await standing(test)).toBeUndefined();
  });

  it('is refused where it was created meanwhile, be it only announced', async () => {
    await using test = open();
    await test.apply(put(1, { envelope: undefined }));
    expect(await test.loads.keepLoaded('acme', nothing(0))).toBe('newer');
    expect(await standing(test)).toBeUndefined();
    await test.apply(put(2));
    expect(await test.loads.keepLoaded('acme', nothing(1))).toBe('newer');
    expect(await standing(test)).toBe('2');
  });

  it('ends an older value that nobody has taken away yet', async () => {
    await using test = open();
    await test.apply(put(1));
    expect(await test.loads.keepLoaded('acme', nothing(2))).toBe('filled');
    expect(await standing(test)).toBe('none at 2');
    expect(await test.apply(put(1, { evenIfKnown: true }))).toEqual([false]);
  });
});

it('a lease is one process’s, ends by itself, and is ended only by who has it', async () => {
  // G16, L10
  await using test = open();
  const { loads } = test;
  const token = (await loads.lease('acme', address, 60_000)) as string;
  expect(token).toEqual(expect.any(String));
  expect(await loads.lease('acme', address, 60_000)).toBeUndefined();
  expect(await loads.lease('other', address, 60_000)).toEqual(expect.any(String));
  await loads.release('acme', address, 'somebody else');
  expect(await loads.lease('acme', address, 60_000)).toBeUndefined();
  expect(await standing(test)).toBeUndefined();
  await loads.release('acme', address, token);
  expect(await loads.lease('acme', address, 60_000)).toEqual(expect.any(String));
  expect(await test.redis.pttl(test.replica.names.of('acme').leasePrefix + address)).toBeGreaterThan(0);
});
