import type { AnswerOf } from '@tenantry/admin-api';
import type { Api } from '../connection/api.ts';
import { EXIT, type ExitCode } from '../failures/exit-codes.ts';
import { deepMerge } from '../json/deep-merge.ts';
import { parseJson, toJson } from '../json/raw-numbers.ts';
import { isSameJson } from '../json/same-json.ts';
import { moment } from '../output/moment.ts';
import { printable } from '../output/text-width.ts';
import type { Invocation } from '../program/invocation.ts';
import type { Given } from '../program/options.ts';
import type { GivenValue } from '../values/given-value.ts';
import { momentOf } from '../values/moment-of.ts';
import { unnamedIn } from '../values/unnamed-in.ts';
import { conditionOf, type Seen, withConflict } from './condition.ts';
import { sayPreviewOf } from './preview-change.ts';
import { secretAsArgument } from './secret-as-argument.ts';
import type { VALUE_OPTIONS } from './write-options.ts';

/** A value that is to be set, or a patch that is to be merged in. */
export interface ConfigWrite {
  readonly scope: string;
  readonly config: string;
  readonly value: GivenValue;
  readonly isPatch: boolean;
}

type Record_ = AnswerOf<'configs.get'>;

/** Reads the record, and writes it where it is to be another and nobody was faster. What would be the same is not written, but with `--force`. */
export async function writeConfig(
  call: Invocation<unknown, Given<typeof VALUE_OPTIONS>>,
  write: ConfigWrite,
): Promise<ExitCode> {
  const { options, out } = call;
  const { scope, config, value } = write;
  const names = { scope, config };
  const api = await call.api({ readsOnly: options.dryRun });
  const { answer: record, etag } = await api.call('configs.get', { names });
  if (record.masked && value.isArgument) throw secretAsArgument(config);
  const seen = { what: `${config} of ${scope}`, version: record.version, isSet: record.json !== undefined, etag };
  const condition = conditionOf(seen, options);
  const ends = endOf(options.expires, write, record);
  if (!options.force && !record.masked && isSame(record, write) && ends.after === record.expiresAt) {
    await out.one({ ...names, changed: false, version: record.version }, `${seen.what}: unchanged, ${standing(seen)}`);
    return EXIT.done;
  }
  if (ends.after === undefined && options.expires === undefined) sayEndLost(call, seen, record, options.dryRun);
  if (!record.masked) await warn(call, api, write);
  if (options.dryRun) return preview(call, api, record, write, seen);
  const body = { json: value.json, reason: options.reason, expiresAt: ends.asked };
  const { answer } = await withConflict(seen, () =>
    api.call(write.isPatch ? 'configs.patch' : 'configs.set', { names, body, ...condition } as never),
  );
  await sayWritten(call, seen, names, answer as AnswerOf<'configs.set'>);
  return EXIT.done;
}

/** A value that was to end, and is written without an end, stays: nobody may lose that without a word. */
export function sayEndLost(
  { say }: Pick<Invocation<unknown, unknown>, 'say'>,
  { what }: Pick<Seen, 'what'>,
  { expiresAt }: Pick<Record_, 'expiresAt'>,
  isDry: boolean,
): void {
  if (expiresAt === undefined) return;
  say(printable(`${what}: its end (${moment(expiresAt)}) ${isDry ? 'would be' : 'is'} taken away`));
}

/** Says which fields the schema does not name. Of what has no fields nobody is asked. */
async function warn({ say }: Invocation<unknown, unknown>, api: Api, { scope, config, value }: ConfigWrite) {
  if (!/[[{]/.test(value.json)) return;
  const { answer: definition } = await api.call('definitions.get', { names: { config } });
  for (const { message } of unnamedIn(definition, scope, value.json)) say(`tenantry: ${message}`);
}

/** Tells of a write that was done. */
export async function sayWritten(
  { out }: Pick<Invocation<unknown, unknown>, 'out'>,
  { what }: Pick<Seen, 'what'>,
  names: Readonly<Record<string, string>>,
  answer: AnswerOf<'configs.set'>,
): Promise<void> {
  const { version, published, durable } = answer;
  const later = [published ? [] : 'readers get it later', durable ? [] : 'the database gets it later'].flat();
  await out.one({ ...names, changed: true, ...answer }, `${[`${what}: version ${version}`, ...later].join(', ')}`);
}

function standing({ isSet, version }: Seen): string {
  return isSet ? `version ${version}` : 'not set';
}

/** What is asked for, and when the value then ends: a patch without an end leaves the one that stands. */
function endOf(expires: string | undefined, { isPatch }: ConfigWrite, record: Record_) {
  const moment = expires === 'never' ? undefined : momentOf(expires, 'future');
  if (!isPatch) return { asked: moment, after: moment };
  if (expires === undefined) return { asked: undefined, after: record.expiresAt };
  return { asked: moment ?? null, after: moment };
}

function isSame({ json }: Record_, { value, isPatch }: ConfigWrite): boolean {
  if (json === undefined) return false;
  return isSameJson(json, isPatch ? merged(json, value.json) : value.json);
}

function merged(json: string | undefined, patch: string): string {
  return toJson(deepMerge(json === undefined ? undefined : parseJson(json), parseJson(patch)));
}

async function preview(
  { out }: Invocation<unknown, unknown>,
  api: Api,
  record: Record_,
  { scope, config, value, isPatch }: ConfigWrite,
  { what }: Seen,
): Promise<ExitCode> {
  if (record.masked) {
    // A preview of it would need the right to reveal it, and show it.
    await out.one(
      { scope, config, changed: true, dryRun: true },
      `${what}: would be written (a secret is not compared)`,
    );
    return EXIT.wouldChange;
  }
  const json = isPatch ? merged(record.json, value.json) : value.json;
  return sayPreviewOf(out, api, record, json);
}
