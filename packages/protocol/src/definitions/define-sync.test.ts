import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { HOSTILE_IDS } from '../hostile-ids.fixture.ts';
import { defineSync, type SyncDefinition } from './define-sync.ts';
import { DEFAULT_MAX_BYTES } from './definition.ts';
import { ownerOf, refAddress } from './sync-key.ts';

interface Plan {
  id: number;
  tenantId: string;
  slug: string;
  createdAt: Date;
  notes: string | null;
}

const plans = defineSync<Plan>()({
  name: 'app/plans',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'], idAndSlug: ['id', 'slug'], notes: ['notes'], at: ['createdAt'] },
});

// What arrives from JavaScript, or past the compiler.
const define = defineSync<Plan>() as unknown as (options: unknown) => SyncDefinition;
const by = plans.by as unknown as (key: unknown, values: unknown) => unknown;

describe('defineSync', () => {
  it('gives a frozen definition with its defaults', () => {
    expect(plans).toMatchObject({ name: 'app/plans', tenant: 'tenantId', maxBytes: DEFAULT_MAX_BYTES });
    expect(plans.pick).toBeUndefined();
    expect(plans.omit).toBeUndefined();
    expect(Object.isFrozen(plans)).toBe(true);
  });

  it('keeps what it was given', () => {
    const options = { name: 'x', keys: { id: ['id'] }, pick: ['slug'], maxBytes: 1 };
    expect(define(options)).toMatchObject(options);
    expect(define({ name: 'x', keys: { id: ['id'] }, omit: [] })).toMatchObject({ omit: [] });
  });

  const good = { name: 'plans', keys: { id: ['id'] } };
  it.each<[what: string, options: unknown, message: RegExp]>([
    [
      'an option that there is not',
      { name: 'plans', keys: { id: ['id'] }, omitt: ['id'] },
      /defineSync has no option "omitt"/,
    ],
    ['no options', undefined, /^The name of a sync definition must be .+, got undefined\.$/],
    ['no name', { keys: good.keys }, /^The name of a sync definition must be .+, got undefined\.$/],
    ['a name with a blank', { ...good, name: 'my plans' }, /got "my plans" \(string\)\.$/],
    ['no keys', { name: 'plans' }, /^"plans": `keys` must name at least one sync key, got undefined\.$/],
    ['keys that are null', { ...good, keys: null }, /got null\.$/],
    ['keys that are text', { ...good, keys: 'id' }, /got "id" \(string\)\.$/],
    ['no key among the keys', { ...good, keys: {} }, /at least one sync key, got an object\.$/],
    [
      'keys that are a list',
      { ...good, keys: ['id'] },
      /key "0" must list one or more properties, got "id" \(string\)\.$/,
    ],
    ['a key with a bad name', { ...good, keys: { 'a:b': ['id'] } }, /^"plans": the name of a sync key .+ got "a:b"/],
    ['a key called like the prototype', { ...good, keys: JSON.parse('{"__proto__":["id"]}') }, /got "__proto__"/],
    [
      'a key without properties',
      { ...good, keys: { id: [] } },
      /key "id" must list one or more .+, got an array of 0\.$/,
    ],
    [
      'a key that is a name',
      { ...good, keys: { id: 'id' } },
      /key "id" must list one or more .+, got "id" \(string\)\.$/,
    ],
    ['a key with a number', { ...good, keys: { id: [1] } }, /key "id" must list one or more .+, got an array of 1\.$/],
    ['a key with an empty name', { ...good, keys: { id: [''] } }, /key "id" must list one or more/],
    ['a property twice in a key', { ...good, keys: { id: ['id', 'id'] } }, /only once, got "id, id" \(string\)\.$/],
    ['an empty tenant', { ...good, tenant: '' }, /`tenant` must be the name of a property, got "" \(string\)\.$/],
    ['a tenant that is a list', { ...good, tenant: ['tenantId'] }, /`tenant` must be .+, got an array of 1\.$/],
    ['a tenant that is null', { ...good, tenant: null }, /`tenant` must be .+, got null\.$/],
    ['pick and omit', { ...good, pick: ['id'], omit: ['notes'] }, /give `pick` or `omit`, not both/],
    ['pick as text', { ...good, pick: 'id' }, /lists of property names, got "id" \(string\)\.$/],
    ['omit with a number', { ...good, omit: [7] }, /lists of property names, got an array of 1\.$/],
    ['nothing picked', { ...good, pick: [] }, /`pick` must name at least one property, got an array of 0\.$/],
    ['maxBytes of 0', { ...good, maxBytes: 0 }, /whole number of bytes above 0, got 0 \(number\)\.$/],
    ['maxBytes with a fraction', { ...good, maxBytes: 1.5 }, /got 1\.5 \(number\)\.$/],
    ['maxBytes as text', { ...good, maxBytes: '256KiB' }, /got "256KiB" \(string\)\.$/],
    ['infinite maxBytes', { ...good, maxBytes: Number.POSITIVE_INFINITY }, /got Infinity \(number\)\.$/],
  ])('refuses %s', (_, options, message) => {
    expect(caught(() => define(options))).toMatchObject({ code: 'INVALID_DEFINITION', retryable: false });
    expect(caught(() => define(options)).message).toMatch(message);
  });
});

