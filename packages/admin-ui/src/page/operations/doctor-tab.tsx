import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { CallFailed } from '../api/problem.ts';
import type { AnswerOf } from '../api/request.ts';
import type { IconName } from '../parts/icon.tsx';
import { Badge } from '../parts/marks.tsx';
import { ProblemBox, Waiting } from '../parts/quiet.tsx';
import { When } from '../parts/time/when.tsx';
import { useApp } from '../state/app.ts';

type Found = AnswerOf<'operations.doctor'>;
type State = Found['checks'][number]['state'];

/** What wants somebody first. */
const STATES: Readonly<Record<State, readonly [icon: IconName, text: string, kind?: 'good' | 'warn' | 'bad']>> = {
  fail: ['warning', 'wrong', 'bad'],
  warn: ['warning', 'look at it', 'warn'],
  unknown: ['none', 'not known'],
  ok: ['good', 'fine', 'good'],
};
const ORDER = Object.keys(STATES) as State[];

/** What may be wrong with the installation, and what to do: looked at once, and again when somebody wants it. */
export function DoctorTab(): JSX.Element {
  const { api } = useApp();
  const found = useSignal<Found | undefined>(undefined);
  const problem = useSignal<CallFailed | undefined>(undefined);
  const isLooking = useSignal(false);
  const look = async (): Promise<void> => {
    isLooking.value = true;
    try {
      found.value = (await api.read('operations.doctor', {}))?.answer;
      problem.value = undefined;
    } catch (error) {
      problem.value = error as CallFailed;
    }
    isLooking.value = false;
  };
  useEffect(() => void look(), []);
  return (
    <section aria-label="Doctor">
      <p>What the command “tenantry doctor” finds: the servers, their settings, what waits, and who says what.</p>
      <div class="filters">
        <button type="button" class="primary" disabled={isLooking.value} onClick={() => void look()}>
          {isLooking.value ? 'Looking…' : 'Look now'}
        </button>
        <span role="status">{found.value && <Summary found={found.value} />}</span>
      </div>
      {problem.value && <ProblemBox problem={problem.value} />}
      {found.value ? <Checks checks={found.value.checks} /> : !problem.value && <Waiting />}
    </section>
  );
}

function Summary({ found: { at, checks } }: { readonly found: Found }): JSX.Element {
  const wanting = checks.filter(({ state }) => state === 'fail' || state === 'warn').length;
  return (
    <>
      {wanting === 0 ? 'Nothing is wrong' : `${wanting} of ${checks.length} want somebody to look`}{' '}
      <span class="quiet">
        <When at={at} />
      </span>
    </>
  );
}

function Checks({ checks }: { readonly checks: Found['checks'] }): JSX.Element {
  const sorted = checks.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <table class="plain">
      <thead>
        <tr>
          {['Looked at', 'It is', 'Found'].map(text => (
            <th scope="col" key={text}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted.map(({ id, state, message, remedy }) => {
          const [icon, text, kind] = STATES[state];
          return (
            <tr key={`${id} ${message}`}>
              <th scope="row">{id}</th>
              <td>
                <Badge icon={icon} text={text} {...(kind && { kind })} />
              </td>
              <td class="wide">
                {message}
                {remedy !== undefined && <p>{remedy}</p>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
