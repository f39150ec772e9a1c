import type { ScopeText } from '../../../address/address.ts';
import type { AnswerOf } from '../../../api/request.ts';
import { treeOf } from '../../../form-model/editing.ts';
import { sameJson } from '../../../json/json-tree.ts';
import type { App } from '../../../state/app.ts';

type ConfigRecord = AnswerOf<'configs.get'>;
export type SetConfig = AnswerOf<'configs.list'>['items'][number];

/** What becomes of one config. */
export interface CopyRow {
  readonly config: string;
  /** `secret`: it cannot be compared, and is written only where that is asked for. */
  readonly kind: 'write' | 'secret' | 'same' | 'left';
  /** Why it is left. */
  readonly why?: string;
  /** What the source says, and the target; undefined: it does not. */
  readonly json?: string | undefined;
  readonly before?: string | undefined;
  /** Of the target, which must still have it when it is written. */
  readonly version: number;
  /** The value ends here or there, and its copy does not. */
  readonly ends?: boolean;
  /** Other scopes decide with it what comes of it: only then there is something to preview. */
  readonly isInherited?: boolean;
  /** Why the server would refuse it. */
  readonly problem?: string | undefined;
}

/** What a copy would do. */
export interface CopyPlan {
  readonly target: ScopeText;
  readonly rows: readonly CopyRow[];
}

/** So many does one bulk write take. */
export const MOST = 1_000;
const AT_ONCE = 8;
const PREVIEWED_AT_ONCE = 100;

/** The configs that a scope sets itself: what it inherits is not copied. */
export async function readSet({ api }: App, scope: ScopeText): Promise<readonly SetConfig[]> {
  const found: SetConfig[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await api.read('configs.list', { names: { scope }, query: { state: 'set', limit: '500', cursor } });
    found.push(...(page?.answer.items ?? []));
    cursor = page?.answer.cursor;
    if (cursor === undefined) return found;
  }
}

/** Reads both scopes, compares them, and asks what the server would refuse. Nothing is written. */
export async function planCopy(
  app: App,
  source: ScopeText,
  target: ScopeText,
  configs: readonly string[],
): Promise<CopyPlan> {
  const rows: CopyRow[] = [];
  for (let i = 0; i < configs.length; i += AT_ONCE)
    rows.push(
      ...(await Promise.all(configs.slice(i, i + AT_ONCE).map(config => rowOf(app, { source, target, config })))),
    );
  const problems = await problemsOf(
    app,
    target,
    rows.filter(({ kind, isInherited }) => kind === 'write' && isInherited === true),
  );
  return { target, rows: rows.map(row => ({ ...row, problem: problems.get(row.config) })) };
}

interface Pair {
  readonly source: ScopeText;
  readonly target: ScopeText;
  readonly config: string;
}

async function rowOf(app: App, { source, target, config }: Pair): Promise<CopyRow> {
  const left = (why: string): CopyRow => ({ config, kind: 'left', why, version: 0 });
  if (!app.can('view', source, config)) return left('You may not see its value.');
  if (!app.can('edit', target, config)) return left(`You may not change it in ${target}.`);
  const recordOf = async (scope: ScopeText): Promise<ConfigRecord | undefined> =>
    (await app.api.read('configs.get', { names: { scope, config } }))?.answer;
  const [from, to, isInherited] = await Promise.all([recordOf(source), recordOf(target), inherits(app, config)]);
  if (from?.json === undefined || to === undefined) return left(`${source} does not set it any more.`);
  if (!target.startsWith('tenants/') && !isInherited)
    return left('No tenant would inherit it: it is set for each tenant.');
  const both = { config, version: to.version, json: from.json, before: to.json, isInherited };
  const ends = [from, to].some(({ json, expiresAt }) => json !== undefined && expiresAt !== undefined);
  if (from.masked) {
    if (!app.does('secrets')) return left('It is a secret, and this server does not write secrets.');
    if (!app.can('reveal', source, config)) return left('It is a secret, and you may not reveal it.');
    return { ...both, kind: 'secret', ends };
  }
  const isSame = to.json !== undefined && sameJson(treeOf(to.json), treeOf(from.json));
  return isSame ? { ...both, kind: 'same' } : { ...both, kind: 'write', ends };
}

async function inherits({ api }: App, config: string): Promise<boolean> {
  const read = await api.read('definitions.get', { names: { config } });
  return read?.answer.inherit !== 'none';
}

/** Why the server would refuse some of them, by their names. */
async function problemsOf(
  { api }: App,
  scope: ScopeText,
  rows: readonly CopyRow[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (let i = 0; i < rows.length; i += PREVIEWED_AT_ONCE) {
    const changes = rows
      .slice(i, i + PREVIEWED_AT_ONCE)
      .map(({ config, json }) => ({ scope, config, json: json ?? '' }));
    const { answer } = await api.write('configs.preview', { body: { changes, limit: 1_000 } });
    for (const { config, problem } of answer.changed) if (problem !== undefined) found.set(config, problem);
  }
  return found;
}
