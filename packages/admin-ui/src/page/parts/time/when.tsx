import type { JSX } from 'preact';
import { agoText, durationText } from './durations.ts';

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** How long ago; the exact time as a tooltip, and for programs. */
export function When({ at }: { readonly at: number | undefined }): JSX.Element | null {
  if (at === undefined) return null;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={FULL.format(date)}>
      {agoText(at, Date.now())}
    </time>
  );
}

export function Span({ ms }: { readonly ms: number | undefined }): JSX.Element {
  return <>{ms === undefined ? 'unknown' : durationText(ms)}</>;
}
