import { TenantryError } from '@tenantry/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigStore, configStore, type TenantConfigs } from './config-store.ts';
import { ConfigRevision } from './config-tables.ts';
import { allConfigs, counter, limit, session } from './configs.fixture.ts';
import { Plan, plans } from './plans.fixture.ts';
import { openSystem, type TestSystem } from './system.fixture.ts';
import { type WriteBack, writeBack } from './write-back.ts';

let system: TestSystem;
let store: ConfigStore;
let back: WriteBack;
let tenants = 0;

beforeAll(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: allConfigs } });
  store = configStore(system.orm);
  back = writeBack(system.orm);
});
afterAll(() => system[Symbol.asyncDispose]());

/** A tenant that nobody else has. */
function fresh(): { id: string; configs: TenantConfigs } {
  const id = `tenant-${++tenants}`;
  return { id, configs: store.tenant(id) };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    error => (error instanceof TenantryError ? error.code : error),
  );

async function revisions(tenant: string) {
  const found = await system.em().find(ConfigRevision, { tenant }, { orderBy: { id: 'asc' } });
  return found.map(({ version, op, value, origin, actor }) => [Number(version), op, value, actor, origin]);
}

describe('a write-back', () => {
  it('is there for readers at once, and in the database after a flush', async () => {
    const { id, configs } = fresh();
    const written = await configs.set(counter, { n: 1 }, { actor: 'ann' });
    expect(written).toEqual({ version: 1, policy: 'write-back', published: 'now', persisted: false });
    expect(await system.value(id, counter.address)).toEqual({ n: 1 });
    expect(await configs.get(counter)).toMatchObject({ value: { n: 1 }, version: 1, dirty: true, updatedBy: 'ann' });
    expect(await revisions(id)).toEqual([]);
    expect(await back.flush(id)).toEqual({ flushed: 1, deadLettered: 0, remaining: 0 });
    expect(await revisions(id)).toEqual([[1, 'set', '{"n":1}', 'ann', 'api']]);
    expect(await configs.get(counter)).toMatchObject({ value: { n: 1 }, version: 1, dirty: false });
    const [message] = await system.feed(id);
    expect(message?.changes).toMatchObject([
      { owner: counter.address, version: 1, op: 'put', addresses: [counter.address] },
    ]);
  });
});

describe("persistence: 'none'", () => {
  it('gives versions and conditions without a database', async () => {
    const { id, configs } = fresh();
    expect(await codeOf(configs.update(session, { user: 'ann' }))).toBe('NOT_FOUND');
    expect(await configs.create(session, { user: 'ann' })).toMatchObject({ version: 1, persisted: true });
    expect(await codeOf(configs.create(session, { user: 'bob' }))).toBe('KEY_EXISTS');
    expect(await configs.get(session)).toMatchObject({ value: { user: 'ann' }, version: 1, dirty: false });
    expect((await configs.unset(session)).version).toBe(2);
    expect(await configs.get(session)).toBeUndefined();
    expect((await configs.set(session, { user: 'eve' })).version).toBe(3);
    expect(await revisions(id)).toEqual([]);
    expect(await back.dirtyCount(id)).toBe(0);
  });
});
void limit;
