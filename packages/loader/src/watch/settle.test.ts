import type { Scope } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import type { FolderScan } from '../folder/folder-scan.ts';
import { Settle } from './settle.ts';

/** A scan in which each scope has one file of this content. */
function scanOf(files: { readonly [scope in Scope]?: string }, isThere = true): FolderScan {
  const documents = Object.entries<string | undefined>(files).map(([scope, sha256 = '']) => ({
    ...{ scope: scope as Scope, config: 'limits', json: '1', path: `${scope}/limits.yaml`, sha256 },
    place: () => ({ line: 1, column: 1 }),
  }));
  const scopes = documents.map(({ scope }) => scope);
  return { dir: '', isThere, documents, problems: [], scopes, ignored: [], files: documents.length };
}

const said = (scan: FolderScan | undefined) =>
  scan && Object.fromEntries(scan.documents.map(({ scope, sha256 }) => [scope, sha256]));

const settle = () => new Settle({ settleMs: 100, settleMaxMs: 1_000 });

describe('a scope', () => {
  it('counts once it was quiet for its time, and then no more', () => {
    const times = settle();
    expect(times.take(scanOf({ global: 'a' }), 0)).toBeUndefined();
    expect(times.dueAt).toBe(100);
    expect(times.take(scanOf({ global: 'b' }), 90)).toBeUndefined();
    expect(times.dueAt).toBe(190);
    expect(times.take(scanOf({ global: 'b' }), 189)).toBeUndefined();
    expect(said(times.take(scanOf({ global: 'b' }), 190))).toEqual({ global: 'b' });
    expect(times.dueAt).toBeUndefined();
    expect(times.take(scanOf({ global: 'b' }), 500)).toBeUndefined();
  });

  it('that never is quiet counts after the longest time', () => {
    const times = settle();
    let counted: FolderScan | undefined;
    let now = 0;
    for (; !counted && now < 5_000; now += 50) counted = times.take(scanOf({ global: String(now) }), now);
    expect([said(counted), now]).toEqual([{ global: '1000' }, 1_050]);
  });

  it('does not wait for another one', () => {
    const times = settle();
    times.take(scanOf({ 'tenants/a': '1', 'tenants/b': '1' }), 0);
    times.take(scanOf({ 'tenants/a': '1', 'tenants/b': '1' }), 100);
    times.take(scanOf({ 'tenants/a': '2', 'tenants/b': '1' }), 200);
    const both = times.take(scanOf({ 'tenants/a': '2', 'tenants/b': '2' }), 300);
    expect(said(both)).toEqual({ 'tenants/a': '2', 'tenants/b': '1' });
    expect(said(times.take(scanOf({ 'tenants/a': '2', 'tenants/b': '2' }), 400))).toEqual({
      'tenants/a': '2',
      'tenants/b': '2',
    });
  });

  it('that is as before within its time has not changed', () => {
    const times = settle();
    times.take(scanOf({ global: 'a' }), 0);
    times.take(scanOf({ global: 'a' }), 100);
    expect(times.take(scanOf({ global: 'b' }), 200)).toBeUndefined();
    expect(times.take(scanOf({ global: 'a' }), 250)).toBeUndefined();
    expect(times.dueAt).toBeUndefined();
  });

  it('whose folder is gone is gone after its time', () => {
    const times = settle();
    times.take(scanOf({ global: 'a', 'tenants/a': '1' }), 0);
    times.take(scanOf({ global: 'a', 'tenants/a': '1' }), 100);
    expect(times.take(scanOf({ global: 'a' }), 200)).toBeUndefined();
    expect(said(times.take(scanOf({ global: 'a' }), 300))).toEqual({ global: 'a' });
  });
});

it('a folder that is gone says so once, and what it said counts again when it is back', () => {
  const times = settle();
  times.take(scanOf({ global: 'a' }), 0);
  times.take(scanOf({ global: 'a' }), 100);
  expect(times.take(scanOf({}, false), 200)?.isThere).toBe(false);
  expect(times.take(scanOf({}, false), 300)).toBeUndefined();
  expect(said(times.take(scanOf({ global: 'a' }), 400))).toEqual({ global: 'a' });
});

it('nothing comes to count while the folder is gone, and what has not settled must be quiet anew when it is back', () => {
  const times = settle();
  times.take(scanOf({ global: 'a' }), 0);
  times.take(scanOf({ global: 'a' }), 100);
  times.take(scanOf({ global: 'b' }), 200);
  times.take(scanOf({}, false), 250);
  expect(times.dueAt).toBeUndefined();
  expect(said(times.take(scanOf({ global: 'c' }), 2_000))).toEqual({ global: 'a' });
  expect(times.dueAt).toBe(2_100);
  expect(said(times.take(scanOf({ global: 'c' }), 2_100))).toEqual({ global: 'c' });
});

it('a folder that never holds still is told once, after the longest time', () => {
  const times = settle();
  const moving: FolderScan = { ...scanOf({}, false), problems: [{ path: 'global', code: 'CHANGING', message: '' }] };
  expect(times.take(moving, 0)).toBeUndefined();
  expect(times.dueAt).toBe(1_000);
  expect(times.take(scanOf({ global: 'a' }), 900)).toBeUndefined();
  expect(times.dueAt).toBe(1_000);
  expect(times.take(moving, 950)).toBeUndefined();
  expect(times.dueAt).toBe(1_950);
  expect(times.take(moving, 1_949)).toBeUndefined();
  expect(times.take(moving, 1_950)).toBe(moving);
  expect(times.dueAt).toBeUndefined();
  expect(times.take(moving, 3_000)).toBeUndefined();
});

it('an empty folder counts at once', () => {
  expect(said(settle().take(scanOf({}), 0))).toEqual({});
});
