import type { Api } from '../../connection/api.ts';
import { Failure } from '../../failures/failure.ts';
import type { BlastRadius, PlannedChange, PlannedScope, PlanProblem } from '../plan.ts';
import { type Asked, bytesOf, toAsked } from './asked.ts';
import { slicesOf } from './slices-of.ts';

// Each request has the server look at all scopes: as few as may be, and each to be answered in time.
const MOST_CHANGES = 2_000;
const MOST_BYTES = 500_000;
/** Of the requests that have all changes: what a server takes, where nobody has told it otherwise. One of an earlier release takes less. */
const MOST_OF_ALL = { changes: 10_000, bytes: 8_000_000 } as const;
const MOST_LISTED = 10_000;
const MOST_EXAMPLES = 5;

interface Measured {
  readonly reach: BlastRadius;
  readonly problems: readonly PlanProblem[];
  /** Without changes that the server would refuse. */
  readonly scopes: readonly PlannedScope[];
}

/**
 * Asks the server what the changes would do: how many tenants' values become others, and which changes it would refuse. Secrets are left out: to see what they do takes the
 * right to reveal them. So are configs that nobody inherits, where the server is of an earlier release, which previews none of them.
 */
export async function measureReach(
  api: Api,
  scopes: readonly PlannedScope[],
  isInherited: (config: string) => boolean,
): Promise<Measured> {
  const tenants = new Set<string>();
  const problems: PlanProblem[] = [];
  const refused = new Set<PlannedChange>();
  let complete = true;
  const isAsked = ({ isSecret }: PlannedChange) => !isSecret;
  const made = new Set(scopes.flatMap(({ scope, groups }) => (groups && groups.before === undefined ? scope : [])));
  const asked = scopes.flatMap(({ scope, changes }) =>
    // Nobody is in a group that is still to be made.
    made.has(scope) ? [] : changes.filter(isAsked).map(change => toAsked(scope, change)),
  );
  const isUnsure = doubtOf(scopes, asked, made);
  let isDoubted = false;
  for (const { scope, changes } of scopes)
    if (scope.startsWith('tenants/') && changes.some(({ isSecret }) => isSecret)) tenants.add(scope);
  const refuse = (at: Asked, code: string, message: string) => {
    refused.add(at.change);
    problems.push({ place: at.change.place, code, message: `${at.change.config} of ${at.scope}: ${message}` });
  };
  let isOwnPreviewed = true;
  const isLeftOut = ({ change }: Asked) => !isOwnPreviewed && !isInherited(change.config);
  const look = async (wanted: readonly Asked[]): Promise<void> => {
    const batch = wanted.filter(each => !isLeftOut(each));
    // Such a change reaches its tenant alone.
    for (const { scope } of wanted.filter(isLeftOut)) tenants.add(scope);
    if (batch.length === 0) return;
    const body = { changes: batch.map(each => each.body), limit: MOST_LISTED, values: false };
    try {
      const { answer } = await api.call('configs.preview', { body });
      complete &&= answer.complete;
      for (const { scope, config, problem } of answer.changed) {
        if (scope.startsWith('tenants/')) tenants.add(scope);
        if (problem === undefined) continue;
        if (isUnsure(batch, scope, config)) isDoubted = true;
        else refuse(causeOf(batch, scope, config), 'BREAKS_BELOW', invalid(scope, problem));
      }
    } catch (error) {
      if (!(error instanceof Failure) || !isAboutOne(error)) throw error;
      if (error.code === 'NOT_INHERITED' && batch.some(({ change }) => !isInherited(change.config))) {
        isOwnPreviewed = false;
        return look(batch);
      }
      const known = refusedOf(error, batch);
      for (const { at, code, message } of known) refuse(at, code, message);
      // One that is refused is not all of them.
      if (known.length > 0) await look(batch.filter(({ change }) => !refused.has(change)));
      else if (batch.length === 1) refuse(batch[0] as Asked, error.code, error.message);
      else for (const each of halves(batch)) await look(each);
    }
  };
  for (const batch of batches(asked)) await look(batch);
  if (isDoubted) {
    const all = scopes.flatMap(({ scope, changes }) => changes.filter(isAsked).map(each => toAsked(scope, each)));
    const still = all.filter(each => !refused.has(each.change) && !isLeftOut(each));
    for (const { scope, config, problem } of await problemsOfAll(api, scopes, still))
      if (problem !== undefined) refuse(causeOf(still, scope, config), 'BREAKS_BELOW', invalid(scope, problem));
  }
  return {
    reach: { tenants: tenants.size, complete, examples: [...tenants].slice(0, MOST_EXAMPLES) },
    problems,
    scopes: scopes
      .map(each => ({ ...each, changes: each.changes.filter(change => !refused.has(change)) }))
      .filter(({ changes, groups }) => changes.length > 0 || groups),
  };
}

