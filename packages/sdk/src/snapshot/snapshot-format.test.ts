import { GLOBAL_TENANT, type Tenant, TenantryError } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { createBlockCodec, type TenantContent } from './saved-tenant.ts';
import { decodeSnapshot, encodeSnapshot, isWhole, type SnapshotBlock } from './snapshot-format.ts';

const NOW = 1_000_000_000;
const expected = { prefix: 'tenantry', maxAgeMs: 10_000, now: NOW };
const codec = createBlockCodec();

const content: TenantContent = {
  mark: {
    position: { epoch: 'e', seq: 7, tag: 'ab' },
    losses: { lost: null, filled: 3, fillStates: ['x'], former: ['d'] },
  },
  absent: ['plans:id:3'],
  records: [
    { envelope: Buffer.from('first'), addresses: ['plans:id:1', 'plans:slug:gold'], isConfig: false, isExact: true },
    { envelope: Buffer.from(''), addresses: ['feature'], isConfig: true, isExact: false },
  ],
};

const blocks = new Map<Tenant, SnapshotBlock>([
  ['acme', { heardAt: NOW - 10, bytes: codec.encode(content) }],
  [GLOBAL_TENANT, { heardAt: NOW - 20, bytes: codec.encode({ mark: undefined, absent: [], records: [] }) }],
]);
const bytes = encodeSnapshot('tenantry', NOW, blocks);

const caught = (damaged: Buffer, at = expected): TenantryError | undefined => {
  try {
    const { blocks: read } = decodeSnapshot(damaged, at);
    return [...read.values()].every(isWhole) ? undefined : new TenantryError('SNAPSHOT_IGNORED', 'a block');
  } catch (error) {
    return error as TenantryError;
  }
};

function decoded(block: SnapshotBlock | undefined): TenantContent {
  const { records, ...rest } = codec.decode(block?.bytes as Buffer);
  return { ...rest, records: [...records] };
}

describe('a snapshot', () => {
  it('is read as it was written, with the global tenant', () => {
    const { blocks: read, ignored } = decodeSnapshot(bytes, expected);
    expect(ignored).toEqual([]);
    expect([...read.keys()]).toEqual(['acme', GLOBAL_TENANT]);
    expect([...read.values()].every(isWhole)).toBe(true);
    expect(read.get('acme')?.heardAt).toBe(NOW - 10);
    expect(decoded(read.get('acme'))).toEqual(content);
    expect(decoded(read.get(GLOBAL_TENANT))).toEqual({
      mark: undefined,
      absent: [],
      records: [],
    });
  });

  it('that is cut off at any byte is ignored, with a code', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(caught(bytes.subarray(0, length))?.code, `at ${length}`).toBe('SNAPSHOT_IGNORED');
    expect(caught(Buffer.concat([bytes, Buffer.from('x')]))?.code).toBe('SNAPSHOT_IGNORED');
  });

  it('of which any one bit is another is not used', () => {
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << bit), at);
        expect(caught(damaged)?.code, `at ${at}, bit ${bit}`).toBe('SNAPSHOT_IGNORED');
      }
  });

  it('is ignored with a reason of its own for each kind of file that does not fit', () => {
    expect(caught(bytes, { ...expected, prefix: 'other' })?.message).toMatch(/prefix "tenantry"/);
    expect(caught(bytes, { ...expected, now: NOW + 10_001 })?.message).toMatch(/older than 10000 ms/);
    expect(caught(bytes, { ...expected, now: NOW - 60_001 })?.message).toMatch(/future/);
    expect(caught(Buffer.from('another file'))?.message).toMatch(/another file/);
  });

  it('leaves out the tenants that are too old by themselves, and says how many', () => {
    const { blocks: read, ignored } = decodeSnapshot(bytes, { ...expected, maxAgeMs: 15 });
    expect([...read.keys()]).toEqual(['acme']);
    expect(ignored[0]?.message).toMatch(/1 of its tenants/);
  });
});