describe('by', () => {
  it('gives the address of a row, with its definition', () => {
    const ref = plans.by('idAndSlug', { id: 7, slug: 'gold' });
    expect(ref.address).toBe('app%2Fplans:idAndSlug:7:gold');
    expect(ref.definition).toBe(plans);
  });

  it('takes the values in the order of the key, whatever order they arrive in', () => {
    expect(plans.by('idAndSlug', { slug: 'gold', id: 7 }).address).toBe(
      plans.by('idAndSlug', { id: 7, slug: 'gold' }).address,
    );
  });

  it('also works where it was taken out of its definition', () => {
    const { by } = plans;
    expect(by('id', { id: 7 }).definition).toBe(plans);
  });

  it('has one address for one row, whatever form its values have', () => {
    const addresses = [7, 7n, '7'].map(id => refAddress('plans', 'id', ['id'], { id }));
    expect(new Set(addresses)).toEqual(new Set(['plans:id:7']));
  });

  it('takes empty text for a value', () => {
    expect(plans.by('slug', { slug: '' }).address).toBe('app%2Fplans:slug:');
  });

  it('escapes values, so that none can leave its place', () => {
    const addresses = HOSTILE_IDS.map(slug => plans.by('slug', { slug }).address);
    expect(new Set(addresses).size).toBe(HOSTILE_IDS.length);
    for (const address of addresses) expect(address).toMatch(/^app%2Fplans:slug:[A-Za-z0-9_.%-]*$/);
    expect(plans.by('slug', { slug: 'a:b' }).address).not.toBe(plans.by('idAndSlug', { id: 0, slug: 'b' }).address);
  });

  it.each([
    ['is missing', {}, '"app/plans" by "slug" needs a value for "slug", got undefined.'],
    ['is undefined', { slug: undefined }, '"app/plans" by "slug" needs a value for "slug", got undefined.'],
    ['is null', { slug: null }, '"app/plans" by "slug" needs a value for "slug", got null.'],
    ['comes with no values at all', undefined, '"app/plans" by "slug" needs a value for "slug", got undefined.'],
  ])('refuses a value that %s, and says which', (_, values, message) => {
    expect(caught(() => by('slug', values))).toMatchObject({ code: 'INVALID_KEY', message });
  });

  it('refuses the second of two values as well', () => {
    expect(caught(() => by('idAndSlug', { id: 7 })).message).toMatch('needs a value for "slug"');
  });

  it.each([
    ['NaN', Number.NaN],
    ['an object', {}],
    ['an invalid date', new Date(Number.NaN)],
  ])('refuses %s for a value', (_, slug) => {
    expect(caught(() => by('slug', { slug })).code).toBe('INVALID_KEY');
  });

  it.each(['slugg', '__proto__', 'toString', undefined, 7])('refuses the key %j and says which there are', key => {
    expect(caught(() => by(key, { slug: 'gold' }))).toMatchObject({
      code: 'INVALID_KEY',
      message: expect.stringMatching(/^"app\/plans" has no sync key .+; it has id, slug, idAndSlug, notes, at\.$/),
    });
  });
});

describe('ownerOf', () => {
  it('names a row of a source in printable ASCII without blanks', () => {
    expect(ownerOf('app/plans', '7,a%3Ab')).toBe('app%2Fplans:7,a%3Ab');
  });

  it('keeps sources apart whose names contain each other', () => {
    expect(ownerOf('a/b', '1')).not.toBe(ownerOf('a', 'b:1'));
    expect(refAddress('a/b', 'c', ['id'], { id: 1 })).not.toBe(refAddress('a', 'b/c', ['id'], { id: 1 }));
  });
});
