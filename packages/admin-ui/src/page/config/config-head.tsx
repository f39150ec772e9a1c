import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { AddressOf } from '../address/address.ts';
import { Go, hrefOf, ScopeLink, withQuery } from '../parts/go.tsx';
import { Icon } from '../parts/icon.tsx';
import { later } from '../parts/later.tsx';
import { FlagMarks, StateMark } from '../parts/marks.tsx';
import { When } from '../parts/time/when.tsx';
import { useApp } from '../state/app.ts';
import { textToCopy } from './copy/copy-value.ts';
import type { ConfigView } from './edit/use-config.ts';

const load = () => import('./rest-of-config.ts');
const CopyDialog = later(async () => (await load()).CopyDialog);
const RevealDialog = later(async () => (await load()).RevealDialog);

interface ConfigHeadProps {
  readonly view: ConfigView;
  readonly at: AddressOf<'config'>;
}

/** What it is, how it stands, and who wrote it last. */
export function ConfigHead({ view, at }: ConfigHeadProps): JSX.Element {
  const { can, canAnywhere, does } = useApp();
  const { scope, config, record, definition } = view;
  const isRevealing = useSignal(false);
  const isCopying = useSignal(false);
  const canReveal = record.masked && record.version > 0 && can('reveal', scope, config) && does('configs.reveal');
  const canCopy = textToCopy(view) !== undefined && canAnywhere('edit', config) && does('configs.set');
  return (
    <header class="page-head">
      <p class="crumbs">
        <ScopeLink scope={scope} /> <span aria-hidden="true">/</span>
      </p>
      <h1 tabIndex={-1}>{config}</h1>
      <div class="facts">
        <StateMark state={record.state} />
        {record.from !== undefined && record.state === 'inherited' && (
          <span>
            from <ScopeLink scope={record.from} />
          </span>
        )}
        {record.version > 0 && <span>v{record.version}</span>}
        {record.updatedBy && <span>by {record.updatedBy}</span>}
        <When at={record.updatedAt} />
        {record.expiresAt !== undefined && (
          <span>
            ends <When at={record.expiresAt} />
          </span>
        )}
        <FlagMarks dirty={record.dirty} behind={record.behind} secret={record.masked || definition?.secret === true} />
      </div>
      <p class="page-links">
        <Go to={{ page: 'matrix', config, query: {} }}>
          <Icon name="matrix" /> All scopes
        </Go>
        <FullPage at={at} />
        {canCopy && (
          <button
            type="button"
            class="link-button"
            onClick={() => {
              isCopying.value = true;
            }}
          >
            <Icon name="copy" /> Copy to…
          </button>
        )}
        {canReveal && (
          <button
            type="button"
            class="link-button"
            onClick={() => {
              isRevealing.value = true;
            }}
          >
            <Icon name="eye" /> Reveal the secret
          </button>
        )}
      </p>
      {isCopying.value && (
        <CopyDialog
          view={view}
          close={() => {
            isCopying.value = false;
          }}
        />
      )}
      {isRevealing.value && (
        <RevealDialog
          view={view}
          close={() => {
            isRevealing.value = false;
          }}
        />
      )}
    </header>
  );
}

function FullPage({ at }: { readonly at: ConfigHeadProps['at'] }): JSX.Element {
  const { base } = useApp();
  const isFull = at.query.full === '1';
  return (
    <a href={hrefOf(base, withQuery(at, { full: isFull ? '' : '1' }))}>
      <Icon name="external" /> {isFull ? 'With the menu' : 'Full page'}
    </a>
  );
}
