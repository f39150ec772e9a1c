import { EXIT, type ExitCode } from '../../failures/exit-codes.ts';
import { counted } from '../../output/counted.ts';
import { printable } from '../../output/text-width.ts';
import { checkDeletions, confirmDeletions, type DeletionOptions } from '../../plan/allow-deletions.ts';
import { type AppliedScope, applyPlan } from '../../plan/apply-plan.ts';
import { changesOf, hasDrift, type Plan } from '../../plan/plan.ts';
import { missingSecrets } from '../../plan/secrets.ts';
import { planLines, shownPlan } from '../../plan/show-plan.ts';
import type { Invocation } from '../../program/invocation.ts';

/** What carrying out is told. */
export interface CarryOutOptions extends DeletionOptions {
  readonly reason: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Shows a plan, asks where values would go, and makes it so. 0: all of it is done; 3: all of it was refused; 4: some of it, or something could not be
 * planned; 2: others have set something else, and it stays; with `dryRun` as `plan` ends, and 4 where a secret is missing.
 */
export async function carryOut(
  { api, out, io, say }: Invocation<unknown, unknown>,
  plan: Plan,
  options: CarryOutOptions,
): Promise<ExitCode> {
  const missing = await missingSecrets(plan.scopes, io.env);
  const isNothing = changesOf(plan) === 0;
  if (isNothing || options.dryRun) {
    await out.one({ ...shownPlan(plan, missing), applied: [] }, planLines(plan, out, missing));
    checkDeletions(plan, options);
    if (plan.problems.length > 0 || missing.length > 0) return EXIT.partly;
    return isNothing && !hasDrift(plan) ? EXIT.done : EXIT.wouldChange;
  }
  if (out.isForPeople) await out.one(undefined, planLines(plan, out, missing));
  checkDeletions(plan, options);
  await confirmDeletions(plan, options, io);
  const applied = await applyPlan({ api: await api(), io, reason: options.reason }, plan);
  for (const { scope, failure } of applied)
    if (failure) say(printable(`${scope}: ${failure.code}: ${failure.message}`));
  const summary = applied.map(({ failure, ...rest }) => ({
    ...rest,
    ...(failure && { code: failure.code, message: failure.message }),
  }));
  await out.one({ ...shownPlan(plan, missing), applied: summary }, linesOf(applied));
  if (io.signal.aborted) return EXIT.interrupted;
  return exitOf(applied, plan);
}

function linesOf(applied: readonly AppliedScope[]): string {
  const changed = applied.reduce((sum, each) => sum + each.changed, 0);
  const failed = applied.filter(({ failure }) => failure).length;
  return `${changed} changed in ${counted(applied.filter(each => each.changed > 0).length, 'scope')}${failed === 0 ? '' : `; ${counted(failed, 'scope was', 'scopes were')} refused or failed`}`;
}

function exitOf(applied: readonly AppliedScope[], plan: Plan): ExitCode {
  const failures = applied.flatMap(({ failure }) => failure ?? []);
  const isPartly = applied.some(({ changed, failure }) => changed > 0 || !failure) && failures.length > 0;
  if (isPartly) return EXIT.partly;
  if (failures.length > 0)
    return failures.some(({ exitCode }) => exitCode === EXIT.failed) ? EXIT.failed : EXIT.refused;
  if (plan.problems.length > 0) return EXIT.partly;
  return hasDrift(plan) ? EXIT.wouldChange : EXIT.done;
}
