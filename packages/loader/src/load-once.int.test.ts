import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { auditLog } from '@tenantry/mikro-orm';
import { eventually } from '@tenantry/testing';
import { describe, expect, it, vi } from 'vitest';
import { exitCodeOf } from './apply/load-report.ts';
import { problemLine } from './folder/file-problem.ts';
import { folderWith, put } from './folder/folder.fixture.ts';
import {
  actionsOf,
  freshName,
  limits,
  load,
  mode,
  smtp,
  store,
  storedIn,
  system,
  useSystem,
  versionsInAll,
} from './loader.fixture.ts';

useSystem();

describe('an import', () => {
  it('takes a field that the schema does not name, and warns of it each time with its place', async () => {
    const [name, dir] = [
      freshName(),
      await folderWith({
        'tenants/typo/limits.yaml': 'max: 6\nmaks: 7\n',
        'tenants/typo/smtp.yaml': 'host: here\npassword: long-enough\nhst: hunter2\n',
        'tenants/typo/ui%2Fmode.yaml': 'dark\n',
      }),
    ];
    for (const action of ['create', 'same']) {
      const report = await load(dir, { name });
      expect(actionsOf(report)).toMatchObject({ 'tenants/typo limits': action, 'tenants/typo smtp': action });
      expect(report.problems).toEqual([]);
      // Nothing of a secret.
      expect(report.warnings.map(problemLine)).toEqual([
        'tenants/typo/limits.yaml:2:1: warning: "limits": the schema does not name /maks',
      ]);
      expect(exitCodeOf(report)).toBe(0);
    }
  });

  it('sets what the files say, groups before what is in them, and writes nothing the next time', async () => {
    const name = freshName();
    const dir = await folderWith({
      'global/range.yaml': 'max: 20\n',
      'groups/a-eu/@groups.yaml': '[z-world]\n',
      'groups/z-world/limits.yaml': 'max: 5\n',
      'groups/a-eu/range.toml': 'min = 15\n',
      'tenants/one/@groups.yaml': '[a-eu]\n',
      'tenants/one/limits.json': '{"max":6}\n',
      'tenants/one/range.json': '{"max":18}\n',
      'tenants/two/@configs.yaml': 'ui/mode: dark\nlater: 5\n',
    });
    const first = await load(dir, { name });
    expect(first.problems).toEqual([]);
    expect(new Set(Object.values(actionsOf(first)))).toEqual(new Set(['create']));
    expect(exitCodeOf(first)).toBe(0);
    expect(await storedIn('tenants/one')).toEqual({
      '@groups': [1, ['a-eu']],
      limits: [1, { max: 6 }],
      range: [1, { max: 18 }],
    });
    expect(await storedIn('groups/z-world')).toEqual({ '@groups': [1, []], limits: [1, { max: 5 }] });
    expect(await storedIn('tenants/two')).toEqual({ 'ui/mode': [1, 'dark'], later: [1, 5] });
    const { items } = await store.tenant('one').history(limits);
    expect(items[0]).toMatchObject({
      actor: `loader:${name}`,
      origin: expect.stringMatching(`^file:${name}:tenants/one/limits.json#[0-9a-f]{64}$`),
    });
    const before = await versionsInAll();
    const again = await load(dir, { name });
    expect(new Set(Object.values(actionsOf(again)))).toEqual(new Set(['same']));
    expect([again.transactions, await versionsInAll()]).toEqual([0, before]);
  });

  // L11
  it('of several files of a scope is one transaction and one message', async () => {
    const dir = await folderWith({ 'tenants/three/limits.yaml': 'max: 1', 'tenants/three/ui%2Fmode.yaml': 'a' });
    await store.tenant('three').set(smtp, 'hunter2hunter2');
    const name = freshName();
    const { transactions } = await load(dir, { name });
    expect(transactions).toBe(1);
    await rm(join(dir, 'tenants/three/ui%2Fmode.yaml'));
    await put(dir, { 'tenants/three/limits.yaml': 'max: 2' });
    expect(actionsOf(await load(dir, { name, prune: true }))).toEqual({
      'tenants/three limits': 'update',
      'tenants/three ui/mode': 'prune',
    });
    expect((await system.feed('three')).map(({ changes }) => changes.length)).toEqual([1, 2, 2]);
    expect(await storedIn('tenants/three')).toMatchObject({ 'ui/mode': [2, undefined], limits: [2, { max: 2 }] });
  });

  it('as a dry run writes nothing, and says what it would write', async () => {
    const dir = await folderWith({ 'tenants/dry/limits.yaml': 'max: 1', 'groups/dry/limits.yaml': 'max: 1' });
    const before = await versionsInAll();
    const report = await load(dir, { dryRun: true, name: freshName() });
    expect(actionsOf(report)).toEqual({
      'groups/dry @groups': 'create',
      'groups/dry limits': 'create',
      'tenants/dry limits': 'create',
    });
    expect([exitCodeOf(report), await versionsInAll()]).toEqual([2, before]);
  });

  it('that is told to stop writes what it has begun, and refuses the rest by name', async () => {
    const scopes = Array.from({ length: 200 }, (_, i) => `tenants/stop${String(i).padStart(3, '0')}` as const);
    const dir = await folderWith(Object.fromEntries(scopes.map(scope => [`${scope}/limits.yaml`, 'max: 1'])));
    const stop = new AbortController();
    const loading = load(dir, { name: freshName(), transactions: 1, signal: stop.signal });
    await eventually(async () => expect(await storedIn('tenants/stop000')).not.toEqual({}));
    stop.abort();
    const { items, counts } = await loading;
    expect(items).toHaveLength(scopes.length);
    expect(counts.refused).toBeGreaterThan(0);
    for (const { scope, action, code } of items) {
      expect([action, code]).toEqual(action === 'create' ? ['create', undefined] : ['refused', 'CLOSED']);
      expect(Object.keys(await storedIn(scope))).toEqual(action === 'create' ? ['limits'] : []);
    }
    const never = await load(dir, { name: freshName(), signal: stop.signal });
    expect([never.transactions, never.counts.create]).toEqual([0, 0]);
  });

  it('goes on past what is wrong, and keeps the last good values of those files', async () => {
    const name = freshName();
    const dir = await folderWith({
      'tenants/good/limits.yaml': 'max: 1',
      'tenants/bad/limits.yaml': 'max: 1',
      'tenants/bad/ui%2Fmode.yaml': 'a',
      'tenants/worse/range.yaml': 'min: 5',
      'tenants/unknown/@groups.yaml': '[nobody]',
      'tenants/redis/token.yaml': '5',
    });
    const first = await load(dir, { name });
    expect(first.items.find(({ scope }) => scope === 'tenants/unknown')).toMatchObject({
      action: 'refused',
      code: 'UNKNOWN_GROUP',
    });
    expect(first.problems).toMatchObject([{ path: 'tenants/redis/token.yaml', code: 'NOT_KEPT' }]);
    expect(exitCodeOf(first)).toBe(4);
    await put(dir, {
      'tenants/good/limits.yaml': 'max: 2',
      'tenants/bad/limits.yaml': 'max: two',
      'tenants/bad/ui%2Fmode.yaml': 'b: [',
      'tenants/worse/range.yaml': 'min: 500',
    });
    const report = await load(dir, { name, prune: true, maxPrune: 100 });
    expect(report.problems.map(({ path, code }) => `${path} ${code}`)).toEqual(
      expect.arrayContaining(['tenants/bad/limits.yaml INVALID_VALUE', 'tenants/bad/ui%2Fmode.yaml NOT_PARSED']),
    );
    expect(actionsOf(report)).toMatchObject({ 'tenants/good limits': 'update', 'tenants/worse range': 'refused' });
    expect(await storedIn('tenants/bad')).toEqual({ limits: [1, { max: 1 }], 'ui/mode': [1, 'a'] });
    expect(await storedIn('tenants/worse')).toEqual({ range: [1, { min: 5 }] });
  });

  it('of secrets puts the secrets into the store, and into nothing else', async () => {
    const name = freshName();
    vi.stubEnv('TEST_SMTP', 'hunter2hunter2');
    const dir = await folderWith({ 'tenants/secret/smtp.yaml': 'host: a\npassword: { $secret: { env: TEST_SMTP } }' });
    const report = await load(dir, { name });
    expect(await storedIn('tenants/secret')).toEqual({ smtp: [1, { host: 'a', password: 'hunter2hunter2' }] });
    expect(JSON.stringify(report)).not.toContain('hunter2');
    vi.stubEnv('TEST_SMTP', 'short');
    const bad = await load(dir, { name });
    expect(bad.problems).toMatchObject([
      { path: 'tenants/secret/smtp.yaml', line: 2, column: 1, code: 'INVALID_VALUE' },
    ]);
    expect(JSON.stringify(bad)).not.toContain('short"');
    vi.unstubAllEnvs();
    expect((await load(dir, { name })).problems).toMatchObject([{ code: 'SECRET_MISSING' }]);
    expect(await storedIn('tenants/secret')).toEqual({ smtp: [1, { host: 'a', password: 'hunter2hunter2' }] });
  });
});

