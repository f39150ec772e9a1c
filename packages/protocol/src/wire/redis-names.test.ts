import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { refAddress } from '../definitions/sync-key.ts';
import { HOSTILE_IDS } from '../hostile-ids.fixture.ts';
import { createRedisNames, DEFAULT_PREFIX, type TenantNames } from './redis-names.ts';
import { groupTenant, tenantText } from './scope.ts';
import { GLOBAL_TENANT, type Tenant } from './tenant-id.ts';

const names = createRedisNames();
const GROUPS = ['eu', 'emea/eu', 'global', 'group'].map(groupTenant);
const TENANTS: readonly Tenant[] = [...HOSTILE_IDS, GLOBAL_TENANT, ...GROUPS];
const namesOf = ({ records, tombstones, feed, epoch }: TenantNames) => [records, tombstones, feed, epoch];

describe('createRedisNames', () => {
  // The names of docs/reference/wire.md.
  it('spells them as documented', () => {
    expect(names.prefix).toBe('tenantry');
    expect(names.of('acme')).toEqual({
      tenant: 'acme',
      keyPrefix: 'tenantry:{acme}:k:',
      records: 'tenantry:{acme}:records',
      tombstones: 'tenantry:{acme}:tombstones',
      feed: 'tenantry:{acme}:feed',
      epoch: 'tenantry:{acme}:epoch',
      dirty: 'tenantry:{acme}:dirty',
      deadLetters: 'tenantry:{acme}:dead-letters',
      leasePrefix: 'tenantry:{acme}:lease:',
    });
    expect(names.of('a:b/{c}').feed).toBe('tenantry:{a%3Ab%2F%7Bc%7D}:feed');
    expect(names.of(GLOBAL_TENANT).feed).toBe('tenantry:{@global}:feed');
    expect(names.of(tenantText(GLOBAL_TENANT))).toEqual(names.of(GLOBAL_TENANT));
    expect(names.of(groupTenant('emea/eu')).feed).toBe('tenantry:{@group:emea%2Feu}:feed');
    expect(names.fillState).toBe('tenantry:{@replica}:marker');
    expect(names.watermark).toBe('tenantry:{@replica}:mark');
    expect(names.registrations).toBe('tenantry:{@replica}:registrations');
    expect([names.patternOf('a:b'), names.patternOf(undefined)]).toEqual(['tenantry:{a%3Ab}:*', 'tenantry:{*}:*']);
    expect(names.partOf('tenantry:{a%3Ab}:k:plans:id:1')).toEqual({ tenant: 'a:b', rest: 'k:plans:id:1' });
    expect(names.partOf('tenantry:{@replica}:mark')).toBeUndefined();
    expect(names.epochPattern).toBe('tenantry:{*}:epoch');
    expect(names.dirtyPattern).toBe('tenantry:{*}:dirty');
    expect(names.dirtyTenants).toBe('tenantry:{@dirty}:tenants');
    expect(names.tenantOfDirty('tenantry:{a%3Ab}:dirty')).toBe('a:b');
  });

  it.each(['a', 'prod.eu', 'my-app:config', 'A_1', 'x'.repeat(64)])('takes the prefix %j', prefix => {
    expect(createRedisNames(prefix).of('acme').feed).toBe(`${prefix}:{acme}:feed`);
  });

  it.each<[what: string, prefix: unknown]>([
    ['nothing', ''],
    ['a hash tag, which would move every tenant into one slot', '{a}'],
    ['a glob', 'a*'],
    ['a blank', 'a b'],
    ['a trailing newline', 'a\n'],
    ['65 characters', 'x'.repeat(65)],
    ['a number', 7],
    ['null', null],
  ])('refuses for a prefix %s', (_, prefix) => {
    expect(caught(() => createRedisNames(prefix as string))).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/^`prefix` must be 1 to 64 characters .+, got .+\.$/),
    });
  });

  it('puts all names of a tenant into one slot of a Cluster', () => {
    for (const tenant of TENANTS) {
      const of = createRedisNames('a:b').of(tenant);
      const tags = [...namesOf(of), `${of.keyPrefix}x:y:z`].map(name => /\{([^}]*)\}/.exec(name)?.[1]);
      expect(new Set(tags).size).toBe(1);
      expect(tags[0]).not.toBe('');
    }
  });

  // R16, E10
  const random = seededRandom();
  it(`never gives one name to two different things, whatever the ids (seed ${random.seed})`, () => {
    const meaning = new Map<string, string>();
    const claim = (name: string, what: string) => {
      expect(meaning.get(name) ?? what, name).toBe(what);
      meaning.set(name, what);
    };
    for (let round = 0; round < 5_000; round++) {
      const prefix = random.pick(['a', 'a:', 'a:b', ':', 'a:k', DEFAULT_PREFIX, `${DEFAULT_PREFIX}:`]);
      const tenant: Tenant = random.chance(0.1) ? random.pick([GLOBAL_TENANT, ...GROUPS]) : hostileId(random).trim();
      const { of, fillState } = createRedisNames(prefix);
      const whose = JSON.stringify([prefix, tenant === GLOBAL_TENANT ? 'the global tenant' : { tenant }]);
      const { keyPrefix, ...others } = of(tenant);
      for (const kind of ['records', 'tombstones', 'feed', 'epoch'] as const) claim(others[kind], `${kind} ${whose}`);
      claim(fillState, `marker of ${prefix}`);
      const source = random.pick(['a', 'b', 'a/b', 'a.b', 'k']);
      const key = random.pick(['a', 'b', 'a/b', 'feed']);
      const values = Array.from({ length: random.int(1, 2) }, () => hostileId(random));
      const address = refAddress(source, `${key}${values.length}`, Object.keys(values), values);
      claim(keyPrefix + address, `key ${whose} ${JSON.stringify([source, key, values])}`);
    }
  });

  // E10
  it('keeps tenant "20_FOO" with "BAR" apart from tenant "20" with "FOO_BAR"', () => {
    const address = (slug: string) => refAddress('plans', 'slug', ['slug'], { slug });
    expect(names.of('20_FOO').keyPrefix + address('BAR')).not.toBe(names.of('20').keyPrefix + address('FOO_BAR'));
  });

  it('has a global tenant and groups that no id can spell', () => {
    const all: Tenant[] = [GLOBAL_TENANT, ...GROUPS];
    const scopes = new Set(all.flatMap(scope => namesOf(names.of(scope))));
    const ids = [
      '@global',
      '%40global',
      '{@global}',
      '＠global',
      'global',
      '@group:eu',
      '%40group%3Aeu',
      'group:eu',
      'eu',
    ];
    for (const id of [...HOSTILE_IDS, ...ids])
      for (const name of namesOf(names.of(id))) expect(scopes.has(name)).toBe(false);
  });

  describe('tenantOfEpoch', () => {
    it.each(TENANTS)('finds %o again', tenant => {
      expect(names.tenantOfEpoch(names.of(tenant).epoch)).toBe(tenant);
    });

    it.each([
      ['another kind of name', 'tenantry:{acme}:feed'],
      ['the marker of the replica', 'tenantry:{@replica}:marker'],
      ['a key that ends alike', 'tenantry:{acme}:k:plans:id:epoch'],
      ['another prefix', 'other:{acme}:epoch'],
      ['a longer prefix', 'my:tenantry:{acme}:epoch'],
      ['no tenant', 'tenantry:{}:epoch'],
      ['a broken escape', 'tenantry:{%zz}:epoch'],
      ['half a character', 'tenantry:{%E0%A4}:epoch'],
      ['an id that is not escaped', 'tenantry:{a b}:epoch'],
      ['an id that is escaped without need', 'tenantry:{%61cme}:epoch'],
      ['an id that is escaped in lower case', 'tenantry:{a%3ab}:epoch'],
      ['a name with an @', 'tenantry:{@replica}:epoch'],
      ['a group without a name', 'tenantry:{@group:}:epoch'],
      ['a group whose name none can have', 'tenantry:{@group:%20eu}:epoch'],
      ['a group that is escaped without need', 'tenantry:{@group:%65u}:epoch'],
      ['a group as it stands in a column', 'tenantry:{%20eu}:epoch'],
      ['a trailing newline', 'tenantry:{acme}:epoch\n'],
      ['nothing', ''],
    ])('does not take %s for one of ours', (_, name) => {
      expect(names.tenantOfEpoch(name)).toBeUndefined();
    });

    it('takes the prefix literally', () => {
      expect(createRedisNames('a.b').tenantOfEpoch('axb:{acme}:epoch')).toBeUndefined();
      expect(createRedisNames('a.b').tenantOfEpoch('a.b:{acme}:epoch')).toBe('acme');
    });
  });
});

function hostileId(random: SeededRandom): string {
  const pieces = [':', '{', '}', '%', '%3A', '@global', 'k', 'feed', 'a', 'b', '/', '*', ',', ' ', 'é', '😀', '..'];
  return Array.from({ length: random.int(1, 3) }, () => random.pick(pieces)).join('');
}
