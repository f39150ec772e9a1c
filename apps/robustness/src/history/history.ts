import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { machineTime } from '../traffic/settings.ts';
import type { EventOf, HistoryEvent } from './history-event.ts';

type Untimed<E> = E extends HistoryEvent ? Omit<E, 'at' | 'by'> : never;

/** Everything that happened in one run, in the order of its arrival; the events of one process are in their own order. */
export class History {
  readonly startedAt: number = machineTime();
  readonly events: HistoryEvent[] = [];

  add(events: readonly HistoryEvent[]): void {
    for (const event of events) this.events.push({ ...event, at: event.at - this.startedAt });
  }

  /** Something that the run itself did. */
  note(event: Untimed<HistoryEvent>): void {
    this.add([{ ...event, at: machineTime(), by: 'run' } as HistoryEvent]);
  }

  of<K extends HistoryEvent['kind']>(...kinds: K[]): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => (kinds as string[]).includes(event.kind));
  }

  save(path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, this.events.map(event => `${JSON.stringify(event)}\n`).join(''));
  }
}
