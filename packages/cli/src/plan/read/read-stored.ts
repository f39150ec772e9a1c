import type { AnswerOf } from '@tenantry/admin-api';
import { atMost } from '@tenantry/protocol/internal';
import type { Api } from '../../connection/api.ts';
import { Failure } from '../../failures/failure.ts';

/** What a scope has of one config. */
export interface Standing {
  /** 0: nothing was ever set. */
  readonly version: number;
  readonly isSet: boolean;
  /** What it sets: JSON text, of a secret masked. */
  readonly json?: string | undefined;
  /** Where that came from; undefined where the caller may not know, and where nobody does. */
  readonly origin?: string | undefined;
  readonly by?: string | undefined;
  /** When it ends, in ms since 1970; undefined: never. */
  readonly expiresAt?: number | undefined;
}

/** What a scope has of its own. */
export interface StandingScope {
  readonly scope: string;
  /** Undefined: it never was in a group; of a group: it never was there. */
  readonly groups: AnswerOf<'configs.stored'>['scopes'][number]['groups'];
  readonly configs: ReadonlyMap<string, Standing>;
}

/** What is read. */
export interface WantedStandings {
  readonly scopes: readonly string[];
  /** Undefined: all that the caller may list. */
  readonly configs: readonly string[] | undefined;
}

const SCOPES_AT_ONCE = 100;
const REQUESTS_AT_ONCE = 4;
/** The longest list of names that a request may have. */
const MOST_CONFIGS = 1_000;

/**
 * What `take` makes of each scope, in their order. Many scopes come with each request, and none is held any longer than `take` does. A scope that the
 * server does not answer for, because the caller may not see it or its address cannot have that name, is told to `onRefused`, or thrown.
 */
export async function readStored<T>(
  api: Api,
  { scopes, configs }: WantedStandings,
  take: (standing: StandingScope) => T,
  onRefused?: (scope: string, why: Failure) => void,
): Promise<T[]> {
  const named = configs && configs.length <= MOST_CONFIGS ? { configs: [...configs] } : {};
  const batches = Array.from({ length: Math.ceil(scopes.length / SCOPES_AT_ONCE) }, (_, i) =>
    scopes.slice(i * SCOPES_AT_ONCE, (i + 1) * SCOPES_AT_ONCE),
  );
  const readBatch = async (batch: readonly string[]): Promise<T[]> => {
    const taken: T[] = [];
    try {
      // The server answers as many as it can hold at once.
      for (let rest = batch; rest.length > 0; rest = batch.slice(taken.length)) {
        const { answer } = await api.call('configs.stored', { body: { scopes: [...rest], ...named } });
        if (answer.scopes.length === 0)
          throw new Failure('UNKNOWN_ANSWER', 'The server was asked for scopes, and answered none.');
        for (const [i, item] of answer.scopes.entries()) taken.push(take(toStanding(rest[i] as string, item)));
      }
      return taken;
    } catch (error) {
      if (!onRefused || !(error instanceof Failure) || !isAboutOne(error)) throw error;
      const rest = batch.slice(taken.length);
      if (rest.length > 1) {
        const middle = Math.ceil(rest.length / 2);
        return [...taken, ...(await readBatch(rest.slice(0, middle))), ...(await readBatch(rest.slice(middle)))];
      }
      onRefused(rest[0] as string, error);
      return taken;
    }
  };
  const read = await atMost(REQUESTS_AT_ONCE, batches, readBatch);
  return read.flat();
}

/** Whether the server refuses one scope of a list. */
function isAboutOne({ status, code }: Failure): boolean {
  return status === 404 || code === 'NOT_CANONICAL';
}

type Item = AnswerOf<'configs.stored'>['scopes'][number];

function toStanding(scope: string, { groups, configs }: Item): StandingScope {
  const standings = configs.map(({ name, version, set, json, origin, updatedBy, expiresAt }): [string, Standing] => [
    name,
    { version, isSet: set, json, origin, by: updatedBy, expiresAt },
  ]);
  return { scope, groups, configs: new Map(standings) };
}
