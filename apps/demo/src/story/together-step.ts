import { refsOfRow } from '../definitions/catalogue.ts';
import type { DatabaseRow } from '../supervisor/read-database.ts';
import { check, findRow, type Step } from './step.ts';

const TRANSFERS = 20;

/** Seats go back and forth between two plans; their sum never changes in the database, nor may it for a reader. */
export const together: Step = {
  name: `two rows in one transaction, ${TRANSFERS}×`,
  async play(demo) {
    const { readers } = demo.parts;
    const one = await findRow(demo, 'plan-settings', { tenantId: 'globex', slug: 'silver' });
    const other = await findRow(demo, 'plan-settings', { tenantId: 'globex', slug: 'gold-2031' });
    const refs = [one, other].flatMap(({ source, values }) => refsOfRow(source, values).slice(0, 1));
    await Promise.all(readers.map(reader => reader.watchTogether(refs)));
    const sum = seatsOf(one) + seatsOf(other);

    let last = { affected: [], ms: 0 } as { affected: Awaited<ReturnType<typeof demo.change>>['affected']; ms: number };
    for (let i = 1; i <= TRANSFERS; i++) {
      const seats = seatsOf(one) + (i % 2 === 0 ? -i : i);
      const change = await demo.change([
        { op: 'update', source: one.source, id: one.id, values: { seats } },
        { op: 'update', source: other.source, id: other.id, values: { seats: sum - seats } },
      ]);
      last = { affected: change.affected, ms: Math.max(last.ms, await demo.seen(change)) };
    }

    for (const { name, together } of readers) {
      check(together.length > TRANSFERS, `${name} looked only ${together.length} times`);
      const torn = together.filter(values => seatsIn(values) !== sum);
      check(torn.length === 0, `${name} saw one row without the other ${torn.length} times`);
    }
    const looks = readers.reduce((total, reader) => total + reader.together.length, 0);
    return { ...last, seen: `${looks} looks, never one without the other` };
  },
};

function seatsOf({ values }: DatabaseRow): number {
  return Number(values.seats);
}

function seatsIn(values: readonly unknown[]): number {
  return (values as readonly { readonly seats: number }[]).reduce((sum, value) => sum + value.seats, 0);
}
