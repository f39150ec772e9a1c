import type { JSX } from 'preact';
import { linePoints } from './line-points.ts';

interface SparklineProps {
  readonly label: string;
  readonly values: readonly (number | undefined)[];
}

/** The last few minutes of a number, drawn with attributes only. */
export function Sparkline({ label, values }: SparklineProps): JSX.Element {
  const known = values.filter(value => value !== undefined);
  const text = known.length < 2 ? 'not enough yet' : `between ${Math.min(...known)} and ${Math.max(...known)}`;
  return (
    <svg
      class="sparkline"
      viewBox="0 0 120 28"
      width="120"
      height="28"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${text}`}
    >
      {known.length > 1 && <polyline points={linePoints(values, 120, 28)} />}
    </svg>
  );
}
