import type { JSX } from 'preact';

// Drawn on 16 × 16, one line each.
const PATHS = {
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.5 10.5 14 14',
  set: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  inherited: 'M8 13V3M4 7l4-4 4 4',
  default: 'M3 8h10',
  none: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM4 12 12 4',
  null: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z',
  secret: 'M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  dirty: 'M8 3v6M5 6.5 8 9.5l3-3M3 12.5h10',
  stale: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 5v3.5l2.5 1.5',
  warning: 'M8 2 14.5 13.5h-13zM8 6.5v3M8 11.4v.2',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  plus: 'M8 3v10M3 8h10',
  up: 'M8 12V4M4.5 7.5 8 4l3.5 3.5',
  down: 'M8 4v8M4.5 8.5 8 12l3.5-3.5',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.7 9h5.6l.7-9',
  tenant: 'M2.5 13.5v-8l5.5-3 5.5 3v8zM6.5 13.5v-3h3v3',
  group: 'M2.5 3h4.5v4.5H2.5zM9 3h4.5v4.5H9zM2.5 9.5H7V14H2.5zM9 9.5h4.5V14H9z',
  global: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2 8h12M8 2c2.2 2 2.2 10 0 12M8 2c-2.2 2-2.2 10 0 12',
  matrix: 'M2.5 3h11v10h-11zM2.5 6.5h11M6.2 3v10M9.8 3v10',
  pulse: 'M1.5 8h3l2-5 3 10 2-5h3',
  log: 'M3 3.5h10M3 6.5h10M3 9.5h10M3 12.5h6',
  key: 'M5 8a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM6.8 8.9 13 2.7M10.5 5.2l2 2',
  good: 'M3 8.5 6.5 12 13 4.5',
  external: 'M6 3H3v10h10v-3M9 3h4v4M13 3 7 9',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  half: 'M8 2.5a5.5 5.5 0 1 1 0 11zM8 2.5a5.5 5.5 0 1 0 0 11',
  copy: 'M6 6h7.5v7.5H6zM3.5 10h-1V2.5H10v1',
  record: 'M2.5 4.5c0-2.6 11-2.6 11 0v7c0 2.6-11 2.6-11 0zM2.5 4.5c0 2.6 11 2.6 11 0M2.5 8c0 2.6 11 2.6 11 0',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside its words: never instead of them. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
