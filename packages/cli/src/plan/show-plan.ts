import { counted } from '../output/counted.ts';
import { moment } from '../output/moment.ts';
import type { Output } from '../output/output.ts';
import { cutToWidth, printable } from '../output/text-width.ts';
import { changesOf, deletionsOf, type LeftAlone, type Plan, type PlannedChange, type PlanProblem } from './plan.ts';

const LONGEST = 100;
const MASK = '******';

/**
 * A plan for people: each change with what is and what would be, secrets masked, and how far all of it reaches. `missing`: the secrets without which
 * it cannot be applied.
 */
export function planLines(plan: Plan, out: Output, missing: readonly PlanProblem[]): string[] {
  const lines = plan.scopes.flatMap(({ scope, groups, changes }) => [
    out.style('bold', printable(scope)),
    ...(groups
      ? [`  ${mark(out, groups.before ? '~' : '+')} groups: ${listOf(groups.before)} → ${listOf(groups.groups)}`]
      : []),
    ...changes.flatMap(change => changeLines(change, out)),
  ]);
  const problems = [...plan.problems, ...missing].map(({ place, message }) =>
    out.style('red', printable(`! ${place}: ${message}`)),
  );
  const warnings = (plan.warnings ?? []).map(({ place, message }) =>
    out.style('yellow', printable(`! ${place}: ${message}`)),
  );
  const secrets = plan.uncompared.length;
  return [
    ...lines,
    ...plan.left.flatMap(each => leftLine(each)),
    ...problems,
    ...warnings,
    ...(secrets > 0
      ? [
          `${secrets} ${secrets === 1 ? 'secret is' : 'secrets are'} set and left alone: --write-secrets writes them again`,
        ]
      : []),
    summaryOf(plan),
  ];
}

/** What is left alone because others have set it; what `seed` leaves is only counted. */
function leftLine({ scope, config, why, by }: LeftAlone): string[] {
  if (why === 'kept') return [];
  const who = by ?? 'somebody else';
  if (why === 'part')
    return [
      printable(`= ${config} of ${scope} is left alone: the file says a part of it, and the rest is not to be read`),
    ];
  const what = why === 'drift' ? `${who} has set it otherwise` : `no file says it, and ${who} has set it`;
  return [printable(`= ${config} of ${scope} is left alone: ${what}`)];
}

function changeLines(change: PlannedChange, out: Output): string[] {
  const { config, op, ifVersion, isSecret, beforeJson, json, endsAt } = change;
  const shown = (text: string | undefined) =>
    text === undefined ? 'nothing' : isSecret ? MASK : cutToWidth(printable(text), LONGEST);
  const sign = op === 'unset' ? '-' : beforeJson === undefined ? '+' : '~';
  const version = ifVersion === 0 ? '' : ` (version ${ifVersion})`;
  const values =
    op === 'unset' ? shown(beforeJson) : sign === '+' ? shown(json) : `${shown(beforeJson)} → ${shown(json)}`;
  const end = op === 'set' && endsAt !== undefined ? `, its end (${moment(endsAt)}) is taken away` : '';
  return [`  ${mark(out, sign)} ${printable(config)}${version}: ${values}${end}`];
}

function mark(out: Output, sign: '+' | '~' | '-'): string {
  return out.style(sign === '+' ? 'green' : sign === '-' ? 'red' : 'yellow', sign);
}

/** One line: how much would change, and for whom. */
export function summaryOf(plan: Plan): string {
  const [changes, deletions] = [changesOf(plan), deletionsOf(plan)];
  const left = plan.left.length === 0 ? '' : `, ${plan.left.length} left alone`;
  const problems = `${left}${plan.problems.length === 0 ? '' : `, ${plan.problems.length} cannot be planned`}`;
  const same = plan.same === 0 ? '' : `; ${plan.same} ${plan.same === 1 ? 'is' : 'are'} so already`;
  if (changes === 0) return `nothing would change${same}${problems}`;
  const { tenants, complete } = plan.reach;
  const reach = `${complete ? '' : 'at least '}${counted(tenants, 'tenant')} would get other values`;
  return `${changes} would change in ${counted(plan.scopes.length, 'scope')}, ${deletions} of them taken away; ${reach}${same}${problems}`;
}

/** A plan for programs: as its file has it, secrets masked, and with the secrets that are missing. */
export function shownPlan(plan: Plan, missing: readonly PlanProblem[]): object {
  const masked = (json: string | undefined) => (json === undefined ? undefined : JSON.stringify(MASK));
  const scopes = plan.scopes.map(({ changes, ...rest }) => ({
    ...rest,
    changes: changes.map(change =>
      change.isSecret ? { ...change, json: masked(change.json), beforeJson: masked(change.beforeJson) } : change,
    ),
  }));
  return { ...plan, scopes, missing, changes: changesOf(plan), deletions: deletionsOf(plan) };
}

const listOf = (groups: readonly string[] | undefined) =>
  groups === undefined ? 'no such group' : groups.length === 0 ? 'none' : printable(groups.join(', '));
