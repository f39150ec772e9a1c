import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { GROUPS } from '../groups/groups-right.ts';
import { ScopeLink } from '../parts/go.tsx';
import { later } from '../parts/later.tsx';
import { useApp } from '../state/app.ts';
import { useAnswer } from '../state/hooks.ts';

const GroupsDialog = later(async () => (await import('./rest-of-scope.ts')).GroupsDialog);

/** Whom a tenant inherits from. */
export function TenantHead({ tenant }: { readonly tenant: string }): JSX.Element {
  const { can, does } = useApp();
  const { answer, etag, reload } = useAnswer('tenants.get', { names: { tenant } });
  const isOpen = useSignal(false);
  return (
    <div class="facts">
      {answer && (
        <span class="chain">
          <span class="quiet">inherits from</span>
          {answer.chain
            .filter(scope => scope !== `tenants/${tenant}`)
            .map(scope => (
              <ScopeLink key={scope} scope={scope} />
            ))}
        </span>
      )}
      {answer && can('edit', `tenants/${tenant}`, GROUPS) && does('tenants.setGroups') && (
        <button
          type="button"
          class="link-button"
          onClick={() => {
            isOpen.value = true;
          }}
        >
          Change its groups…
        </button>
      )}
      {answer && isOpen.value && (
        <GroupsDialog
          title={`Groups of ${tenant}`}
          groups={answer.groups}
          route="tenants.setGroups"
          names={{ tenant }}
          etag={etag}
          close={() => {
            isOpen.value = false;
            reload();
          }}
        />
      )}
    </div>
  );
}
