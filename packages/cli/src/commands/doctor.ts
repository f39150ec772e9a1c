import type { operations } from '@tenantry/admin-api';
import { VERSION } from '../connection/version.ts';
import { EXIT } from '../failures/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/text-width.ts';
import { defineCommand } from '../program/define-command.ts';

type Check = operations.DoctorCheck;

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red', unknown: 'dim' } as const;

/** `doctor` */
export const doctor = defineCommand({
  details: [
    'Asks the server to look at database, Redis, rights, clocks, workers, what waits, and whether the processes that run have the same definitions. The guide on operations says what each check means.',
    'It ends with 1 where something fails, with 2 where something is to be warned of, and with 0 otherwise: also where something could not be asked (unknown).',
  ],
  args: {},
  options: {},
  routes: ['operations.doctor'],
  examples: ['tenantry doctor', 'tenantry doctor -o json'],
  async run({ api, out }) {
    const { answer } = await (await api({ readsOnly: true })).call('operations.doctor');
    const checks = [versionCheck(answer.version), ...answer.checks];
    await out.one({ ...answer, checks }, linesOf(checks, out));
    if (checks.some(({ state }) => state === 'fail')) return EXIT.failed;
    return checks.some(({ state }) => state === 'warn') ? EXIT.wouldChange : EXIT.done;
  },
});

function versionCheck(server: string): Check {
  if (server === VERSION)
    return { id: 'versions', state: 'ok', message: `This program and the server are of version ${server}.` };
  return {
    ...{ id: 'versions', state: 'warn' },
    message: `This program is of version ${VERSION}, and the server of version ${server}.`,
    remedy: 'Use the program of the same release.',
  };
}

function linesOf(checks: readonly Check[], out: Output): string[] {
  const width = Math.max(...checks.map(({ id }) => id.length));
  return checks.flatMap(({ id, state, message, remedy }) => [
    `${out.style(STYLES[state], state.padEnd(7))}  ${id.padEnd(width)}  ${printable(message)}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(9 + width)}  → ${printable(remedy)}`]),
  ]);
}
