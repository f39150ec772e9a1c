import { isDeepStrictEqual } from 'node:util';
import type { AnswerOf } from '@tenantry/admin-api';
import { EXIT } from '../../failures/exit-codes.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, texts } from '../../program/options.ts';

type Answer = AnswerOf<'audits.run'>;

/** `operations audit` */
export const audit = defineCommand({
  details: [
    'Compares what Redis has with the database, and lists what differs. Ends with 2 where something is left to repair. With `-o ndjson` each finding is a line, and the last line is the summary.',
  ],
  args: {},
  options: {
    repair: flag('bring Redis to what the database has'),
    definition: texts('only these configs or entities; may be given several times', { value: 'NAME', names: 'config' }),
  },
  routes: ['audits.run'],
  examples: ['tenantry operations audit', 'tenantry operations audit --repair'],
  async run({ options: { repair, definition }, out, api: connect }) {
    const api = await connect();
    const summaries: unknown[] = [];
    async function* pages(): AsyncGenerator<Answer['findings']> {
      let after: string | undefined;
      do {
        const body = {
          repair,
          ...(definition.length > 0 && { definitions: [...definition] }),
          ...(after && { after }),
        };
        const { answer } = await api.call('audits.run', { body });
        summaries.push(answer.summary);
        if (answer.findings.length > 0) yield answer.findings;
        const next = (answer.summary as { readonly after?: string }).after;
        // It did not get any further: the next call would not either.
        if (isDeepStrictEqual(next, after)) return;
        after = next;
      } while (after !== undefined);
    }
    await out.findings(pages(), [
      { title: 'FINDING', of: ({ kind }) => kind },
      { title: 'SCOPE', of: ({ scope }) => scope },
      { title: 'OF', of: ({ owner }) => owner },
      { title: 'REPAIRED', of: ({ repaired }) => (repaired ? 'yes' : undefined) },
    ]);
    const sum = total(summaries);
    if (out.isForPeople || out.format === 'ndjson')
      await out.one({ summary: sum }, `${sum.rows} rows compared, ${sum.repaired} repaired, ${sum.left} left`);
    return sum.left > 0 ? EXIT.wouldChange : EXIT.done;
  },
});

interface Sum {
  readonly rows: number;
  readonly repaired: number;
  readonly left: number;
}

function total(summaries: readonly unknown[]): Sum {
  const of = (name: keyof Sum) =>
    summaries.reduce<number>((sum, each) => sum + Number((each as Partial<Sum>)[name] ?? 0), 0);
  return { rows: of('rows'), repaired: of('repaired'), left: of('left') };
}
