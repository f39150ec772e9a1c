import { FORMATS, type Format } from '../output/output.ts';
import { flag, type Given, text, whole } from './options.ts';

/** A timer of Node that is to run longer runs out at once. */
const LONGEST_MS = 2_147_483_647;

/** Options that every command has. */
export const GLOBAL_OPTIONS = {
  output: text('table for people; json, ndjson or yaml for programs', {
    value: 'FORMAT',
    short: 'o',
    choices: FORMATS,
  }),
  profile: text('the profile to use', { value: 'NAME', names: 'profile' }),
  url: text('the admin’s address; default: TENANTRY_URL, then that of the profile', { value: 'URL' }),
  timeout: whole('how long an answer may take, in ms; default 30000', { value: 'MS', range: [1, LONGEST_MS] }),
  jsonErrors: flag('errors as one line of JSON; also with -o json where there is no terminal'),
  color: text('auto, always or never; default auto: on a terminal, unless NO_COLOR is set', {
    ...{ value: 'WHEN', choices: ['auto', 'always', 'never'] },
  }),
  debug: flag('each request on stderr: never a header or a body'),
} as const;

/** What they were given. */
export type GlobalOptions = Given<typeof GLOBAL_OPTIONS>;

/** The format that was asked for. */
export function formatOf({ output }: Pick<GlobalOptions, 'output'>): Format {
  return FORMATS.find(format => format === output) ?? 'table';
}
