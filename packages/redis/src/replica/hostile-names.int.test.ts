import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { decodeEnvelope, refAddress } from '@tenantry/protocol/wire';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOSTILE_IDS } from '../../../protocol/src/hostile-ids.fixture.ts';
import { gone, row } from '../replica.fixture.ts';
import { OwnReplica } from './own-replica.fixture.ts';

const own = new OwnReplica();
const { beginFill } = own;
beforeAll(own.start);
afterAll(own.stop);
beforeEach(own.begin);
afterEach(own.end);

// R16, E10, A14
describe('hostile names', () => {
  it('never meet, whether tenant or key value', async () => {
    const addresses = HOSTILE_IDS.map(id => refAddress('rows', 'slug', ['slug'], { slug: id }));
    const tenants: Tenant[] = [...HOSTILE_IDS, GLOBAL_TENANT];
    const version = (t: number, a: number) => 1 + t * addresses.length + a;
    for (const [t, each] of tenants.entries())
      await own.test.replica.apply(
        each,
        addresses.map((address, a) => row(a, version(t, a), [address])),
      );
    for (const [t, each] of tenants.entries()) {
      const { envelopes, head } = await own.test.reader.read(each, addresses);
      const found = envelopes.map(envelope => decodeEnvelope(envelope as Buffer).version);
      expect(found).toEqual(addresses.map((_, a) => version(t, a)));
      expect(head?.seq).toBe(1);
    }
    // They are all found again, too, by what goes over all tenants.
    for (const each of tenants) await own.test.replica.apply(each, [gone(0, 1e9)]);
    expect(await own.test.replica.purgeTombstones(0)).toBe(tenants.length);
    expect(await own.test.replica.completeFill(await beginFill(), 1)).toBe(true);
    for (const each of tenants) expect((await own.test.reader.heads([each]))[0]).toMatchObject({ filled: 1, seq: 3 });
  });
});