/** Whether what is not asked with a batch may put right what is wrong in a scope with it. */
function doubtOf(scopes: readonly PlannedScope[], asked: readonly Asked[], made: ReadonlySet<string>) {
  const regrouped = new Set(scopes.flatMap(({ scope, groups }) => (groups ? scope : [])));
  // A group that is there and comes into others: all who are in it inherit otherwise.
  const isChained = [...regrouped].some(scope => scope.startsWith('groups/') && !made.has(scope));
  return (batch: readonly Asked[], scope: string, config: string): boolean => {
    if (isChained || regrouped.has(scope)) return true;
    const isAbove = (each: Asked) => each.scope === scope || !each.scope.startsWith('tenants/');
    const isOfIt = (each: Asked) => each.change.config === config && isAbove(each);
    return batch.length < asked.length && asked.some(each => isOfIt(each) && !batch.includes(each));
  };
}

/** All changes with the groups as they would be. What no request can have, and what takes the server too long, it says when the plan is applied. */
async function problemsOfAll(api: Api, scopes: readonly PlannedScope[], all: readonly Asked[]) {
  const found: { readonly scope: string; readonly config: string; readonly problem?: string }[] = [];
  for (const { changes, tells } of slicesOf(scopes, all, MOST_OF_ALL)) {
    try {
      const body = { changes: [...changes], limit: MOST_LISTED, values: false };
      const { answer } = await api.call('configs.preview', { body });
      found.push(...answer.changed.filter(({ scope, config }) => tells(scope, config)));
    } catch (error) {
      if (!(error instanceof Failure) || !(isAboutOne(error) || error.code === 'TIMEOUT')) throw error;
    }
  }
  return found;
}

const invalid = (scope: string, problem: string) => `${scope} would not be valid: ${problem}`;

/** The change that is to blame: of the scope itself, or of the nearest one above it. */
function causeOf(batch: readonly Asked[], scope: string, config: string): Asked {
  const ofConfig = batch.filter(({ change }) => change.config === config);
  const own = ofConfig.find(each => each.scope === scope);
  return own ?? ofConfig.at(-1) ?? (batch[0] as Asked);
}

/** Whether the server refuses what one of the changes says. */
function isAboutOne({ status }: Failure): boolean {
  return status === 422 || status === 400 || status === 413 || status === 404 || status === 403;
}

/** Those of which the server says why: it names all that are bad by themselves at once. */
function refusedOf({ details }: Failure, batch: readonly Asked[]) {
  const told = (Array.isArray(details.refused) ? details.refused : []) as readonly Partial<Record<string, unknown>>[];
  return told.flatMap(({ change, code, message }) => {
    const at = batch[change as number];
    return at && typeof code === 'string' ? [{ at, code, message: String(message) }] : [];
  });
}

function halves<T>(items: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

function* batches(asked: readonly Asked[]): Generator<readonly Asked[]> {
  let batch: Asked[] = [];
  let bytes = 0;
  for (const each of asked) {
    const size = bytesOf(each);
    if (batch.length === MOST_CHANGES || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(each);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
