import type { HistoryEvent } from '../../history/history-event.ts';
import type { Marks, ScopeRevision, ScopeStanding, ScopesState, SeenLayers } from '../../scopes/scopes-state.ts';
import type { Run } from '../checker.ts';
import { runOf } from '../run.fixture.ts';

/** What a reader is given of these scopes, with the default behind them. */
export const value = (marks: Marks) => ({
  marks: { ...marks, default: 'default' },
  fields: { a: 'default', e: null },
  items: [{ id: 'i0' }],
});

/** What one scope has. */
export const of = (scope: string, mark: string): ScopeStanding => ({ version: 2, value: { marks: { [scope]: mark } } });

/** "acme" is in the group "eu", which says something, and so does the global scope. */
export const tables: ReadonlyMap<string, ScopeStanding> = new Map([
  ['tenants/acme @groups', { version: 2, value: ['eu'] }],
  ['groups/eu merged', of('groups/eu', 'w-2')],
  ['global merged', { version: 1, value: { marks: { global: 'g-1' } } }],
]);

const revisions: readonly ScopeRevision[] = [
  { scope: 'tenants/acme', config: '@groups', version: 1, value: ['eu'] },
  { scope: 'tenants/acme', config: '@groups', version: 2, value: ['eu'] },
  { scope: 'tenants/__proto__', config: '@groups', version: 1, value: ['eu'] },
  { scope: 'groups/eu', config: 'merged', version: 1, value: { marks: { 'groups/eu': 'w-1' } } },
  { scope: 'groups/eu', config: 'merged', version: 2, value: { marks: { 'groups/eu': 'w-2' } } },
  { scope: 'groups/test', config: 'merged', version: 1, value: { marks: { 'groups/test': 't-1' } } },
  { scope: 'global', config: 'merged', version: 1, value: { marks: { global: 'g-1' } } },
];

const served = value({ 'groups/eu': 'w-2', global: 'g-1' });

/** What every reader has at the end. */
export const kept = {
  tenant: 'acme',
  config: 'merged',
  value: served,
  version: 2,
  stale: false,
  groupsVersion: 2,
  explained: {
    value: served,
    layers: [
      { scope: 'tenants/acme' },
      { scope: 'groups/eu', version: 2, value: { marks: { 'groups/eu': 'w-2' } } },
      { scope: 'global', version: 1, value: { marks: { global: 'g-1' } } },
      { scope: 'default', value: value({}) },
    ],
    fields: [
      { path: '/marks/groups~1eu', scope: 'groups/eu' },
      { path: '/marks/global', scope: 'global' },
    ],
  },
} as const satisfies SeenLayers;

/** A history and an end in which every promise was kept, but for what is said. */
export function scopedRun(
  events: readonly Partial<HistoryEvent>[],
  scopes: Partial<ScopesState> = {},
  later: readonly ScopeRevision[] = [],
): Run {
  return runOf(events, {
    scopes: {
      tables,
      redis: tables,
      revisions: [...revisions, ...later],
      readers: new Map([['reader-1.1', [kept]]]),
      fresh: [kept],
      ...scopes,
    },
  });
}

export const saw = (how: 'emission' | 'sample' | 'answer', seen: SeenLayers, at = 1_000): Partial<HistoryEvent> =>
  ({ kind: 'layered', how, ...seen, at }) as Partial<HistoryEvent>;
