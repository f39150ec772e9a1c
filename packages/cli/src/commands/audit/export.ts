import { Failure } from '../../failures/failure.ts';
import { NobodyReads } from '../../output/output.ts';
import { defineCommand } from '../../program/define-command.ts';
import { FILTER, filterQuery } from './filter.ts';

/** `audit export` */
export const exportAudit = defineCommand({
  details: [
    'Prints NDJSON, whatever --output says, as it comes from the server. An export that was cut off ends with 4: the last line that is whole was printed.',
  ],
  args: {},
  options: FILTER,
  routes: ['audit.export'],
  examples: ['tenantry audit export --since 2026-01-01T00:00:00Z > audit.ndjson'],
  async run({ options, io, out, api }) {
    const answer = await (await api()).open('audit.export', { query: filterQuery(options) });
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of answer.body) {
        rest += decoder.decode(chunk, { stream: true });
        const end = rest.lastIndexOf('\n') + 1;
        await out.write(rest.slice(0, end));
        rest = rest.slice(end);
      }
    } catch (error) {
      if (error instanceof NobodyReads || io.signal.aborted) throw error;
      rest = 'cut off';
    }
    if (rest !== '')
      throw new Failure('CUT_OFF', 'The export ended before its end: the lines that were printed are whole.');
    return undefined;
  },
});
