import type { JSX } from 'preact';
import type { Address } from '../address/address.ts';
import { Go, withQuery } from './go.tsx';

interface TabsProps {
  readonly label: string;
  readonly at: Address;
  /** What is shown where the address names none. */
  readonly first: string;
  readonly tabs: readonly (readonly [key: string, text: string])[];
}

/** Views of one thing. Each has an address, so they are links, and "back" works. */
export function Tabs({ label, at, first, tabs }: TabsProps): JSX.Element {
  const now = at.query.tab ?? first;
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([key, text]) => (
        <Go key={key} to={withQuery(at, { tab: key === first ? '' : key })} current={key === now}>
          {text}
        </Go>
      ))}
    </nav>
  );
}
