import type { JSX } from 'preact';
import type { Address } from '../address/address.ts';
import { Go } from '../parts/go.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { useApp } from '../state/app.ts';

interface MenuItem {
  readonly to: Address;
  readonly icon: IconName;
  readonly text: string;
  readonly isHere: boolean;
  readonly isShown?: boolean;
}

/** The parts of the admin that one may use. */
export function Menu({ at }: { readonly at: Address }): JSX.Element {
  const { can, canAnywhere, does } = useApp();
  const scope = 'scope' in at ? at.scope : undefined;
  const items: readonly MenuItem[] = [
    {
      to: { page: 'tenants', query: {} },
      ...{ icon: 'tenant', text: 'Tenants', isHere: at.page === 'tenants' || scope?.startsWith('tenants/') === true },
    },
    {
      to: { page: 'groups', query: {} },
      ...{ icon: 'group', text: 'Groups', isHere: at.page === 'groups' || scope?.startsWith('groups/') === true },
    },
    {
      to: { page: 'scope', scope: 'global', query: {} },
      ...{ icon: 'global', text: 'Global', isHere: scope === 'global', isShown: can('list', 'global') },
    },
    {
      to: { page: 'configs', query: {} },
      ...{ icon: 'matrix', text: 'Configs', isHere: at.page === 'configs' || at.page === 'matrix' },
    },
    {
      to: { page: 'operations', query: {} },
      ...{
        icon: 'pulse',
        text: 'Operations',
        isHere: at.page === 'operations',
        isShown: can('operate', 'installation') && does('operations.overview'),
      },
    },
    {
      to: { page: 'audit', query: {} },
      ...{ icon: 'log', text: 'Audit log', isHere: at.page === 'audit', isShown: canAnywhere('audit') },
    },
    { to: { page: 'grants', query: {} }, icon: 'key', text: 'Grants', isHere: at.page === 'grants' },
  ];
  return (
    <nav class="menu" aria-label="Main">
      {items
        .filter(({ isShown }) => isShown !== false)
        .map(({ to, icon, text, isHere }) => (
          <Go key={text} to={to} current={isHere}>
            <Icon name={icon} /> {text}
          </Go>
        ))}
    </nav>
  );
}
