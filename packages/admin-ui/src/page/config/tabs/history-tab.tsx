import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { AddressOf } from '../../address/address.ts';
import type { AnswerOf } from '../../api/request.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Go, withQuery } from '../../parts/go.tsx';
import { StateMark } from '../../parts/marks.tsx';
import { Empty, ProblemBox, Waiting } from '../../parts/quiet.tsx';
import { When } from '../../parts/time/when.tsx';
import { useApp } from '../../state/app.ts';
import { useListing } from '../../state/hooks.ts';
import type { ConfigView } from '../edit/use-config.ts';
import { rollBack } from '../edit/write-config.ts';
import { VersionDiff } from './version-diff.tsx';

type VersionRow = AnswerOf<'configs.history'>['items'][number];

interface HistoryTabProps {
  readonly view: ConfigView;
  readonly at: AddressOf<'config'>;
}

/** Every version that is kept, what each changed, and the way back. */
export function HistoryTab({ view, at }: HistoryTabProps): JSX.Element {
  const { scope, config } = view;
  const { list, problem, shown, retry } = useListing('configs.history', { names: { scope, config } });
  const back = useSignal<VersionRow | undefined>(undefined);
  if (problem && list.items.length === 0) return <ProblemBox problem={problem} retry={retry} />;
  if (list.items.length === 0)
    return list.state === 'loading' ? <Waiting /> : <Empty title="This config was never written in this scope." />;
  const { from, to } = chosen(at, list.items);
  return (
    <section aria-label="History">
      {from !== undefined && to !== undefined && <VersionDiff view={view} from={from} to={to} />}
      <table class="plain">
        <thead>
          <tr>
            {['Version', 'What', 'Who', 'When', 'Why', ''].map(text => (
              <th scope="col" key={text}>
                {text || <span class="sr">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {list.items.map((row, position) => (
            <Row
              key={row.version}
              {...{ row, view, at }}
              previous={list.items[position + 1]}
              isShown={row.version === to}
              rollBack={() => {
                back.value = row;
              }}
            />
          ))}
        </tbody>
      </table>
      {list.state === 'more' && (
        <button type="button" onClick={() => shown(list.items.length)}>
          Older versions
        </button>
      )}
      {back.value && (
        <GoBack
          view={view}
          row={back.value}
          close={() => {
            back.value = undefined;
          }}
        />
      )}
    </section>
  );
}

interface GoBackProps {
  readonly view: ConfigView;
  readonly row: VersionRow;
  readonly close: () => void;
}

function GoBack({ view, row: { version }, close }: GoBackProps): JSX.Element {
  const app = useApp();
  const hasEnd = view.record.json !== undefined && view.record.expiresAt !== undefined;
  return (
    <Confirm
      title={`Go back to v${version}?`}
      text={
        <p>
          Its value is set again, as a new version. Nothing is deleted.
          {hasEnd && ' It will not end by itself, as the value of now does.'}
        </p>
      }
      action={`Set v${version} again`}
      reason="may"
      close={close}
      act={reason => void rollBack(app, view, version, reason)}
    />
  );
}

/** Of the address, else the newest with the one before. */
function chosen(at: HistoryTabProps['at'], rows: readonly VersionRow[]): { from?: number; to?: number } {
  const to = Number(at.query.to) || rows[0]?.version;
  const older = rows.find(({ version }) => to !== undefined && version < to)?.version;
  const from = Number(at.query.from) || older;
  return { ...(from && { from }), ...(to && { to }) };
}

interface RowProps extends HistoryTabProps {
  readonly row: VersionRow;
  readonly previous: VersionRow | undefined;
  readonly isShown: boolean;
  readonly rollBack: () => void;
}

function Row({ row, view, at, previous, isShown, rollBack: ask }: RowProps): JSX.Element {
  const isPresent = row.version === view.record.version;
  const compare = { tab: 'history', to: String(row.version), from: previous ? String(previous.version) : '' };
  return (
    <tr aria-current={isShown ? 'true' : undefined}>
      <th scope="row">
        v{row.version} {isPresent && <span class="quiet">now</span>}
      </th>
      <td>
        <StateMark state={row.op === 'set' ? 'wrote' : 'unset'} />
        {row.op === 'expire' && ' by its end'}
      </td>
      <td>{row.actor ?? <span class="quiet">{row.origin}</span>}</td>
      <td>
        <When at={row.at} />
      </td>
      <td class="wide">{row.reason}</td>
      <td class="row-actions">
        {previous && <Go to={withQuery(at, compare)}>What it changed</Go>}
        {!isPresent && (
          <Go to={withQuery(at, { ...compare, from: String(row.version), to: String(view.record.version) })}>
            Compare with now
          </Go>
        )}
        {!isPresent && view.canEdit && row.op === 'set' && (
          <button type="button" class="link-button" onClick={ask}>
            Set again<span class="sr"> v{row.version}</span>…
          </button>
        )}
      </td>
    </tr>
  );
}
