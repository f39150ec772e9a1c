import { isDeepStrictEqual } from 'node:util';
import { refsOfRow } from '../definitions/catalogue.ts';
import type { Demo } from '../supervisor/demo.ts';
import { everSaw, rowOf } from './setting-sight.ts';
import { check, findRow, type Step } from './step.ts';

const appearance = { tenant: 'initech', setting: 'appearance' } as const;
const NEVER = 424_242;

/** A setting in the application's own transaction: with the rows around it, or not at all. */
export const settingInTransaction: Step = {
  name: 'roll back a setting with a row',
  async play(demo) {
    const { source, id, values } = await findRow(demo, 'plan-settings', { tenantId: 'initech', slug: 'silver' });
    const before = await rowOf(demo, appearance);
    const both = (seats: number, rollback: boolean) =>
      demo.change(
        [
          { op: 'update', source, id, values: { seats } },
          { ...appearance, op: 'set', value: greetingWith(before.value, seats) },
        ],
        rollback,
      );
    const rolledBack = await both(NEVER, true);
    check(rolledBack.committedAt === undefined, 'the transaction was committed, it should not have been');
    check(isDeepStrictEqual(await rowOf(demo, appearance), before), 'the row of the setting changed all the same');

    const looksBefore = demo.parts.readers.map(({ together }) => together.length);
    const refs = [...refsOfRow(source, values).slice(0, 1), appearance];
    // Until now they do not agree, and nobody has said that they would.
    const seats = Number(values.seats) + 1;
    const kept = await both(seats, false);
    const ms = await demo.seen(kept);
    await Promise.all(demo.parts.readers.map(reader => reader.watchTogether(refs)));
    const after = await both(seats + 1, false);
    await demo.seen(after);
    const { version } = await rowOf(demo, appearance);
    check(version === before.version + 2, `the setting is at version ${version}, two writes after ${before.version}`);
    await demo.settled();
    for (const [i, { name, together }] of demo.parts.readers.entries()) {
      const looks = together.slice(looksBefore[i]).filter(isPair);
      check(looks.length > 1, `${name} looked only ${looks.length} times`);
      const torn = looks.filter(([row, setting]) => setting.greeting !== greetingOf(row.seats));
      check(torn.length === 0, `${name} saw the setting without the row ${torn.length} times`);
    }
    check(!sawGhost(demo), 'a reader saw what was rolled back');
    return { affected: kept.affected, ms, seen: 'never what was rolled back, never one without the other' };
  },
};

type Pair = readonly [row: { readonly seats: number }, setting: { readonly greeting: string }];

/** Other steps watch other things together. */
function isPair(values: readonly unknown[]): values is Pair {
  return typeof (values[1] as Partial<Pair[1]> | undefined)?.greeting === 'string';
}

function sawGhost(demo: Demo): boolean {
  return everSaw(demo, appearance, value => (value as Partial<Pair[1]>)?.greeting === greetingOf(NEVER));
}

function greetingWith(before: unknown, seats: number): object {
  return { ...(before as object), greeting: greetingOf(seats) };
}

function greetingOf(seats: number): string {
  return `${seats} seats`;
}
