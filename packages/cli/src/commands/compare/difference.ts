import { isSameJson } from '../../json/same-json.ts';

/** One config that is otherwise in two places. */
export interface Difference {
  readonly scope: string;
  readonly config: string;
  /** `-`: only in the first, `+`: only in the second, `~`: in both. */
  readonly sign: '-' | '+' | '~';
  readonly json?: string | undefined;
  readonly otherJson?: string | undefined;
}

/** What a place has of one config. */
export interface Side {
  readonly json: string | undefined;
  /** Masked: two of them cannot be compared. */
  readonly isSecret: boolean;
}

/** The differences of two places, and how many secrets are in both and could not be compared. */
export function differencesOf(
  scope: string,
  one: ReadonlyMap<string, Side>,
  other: ReadonlyMap<string, Side>,
): { readonly differences: readonly Difference[]; readonly uncompared: number } {
  const differences: Difference[] = [];
  let uncompared = 0;
  for (const config of [...new Set([...one.keys(), ...other.keys()])].sort()) {
    const [a, b] = [one.get(config), other.get(config)];
    const [json, otherJson] = [a?.json, b?.json];
    if (json === undefined && otherJson === undefined) continue;
    if (json === undefined) differences.push({ scope, config, sign: '+', otherJson });
    else if (otherJson === undefined) differences.push({ scope, config, sign: '-', json });
    else if (a?.isSecret || b?.isSecret) uncompared++;
    else if (!isSameJson(json, otherJson)) differences.push({ scope, config, sign: '~', json, otherJson });
  }
  return { differences, uncompared };
}
