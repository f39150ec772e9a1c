import { describe, expect, it } from 'vitest';
import { groupsRef, layeredConfigs } from '../../scopes/layered-configs.ts';
import { GLOBAL_TEXT } from '../../scopes/scope-addresses.ts';
import type { SeenLayers } from '../../scopes/scopes-state.ts';
import { findBreaches } from '../all-checkers.ts';
import { kept, of, saw, scopedRun, tables, value } from './scoped-run.fixture.ts';

/** The promise and the sentence of the only breach. */
const breachOf = (...parts: Parameters<typeof scopedRun>): string => {
  const breaches = findBreaches(scopedRun(...parts));
  expect(breaches).toHaveLength(1);
  return `${breaches[0]?.promise}: ${breaches[0]?.sentence}`;
};

it('has nothing to say where every promise was kept', () => {
  expect(findBreaches(scopedRun([saw('emission', kept), saw('answer', { ...kept, explained: undefined })]))).toEqual(
    [],
  );
});

it('has nothing to say of a layer that was unset before the reader started: it knows of none', () => {
  const published = {
    kind: 'published',
    tenant: 'acme',
    addresses: [layeredConfigs.merged.address],
    version: 1,
  } as const;
  const once = { scope: 'tenants/acme', config: 'merged', version: 1, value: { marks: { 'tenants/acme': 'a-1' } } };
  const seen = [published, saw('sample', kept, 9_000)];
  const unset = { ...once, version: 2, value: undefined };
  expect(findBreaches(scopedRun(seen, {}, [once, unset]))).toEqual([]);
  expect(findBreaches(scopedRun(seen, {}, [once]))).toHaveLength(1);
});