// L10
describe('what a person has set since', () => {
  async function drifted(id: string) {
    const name = freshName();
    const dir = await folderWith({ [`tenants/${id}/limits.yaml`]: 'max: 1', [`tenants/${id}/ui%2Fmode.yaml`]: 'a' });
    await load(dir, { name });
    await store.tenant(id).set(limits, { max: 7 }, { actor: 'ann' });
    await store.tenant(id).unset(mode, { actor: 'ann' });
    return { name, dir };
  }

  it('stays with `report`, is listed, and is the exit code', async () => {
    const { name, dir } = await drifted('drift-report');
    await put(dir, { 'tenants/drift-report/limits.yaml': 'max: 2' });
    const report = await load(dir, { name, policy: 'report' });
    expect(report.items).toMatchObject([
      { config: 'limits', action: 'drift', version: 2, by: 'ann' },
      { config: 'ui/mode', action: 'drift', version: 2, by: 'ann' },
    ]);
    expect(exitCodeOf(report)).toBe(2);
    expect(await storedIn('tenants/drift-report')).toMatchObject({ limits: [2, { max: 7 }] });
  });

  it('is replaced with `overwrite`, and history and audit log name both', async () => {
    const { name, dir } = await drifted('drift-over');
    const report = await load(dir, { name, policy: 'overwrite' });
    expect(actionsOf(report)).toEqual({
      'tenants/drift-over limits': 'overwrite',
      'tenants/drift-over ui/mode': 'overwrite',
    });
    const { items } = await store.tenant('drift-over').history(limits);
    expect(items.map(({ version, actor, reason }) => [version, actor, reason])).toEqual([
      [3, `loader:${name}`, 'file over v2 by ann'],
      [2, 'ann', undefined],
      [1, `loader:${name}`, undefined],
    ]);
    const audit = await auditLog(system.orm).list({ scope: 'tenants/drift-over', limit: 10 });
    expect(audit.items.find(({ reason }) => reason === 'file over v2 by ann')).toMatchObject({
      actor: `loader:${name}`,
    });
    expect(actionsOf(await load(dir, { name, policy: 'overwrite' }))).toEqual({
      'tenants/drift-over limits': 'same',
      'tenants/drift-over ui/mode': 'same',
    });
  });

  it('and whatever else is there stays with `seed`, which sets only what never was set', async () => {
    const { name, dir } = await drifted('drift-seed');
    await put(dir, { 'tenants/drift-seed/range.yaml': 'min: 1', 'tenants/drift-seed/later.yaml': '1' });
    await store.tenant('drift-seed').set(limits, { max: 7 });
    expect(actionsOf(await load(dir, { name, policy: 'seed' }))).toEqual({
      'tenants/drift-seed limits': 'kept',
      'tenants/drift-seed ui/mode': 'kept',
      'tenants/drift-seed range': 'create',
      'tenants/drift-seed later': 'create',
    });
    await put(dir, { 'tenants/drift-seed/range.yaml': 'min: 2' });
    expect(actionsOf(await load(dir, { name, policy: 'seed' }))).toMatchObject({ 'tenants/drift-seed range': 'kept' });
    expect(await storedIn('tenants/drift-seed')).toMatchObject({ range: [1, { min: 1 }] });
  });

  it('is not taken away with the file', async () => {
    const { name, dir } = await drifted('drift-prune');
    await put(dir, { 'tenants/other-prune/limits.yaml': 'max: 1' });
    await rm(join(dir, 'tenants/drift-prune'), { recursive: true });
    const report = await load(dir, { name, prune: true, maxPrune: 100 });
    expect(report.counts.prune).toBe(0);
    expect(await storedIn('tenants/drift-prune')).toMatchObject({ limits: [2, { max: 7 }] });
  });
});
