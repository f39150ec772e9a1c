import type { Expected, FinalState, Standing } from '../final/final-state.ts';
import { History } from '../history/history.ts';
import type { HistoryEvent, SeenValue } from '../history/history-event.ts';
import type { Run } from './checker.ts';

export const value = (n: number, more: Partial<SeenValue> = {}): SeenValue => ({
  id: 1,
  tenantId: 'acme',
  n,
  stamp: `w-${n}`,
  ...more,
});

const KEY = 'acme plans:id:1';

/** A history and an end in which every promise is kept, but for what is said. */
export function runOf(events: readonly Partial<HistoryEvent>[], final: Partial<FinalState> = {}): Run {
  const history = new History();
  for (const event of events) history.events.push({ at: 1_000, by: 'reader-1.1', ...event } as HistoryEvent);
  return {
    history,
    final: {
      expected: new Map([[KEY, expected(value(3))]]),
      redis: new Map([[KEY, standing(7, value(3))]]),
      readers: new Map([
        [
          'reader-1.1',
          new Map([[KEY, { tenant: 'acme', address: 'plans:id:1', value: value(3), version: 7, stale: false }]]),
        ],
      ]),
      fresh: new Map([[KEY, { value: value(3) }]]),
      waiting: [],
      dirty: [],
      deadLetters: [],
      committed: new Set(['w-1', 'w-2', 'w-3']),
      revisions: [],
      repairedBySweep: new Map([['reader-1.1', 0]]),
      scopes: { tables: new Map(), revisions: [], redis: new Map(), readers: new Map(), fresh: [] },
      files: { said: new Map(), torn: new Set() },
      ...final,
    },
  };
}

export const expected = (value: SeenValue): Expected => ({ owner: 'plans:1', value, version: undefined });
export const standing = (version: number, value: SeenValue): Standing => ({ owner: 'plans:1', version, value });

/** Something a reader saw under its one address. */
export const saw = (
  kind: 'emission' | 'sample' | 'answer',
  version: number,
  shown: SeenValue,
  more: Partial<HistoryEvent> = {},
): Partial<HistoryEvent> =>
  ({
    kind,
    tenant: 'acme',
    address: 'plans:id:1',
    version,
    value: shown,
    stale: false,
    ...more,
  }) as Partial<HistoryEvent>;
