import type { JSX } from 'preact';
import type { Listing } from '../state/hooks.ts';

/** How many there are, as far as is known. */
export function Count<T>({ listing: { list } }: { readonly listing: Listing<T> }): JSX.Element {
  const more = list.state === 'complete' || list.state === 'failed' ? '' : ' and more';
  return (
    <p class="quiet" role="status">
      {list.state === 'loading' && list.items.length === 0 ? '' : `${list.items.length.toLocaleString()}${more}`}
    </p>
  );
}
