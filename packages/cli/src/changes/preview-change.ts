import type { AnswerOf, BodyOf } from '@tenantry/admin-api';
import type { Api } from '../connection/api.ts';
import { EXIT, type ExitCode } from '../failures/exit-codes.ts';
import { Failure } from '../failures/failure.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/text-width.ts';

type Changes = BodyOf<'configs.preview'>['changes'];

/** Asks the server what changes would do, and prints it. 2 where something would change, `INVALID_VALUE` where they would be refused. */
export async function sayPreview(out: Output, api: Api, changes: Changes, limit?: number): Promise<ExitCode> {
  const body = { changes, ...(limit !== undefined && { limit }) };
  const { answer } = await api.call('configs.preview', { body });
  await out.one({ ...answer, dryRun: true }, previewLines(answer, out));
  const bad = answer.changed.filter(({ problem }) => problem !== undefined);
  if (bad.length > 0) {
    const places = bad.slice(0, 10).map(({ scope, config, problem }) => `${config} of ${scope}: ${problem}`);
    throw new Failure('INVALID_VALUE', `This would be refused. ${places.join(' ')}`);
  }
  return answer.changed.length > 0 ? EXIT.wouldChange : EXIT.done;
}

function previewLines({ changed, tenants, complete }: AnswerOf<'configs.preview'>, out: Output): string[] {
  const lines = changed.flatMap(({ scope, config, beforeJson, afterJson }) => [
    `${out.style('bold', printable(`${config} of ${scope}`))}`,
    ...(beforeJson === undefined ? [] : [out.style('red', printable(`- ${beforeJson}`))]),
    ...(afterJson === undefined ? [] : [out.style('green', printable(`+ ${afterJson}`))]),
  ]);
  const more = complete ? '' : ', and more that are not shown';
  const sum =
    changed.length === 0 ? 'nothing would change' : `${changed.length} would change, in ${tenants} scopes${more}`;
  return [...lines, sum];
}
