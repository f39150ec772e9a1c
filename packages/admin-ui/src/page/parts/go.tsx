import type { ComponentChildren, JSX } from 'preact';
import { useLocation } from 'preact-iso/router';
import { type Address, isScope, scopeName, writeAddress } from '../address/address.ts';
import { useApp } from '../state/app.ts';
import { Icon } from './icon.tsx';

interface GoProps {
  readonly to: Address;
  readonly class?: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

/** A link to an address of this page. */
export function Go({ to, current, children, ...rest }: GoProps): JSX.Element {
  const { base } = useApp();
  return (
    <a href={hrefOf(base, to)} aria-current={current ? 'page' : undefined} {...rest}>
      {children}
    </a>
  );
}

export function hrefOf(base: string, address: Address): string {
  return base + writeAddress(address).slice(1);
}

/** Goes to an address; `replace` leaves no step for "back". */
export function useGo(): (to: Address, replace?: boolean) => void {
  const { route } = useLocation();
  const { base } = useApp();
  return (to, replace = false) => route(hrefOf(base, to), replace);
}

/** The same address with other values in its query; empty ones go. */
export function withQuery<A extends Address>(address: A, query: Readonly<Record<string, string>>): A {
  const both = Object.entries({ ...address.query, ...query }).filter(([, value]) => value !== '');
  return { ...address, query: Object.fromEntries(both) };
}

/** A scope by its kind and name, as a link. `default` is a source too, and leads nowhere. */
export function ScopeLink({ scope }: { readonly scope: string }): JSX.Element {
  if (!isScope(scope)) return <span class="scope">{scope}</span>;
  return (
    <Go class="scope" to={{ page: 'scope', scope, query: {} }}>
      <ScopeText scope={scope} />
    </Go>
  );
}

export function ScopeText({ scope }: { readonly scope: string }): JSX.Element {
  if (scope === 'global')
    return (
      <span class="scope-text">
        <Icon name="global" />
        global
      </span>
    );
  const isGroup = scope.startsWith('groups/');
  return (
    <span class="scope-text">
      <Icon name={isGroup ? 'group' : 'tenant'} />
      <span class="sr">{isGroup ? 'group' : 'tenant'} </span>
      {scopeName(scope)}
    </span>
  );
}
