import type { Step, StepOutcome } from './step.ts';

const WIDTHS = [1, 38, 24, 7] as const;

export function printHeading(): void {
  console.log(row('', 'step', 'keys', 'ms', 'seen'));
}

/** `keys`: how many stand in Redis, where that was compared. */
export function printStep(step: Step, { affected, ms, seen }: StepOutcome, keys: number | undefined): void {
  const compared = keys === undefined ? '' : `; ${keys} keys as in the database`;
  console.log(row('✓', step.name, summary(affected), ms === undefined ? '–' : ms.toFixed(1), seen + compared));
}

export function printFailure(step: Step, error: unknown): void {
  console.log(row('✗', step.name, '', '', error instanceof Error ? error.message : String(error)));
  console.log('\nStopped there: the steps after it build on it.');
}

function summary(affected: StepOutcome['affected']): string {
  const effects = ['new', 'changed', 'gone'] as const;
  return effects
    .map(effect => ({ effect, count: affected.filter(each => each.effect === effect).length }))
    .filter(({ count }) => count > 0)
    .map(({ effect, count }) => `${count} ${effect}`)
    .join(', ');
}

function row(mark: string, step: string, keys: string, ms: string, seen: string): string {
  const [markWidth, stepWidth, keysWidth, msWidth] = WIDTHS;
  const cells = [mark.padEnd(markWidth), step.padEnd(stepWidth), keys.padEnd(keysWidth), ms.padStart(msWidth), seen];
  return cells.join('  ').trimEnd();
}
