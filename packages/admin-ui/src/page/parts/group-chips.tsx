import type { JSX } from 'preact';
import { Go } from './go.tsx';

/** Groups of tenants, as links, in their order. */
export function GroupChips({ names }: { readonly names: readonly string[] }): JSX.Element {
  if (names.length === 0) return <span class="quiet">none</span>;
  return (
    <span class="chips">
      {names.map(name => (
        <Go key={name} class="chip" to={{ page: 'scope', scope: `groups/${name}`, query: {} }}>
          {name}
        </Go>
      ))}
    </span>
  );
}