describe('a breach is a sentence that names the config, the scope, who saw it and when', () => {
  it('G1: a layer that never came into Redis', () => {
    const redis = new Map(tables).set('groups/eu merged', { version: 1, value: value({ 'groups/eu': 'w-1' }) });
    expect(breachOf([], { redis: redis.set('groups/eu merged', { ...of('groups/eu', 'w-1'), version: 2 }) })).toBe(
      'G1 durable in scopes: "groups/eu merged" is {"marks":{"groups/eu":"w-2"}} in the database, and Redis still has {"marks":{"groups/eu":"w-1"}} (version 2).',
    );
  });

  it('G1: a reader that starts and gets something else than the tables make', () => {
    const old = value({ 'groups/eu': 'w-1', global: 'g-1' });
    expect(breachOf([], { fresh: [{ ...kept, value: old }] })).toContain(
      'G1 durable in scopes: A reader that started at the end got {"marks":{"groups/eu":"w-1","global":"g-1","default":"default"}',
    );
  });

  it('G2: a layer that was rolled back', () => {
    const seen = { ...kept, explained: undefined, value: value({ 'groups/eu': 'w-9', global: 'g-1' }) };
    expect(breachOf([saw('answer', seen)])).toBe(
      'G2 silent in scopes: reader-1.1 saw merged of "acme" at 1.000 s with what w-9 set in groups/eu: that was never committed.',
    );
  });

  it('G2: groups that were rolled back', () => {
    expect(breachOf([saw('sample', { ...kept, groupsVersion: 7 })])).toBe(
      'G2 silent in scopes: reader-1.1 saw merged of "acme" at 1.000 s in the groups of version 7: that was never committed.',
    );
  });

  it('G2: a layer that is explained otherwise than it was committed', () => {
    const layers = kept.explained.layers.map(layer => (layer.scope === 'groups/eu' ? { ...layer, version: 3 } : layer));
    const seen = { ...kept, explained: { ...kept.explained, layers } };
    expect(breachOf([saw('sample', seen)])).toBe(
      'G2 silent in scopes: reader-1.1 saw merged of "acme" at 1.000 s, and version 3 of groups/eu in it, which was committed otherwise or not at all.',
    );
  });

  it('G2: a layer that is called unset, and never was', () => {
    const layers = kept.explained.layers.map(layer =>
      layer.scope === 'groups/eu' ? { scope: 'groups/eu', version: 2 } : layer,
    );
    const without = value({ global: 'g-1' });
    const seen = { ...kept, value: without, explained: { ...kept.explained, value: without, layers } };
    expect(breachOf([saw('emission', seen)])).toContain(
      'and version 2 of groups/eu in it, which was committed otherwise',
    );
    const unset = { scope: 'groups/eu', config: 'merged', version: 3, value: undefined };
    expect(findBreaches(scopedRun([saw('emission', seen)], {}, [unset]))).toEqual([]);
  });

  it('G3: a scope that goes back for one tenant', () => {
    const before = { ...kept, explained: undefined, value: value({ 'groups/eu': 'w-1', global: 'g-1' }) };
    expect(breachOf([saw('emission', kept), saw('answer', before, 2_000)])).toBe(
      'G3 forward in scopes: reader-1.1 saw merged of "acme" at 2.000 s with groups/eu in version 1, and in version 2 before, at 1.000 s.',
    );
  });

  it('G3: a scope that goes back from one tenant to another, both fresh', () => {
    const other = { ...kept, tenant: '__proto__', explained: undefined, groupsVersion: undefined };
    const before = { ...other, value: value({ 'groups/eu': 'w-1', global: 'g-1' }) };
    expect(breachOf([saw('emission', kept), saw('answer', before, 2_000)])).toContain('"__proto__" at 2.000 s');
    expect(findBreaches(scopedRun([saw('emission', kept), saw('answer', { ...before, stale: true }, 2_000)]))).toEqual(
      [],
    );
  });

  it('G3: groups that go back', () => {
    expect(breachOf([saw('sample', kept), saw('sample', { ...kept, groupsVersion: 1 }, 2_000)])).toBe(
      'G3 forward in scopes: reader-1.1 saw merged of "acme" at 2.000 s with its groups in version 1, and in version 2 before, at 1.000 s.',
    );
  });

  it('G4: half of what a scope set in one transaction', () => {
    const marks = [
      { default: 'default', 'groups/eu': 'w-2', global: 'g-1' },
      { default: 'default', 'groups/eu': 'w-1', global: 'g-1' },
    ];
    expect(breachOf([{ kind: 'twins', tenant: 'acme', marks }])).toBe(
      'G4 whole in each scope: reader-1.1 saw half of a transaction of groups/eu for "acme" at 1.000 s: one config of w-2, the other of w-1.',
    );
  });

  it('G5: a layer that is missing, left over, or in another version', () => {
    const redis = new Map(tables);
    redis.delete('groups/eu merged');
    expect(breachOf([], { redis })).toBe(
      'G5 keyed in scopes: Redis has nothing for "groups/eu merged", where the tables have version 2.',
    );
    const more = new Map(tables).set('groups/emea twin', of('groups/emea', 'w-5'));
    expect(breachOf([], { redis: more })).toBe(
      'G5 keyed in scopes: Redis has version 2 for "groups/emea twin", where the tables have nothing.',
    );
    const old = new Map(tables).set('groups/eu merged', { ...of('groups/eu', 'w-2'), version: 1 });
    expect(breachOf([], { redis: old })).toBe(
      'G5 keyed in scopes: "groups/eu merged" is in version 1 in Redis, and in version 2 by the tables.',
    );
  });

  const ends = (seen: Partial<SeenLayers>) =>
    breachOf([], { readers: new Map([['reader-1.1', [{ ...kept, ...seen }]]]) });

  it('G6: a reader that ends with another value', () => {
    expect(ends({ value: value({ 'groups/eu': 'w-1', global: 'g-1' }) })).toContain(
      'G6 gapless in scopes: reader-1.1 ended with {"marks":{"groups/eu":"w-1","global":"g-1","default":"default"}',
    );
  });

  it('G6: a reader that stays stale', () => {
    expect(ends({ stale: true })).toBe('G6 gapless in scopes: reader-1.1 ended with merged of "acme" still stale.');
  });

  it('G6: a change of groups that does not arrive', () => {
    expect(ends({ groupsVersion: 1 })).toBe(
      'G6 gapless in scopes: reader-1.1 ended with the groups of "acme" in version 1; the tables have version 2.',
    );
  });

  it('G6: a reader that ends with another explanation, or with none', () => {
    const { explained } = kept;
    expect(ends({ explained: undefined })).toContain('ended without an explanation of merged of "acme".');
    expect(ends({ explained: { ...explained, layers: explained.layers.slice(1) } })).toContain(
      'ended with merged of "acme" from groups/eu, global; by the tables it comes from tenants/acme, groups/eu, global.',
    );
    const layers = explained.layers.map(layer => (layer.scope === 'global' ? { ...layer, version: 3 } : layer));
    expect(ends({ explained: { ...explained, layers } })).toContain(
      'ended with version 3 of global in merged of "acme"; the tables have another one.',
    );
  });

  const cutOff = { kind: 'unreachable', readers: ['reader-1.1'], by: 'run', at: 1_000 } as const;

  it('G7: a reader that is cut off and calls a value of scopes fresh, or makes itself younger', () => {
    expect(breachOf([cutOff, saw('sample', kept, 5_000)])).toBe(
      'G7 honest in scopes: reader-1.1 saw merged of "acme" at 5.000 s, cut off from Redis since 1.000 s, and called it fresh.',
    );
    expect(breachOf([cutOff, saw('sample', { ...kept, stale: true, age: 100 }, 9_000)])).toContain(
      'and said that its age was 100 ms.',
    );
  });

  it('G7: a layer that is called fresh long after Redis had another', () => {
    const { address } = layeredConfigs.merged;
    const published = { kind: 'published', tenant: ' eu', addresses: [address], version: 3 } as const;
    expect(breachOf([published, saw('sample', kept, 9_000)])).toBe(
      'G7 honest in scopes: reader-1.1 saw merged of "acme" at 9.000 s with version 2 of groups/eu, and called it fresh; Redis had version 3 since 1.000 s.',
    );
    expect(breachOf([{ ...published, tenant: GLOBAL_TEXT }, saw('sample', kept, 9_000)])).toContain('1 of global');
  });

  it('G7: groups that a tenant left, or came into, long before', () => {
    const published = { kind: 'published', tenant: 'acme', addresses: [groupsRef.address], version: 3 } as const;
    const change = (groups: readonly string[]) => ({
      revisions: [{ scope: 'tenants/acme', config: '@groups', version: 3, value: groups }],
    });
    expect(breachOf([published, saw('sample', kept, 9_000)], {}, change([]).revisions)).toBe(
      'G7 honest in scopes: reader-1.1 saw merged of "acme" at 9.000 s from groups/eu, and called it fresh; Redis had other groups long before.',
    );
    expect(breachOf([published, saw('sample', kept, 9_000)], {}, change(['eu', 'emea']).revisions)).toBe(
      'G7 honest in scopes: reader-1.1 saw merged of "acme" at 9.000 s without groups/emea, and called it fresh; Redis had these groups long before.',
    );
  });

  it('G7: a loss in the global scope that is taken for a delete', () => {
    const gone = { ...kept, explained: undefined, value: value({ 'groups/eu': 'w-2' }) };
    expect(breachOf([saw('sample', kept), saw('answer', gone, 2_000)])).toBe(
      'G7 honest in scopes: reader-1.1 saw merged of "acme" at 2.000 s without what is global, and fresh; it had seen that before, and nobody unsets it.',
    );
  });

  it('G10: a value of a group that the tenant was never in', () => {
    const strange = { ...kept, explained: undefined, value: value({ 'groups/test': 't-1', global: 'g-1' }) };
    expect(breachOf([saw('answer', strange)])).toBe(
      'G10 apart in scopes: reader-1.1 saw merged of "acme" at 1.000 s with what groups/test says, which it never inherited from.',
    );
  });

  it('G10: a layer under the key of another scope', () => {
    const strange = new Map(tables).set('groups/eu merged', { ...of('groups/test', 't-1'), version: 2 });
    const both = new Map(tables).set('groups/eu merged', { ...of('groups/test', 't-1'), version: 2 });
    const breaches = findBreaches(scopedRun([], { redis: strange, tables: both, readers: new Map(), fresh: [] }));
    expect(breaches.map(({ sentence }) => sentence)).toEqual([
      'Redis has what groups/test says for "groups/eu merged".',
    ]);
  });

  it('scopes: an explanation that does not add up to the value', () => {
    const { explained } = kept;
    const less = { ...explained, layers: explained.layers.filter(({ scope }) => scope !== 'groups/eu') };
    expect(breachOf([saw('emission', { ...kept, explained: less })])).toContain(
      'scopes explained: reader-1.1 saw merged of "acme" at 1.000 s as {"marks":{"groups/eu":"w-2","global":"g-1","default":"default"}',
    );
    const other = { ...explained, value: value({}) };
    expect(breachOf([saw('emission', { ...kept, explained: other })])).toContain('the explanation explains');
    const fields = explained.fields.map(field => ({ ...field, scope: 'global' }));
    expect(breachOf([saw('emission', { ...kept, explained: { ...explained, fields } })])).toContain(
      'what groups/eu marked comes from global.',
    );
  });

  it('scopes: values that break each other, and groups that lead to themselves', () => {
    const low = { version: 1, value: { low: 60 } };
    const high = { version: 1, value: { high: 50 } };
    const broken = new Map(tables).set('groups/eu range', low).set('global range', high);
    const breaches = findBreaches(scopedRun([], { tables: broken, redis: broken, readers: new Map(), fresh: [] }));
    expect(breaches.map(({ sentence }) => sentence)).toEqual([
      'groups/eu, global make a range from 60 to 50, which the schema refuses.',
      'tenants/acme, groups/eu, global make a range from 60 to 50, which the schema refuses.',
    ]);
    const round = new Map(tables).set('groups/eu @groups', { version: 1, value: ['emea'] });
    round.set('groups/emea @groups', { version: 1, value: ['eu'] });
    const cycles = findBreaches(scopedRun([], { tables: round, redis: round, readers: new Map(), fresh: [] }));
    expect(cycles.map(({ sentence }) => sentence)).toContain(
      'The groups of groups/eu lead to themselves in the tables.',
    );
  });
});
