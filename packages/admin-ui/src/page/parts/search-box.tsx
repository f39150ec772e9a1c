import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Address } from '../address/address.ts';
import { useGo, withQuery } from './go.tsx';
import { Icon } from './icon.tsx';

interface SearchBoxProps {
  readonly label: string;
  readonly at: Address;
  /** The name in the query. Default `search`. */
  readonly name?: string;
}

/** Between two keys of somebody who types. */
const PAUSE_MS = 120;

/** A filter that stands in the address: it survives a reload, and can be sent to somebody. */
export function SearchBox({ label, at, name = 'search' }: SearchBoxProps): JSX.Element {
  const go = useGo();
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  const latest = useRef(at);
  latest.current = at;
  const inAddress = at.query[name] ?? '';
  useEffect(() => {
    const element = input.current;
    // Typing goes on while the address follows: what is being typed is never replaced.
    if (element && element !== document.activeElement) element.value = inAddress;
  }, [inAddress]);
  // Whoever has gone on is not led back.
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const search = (event: Event): void => {
    const { value } = event.currentTarget as HTMLInputElement;
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => go(withQuery(latest.current, { [name]: value.trim() }), true), PAUSE_MS);
  };
  return (
    <label class="search">
      <Icon name="search" />
      <span class="sr">{label}</span>
      <input
        ref={input}
        type="search"
        placeholder={label}
        defaultValue={inAddress}
        onInput={search}
        autocomplete="off"
        spellcheck={false}
        data-search={name === 'search' ? '' : undefined}
      />
    </label>
  );
}
