import type { ReaderProcess } from '../supervisor/reader-process.ts';
import { check, findRow, type Step } from './step.ts';

const NEVER = 123_456;

/** A feed is in order: who has seen the change after it has not missed one before it. */
export const rollback: Step = {
  name: 'roll back, then change the same row',
  async play(demo) {
    const { source, id, values } = await findRow(demo, 'plan-settings', { tenantId: 'acme', slug: 'silver' });
    const ghost = { ...values, id: undefined, slug: 'ghost', seats: NEVER };
    const rolledBack = await demo.change(
      [
        { op: 'update', source, id, values: { seats: NEVER } },
        { op: 'create', source, values: ghost },
      ],
      true,
    );
    check(rolledBack.committedAt === undefined, 'the transaction was committed, it should not have been');

    const fence = await demo.change([{ op: 'update', source, id, values: { seats: Number(values.seats) + 1 } }]);
    const ms = await demo.seen(fence);
    for (const reader of demo.parts.readers) check(!hasSeen(reader, NEVER), `${reader.name} saw what was rolled back`);
    return { affected: fence.affected, ms, seen: 'only the change after it' };
  },
};

function hasSeen(reader: ReaderProcess, seats: number): boolean {
  const everything = [...reader.latest()].flatMap(([name]) => reader.sightings(name));
  return everything.some(({ entry }) => (entry.value as { seats?: number } | undefined)?.seats === seats);
}
