import { Failure } from '../failures/failure.ts';
import { nearestName } from '../failures/nearest-name.ts';

/** What a call named, by the names of its path. */
export type AskedNames = Readonly<Record<string, string | number>>;

/** A config that the server knows, for those who ask. */
export interface KnownConfig {
  readonly name: string;
  readonly aliases: readonly string[];
}

/** Of what is not there the server says nothing, because nobody is to learn what is. */
const SAYS_NOTHING = /^There is nothing here\b/;

/** Says what was not found, in the words of the call, and which config was meant, as far as the caller may list them. */
export async function withNames(
  error: unknown,
  names: AskedNames = {},
  known: () => Promise<readonly KnownConfig[]>,
): Promise<unknown> {
  if (!(error instanceof Failure && error.code === 'NOT_FOUND' && SAYS_NOTHING.test(error.message))) return error;
  const what = whatOf(names);
  if (what === undefined) return error;
  const { status, details } = error;
  const hint = typeof names.config === 'string' ? meant(names.config, await known().catch(() => [])) : '';
  return new Failure('NOT_FOUND', `There is no ${what}, or you may not see it.${hint}`, { status, details });
}

function whatOf({ scope, tenant, group, config, version, ...others }: AskedNames): string | undefined {
  const place = scope ?? (tenant === undefined ? undefined : `tenants/${tenant}`) ?? (group && `groups/${group}`);
  const parts = [
    version === undefined ? [] : [`version ${version}`],
    config === undefined ? [] : [`config ${config}`],
    Object.entries(others).map(([name, value]) => `${name} ${value}`),
  ].flat();
  if (parts.length === 0) return place === undefined ? undefined : String(place);
  return `${parts.join(' of ')}${place === undefined ? '' : ` in ${place}`}`;
}

/** Which config somebody may have meant, for the end of a sentence. */
export function meant(config: string, known: readonly KnownConfig[]): string {
  if (known.some(({ name }) => name === config)) return '';
  const renamed = known.find(({ aliases }) => aliases.includes(config));
  if (renamed) return ` It is called ${renamed.name} now.`;
  const nearest = nearestName(
    config,
    known.map(({ name }) => name),
  );
  return nearest === undefined ? '' : ` Did you mean ${nearest}?`;
}
