import { useSignal } from '@preact/signals';
import { type Grant, mayGive, rightsOf } from '@tenantry/admin-api/rights';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type AddressOf, isScope } from '../address/address.ts';
import type { AnswerOf } from '../api/request.ts';
import { Confirm } from '../parts/dialog.tsx';
import { ScopeLink } from '../parts/go.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, ProblemBox, Waiting } from '../parts/quiet.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import { When } from '../parts/time/when.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useApp } from '../state/app.ts';
import { useListing } from '../state/hooks.ts';
import { GiveDialog } from './give-dialog.tsx';

type GrantRow = AnswerOf<'grants.list'>['items'][number];

/** Who may do what. */
export function GrantsPage({ at }: { readonly at: AddressOf<'grants'> }): JSX.Element {
  const { follow, canAnywhere, does, me } = useApp();
  useEffect(() => follow([]), []);
  const isGiving = useSignal(false);
  const taking = useSignal<GrantRow | undefined>(undefined);
  const { who, scope } = at.query;
  const { list, problem, shown, retry } = useListing('grants.list', { query: { who, scope } });
  return (
    <div class="list-page">
      <PageHead title="Grants">
        {canAnywhere('grant') && does('grants.give') && (
          <p class="page-links">
            <button
              type="button"
              onClick={() => {
                isGiving.value = true;
              }}
            >
              Give a right…
            </button>
          </p>
        )}
      </PageHead>
      {me.value?.missesGroups && (
        <p class="issue" role="status">
          Your identity provider does not say all of your groups: you are in too many. Rights of the groups that it
          leaves out do not count here. Ask whoever runs this server.
        </p>
      )}
      <div class="filters">
        <SearchBox at={at} name="who" label="Who, such as user:ann" />
        <SearchBox at={at} name="scope" label="Scope" />
      </div>
      {problem && <ProblemBox problem={problem} retry={retry} />}
      {list.items.length === 0 && !problem && list.state === 'loading' && <Waiting />}
      {list.items.length === 0 && list.state === 'complete' && <Empty title="There is no grant that you may see." />}
      {list.items.length > 0 && (
        <VirtualRows
          label="Grants"
          columns={6}
          rows={list.items}
          keyOf={({ id }) => id}
          shown={shown}
          head={['Who', 'May', 'Where', 'Configs', 'Given', ''].map(text => (
            <th scope="col" key={text} class={text === 'Given' ? 'rare' : undefined}>
              {text || <span class="sr">Actions</span>}
            </th>
          ))}
          row={grant => (
            <Cells
              grant={grant}
              take={() => {
                taking.value = grant;
              }}
            />
          )}
        />
      )}
      {isGiving.value && (
        <GiveDialog
          close={() => {
            isGiving.value = false;
          }}
        />
      )}
      {taking.value && (
        <Take
          grant={taking.value}
          close={() => {
            taking.value = undefined;
          }}
        />
      )}
    </div>
  );
}

function Cells({ grant, take }: { readonly grant: GrantRow; readonly take: () => void }): JSX.Element {
  const { rights, does } = useApp();
  const { who, verbs, scope, config, expiresAt, createdAt, createdBy } = grant;
  const canTake = does('grants.take') && mayGive(rights.value, grant as unknown as Grant, Date.now());
  return (
    <>
      <th scope="row">{who === '*' ? 'anybody who is signed in' : who}</th>
      <td>{verbs.join(', ')}</td>
      <td>
        {isScope(scope) && !scope.endsWith('/*') ? <ScopeLink scope={scope} /> : scope === '*' ? 'everywhere' : scope}
      </td>
      <td>
        {config === '*' ? 'all' : config}
        {expiresAt !== undefined && (
          <span class="quiet">
            {' '}
            ends <When at={expiresAt} />
          </span>
        )}
      </td>
      <td class="rare">
        <When at={createdAt} /> <span class="quiet">by {createdBy}</span>
      </td>
      <td class="row-actions">
        {canTake && (
          <button type="button" class="link-button" onClick={take}>
            Take<span class="sr"> from {who}</span>…
          </button>
        )}
      </td>
    </>
  );
}

function Take({ grant, close }: { readonly grant: GrantRow; readonly close: () => void }): JSX.Element {
  const { api, notices, answers, principal } = useApp();
  const isMine = principal.value !== undefined && rightsOf(principal.value, [grant as never]).grants.length > 0;
  const take = async (reason: string | undefined): Promise<void> => {
    try {
      await api.write('grants.take', { names: { grant: grant.id }, query: { reason } });
      notices.good(`${grant.who} does not have this right any more.`);
    } catch (error) {
      notices.bad((error as Error).message);
    }
    answers.refresh();
  };
  return (
    <Confirm
      title={`Take it from ${grant.who}?`}
      text={
        <>
          <p>
            {grant.who} may not {grant.verbs.join(', ')} in {grant.scope} any more, unless another grant says so. Open
            pages and streams notice within a second.
          </p>
          {isMine && <p>It is a right of your own: you may not be able to give it back to yourself.</p>}
        </>
      }
      action="Take it away"
      reason="may"
      dangerous
      close={close}
      act={reason => void take(reason)}
    />
  );
}
