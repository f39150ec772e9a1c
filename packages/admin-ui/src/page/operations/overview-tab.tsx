import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import type { AnswerOf } from '../api/request.ts';
import { Go, withQuery } from '../parts/go.tsx';
import { Sparkline } from '../parts/lines/sparkline.tsx';
import { Badge } from '../parts/marks.tsx';
import { ProblemBox, Waiting } from '../parts/quiet.tsx';
import { Span, When } from '../parts/time/when.tsx';
import { useAnswer } from '../state/hooks.ts';

type Overview = AnswerOf<'operations.overview'>;

/** At one in 5 s: ten minutes. */
const MOST_SAMPLES = 120;

interface OverviewTabProps {
  readonly at: AddressOf<'operations'>;
}

/** What an operator looks at first. */
export function OverviewTab({ at }: OverviewTabProps): JSX.Element {
  const { answer, problem } = useAnswer('operations.overview');
  const samples = useSignal<readonly Overview[]>([]);
  useEffect(() => {
    if (answer !== undefined && answer.at !== samples.peek().at(-1)?.at)
      samples.value = [...samples.peek(), answer].slice(-MOST_SAMPLES);
  }, [answer]);
  if (answer === undefined) return problem ? <ProblemBox problem={problem} /> : <Waiting />;
  const dead = (tab: string): JSX.Element => <Go to={withQuery(at, { tab })}>Look at them</Go>;
  return (
    <div class="cards">
      {problem && <ProblemBox problem={problem} />}
      <ServerCard name="Database" server={answer.database} values={samples.value.map(({ database }) => database.ms)} />
      <ServerCard name="Redis" server={answer.redis} values={samples.value.map(({ redis }) => redis.ms)} />
      <NumberCard title="Outbox" values={samples.value.map(({ outbox }) => outbox.waiting)} unit="waiting">
        <Oldest waiting={answer.outbox.waiting} ageMs={answer.outbox.oldestAgeMs} />
        <Fact name="dead" value={answer.outbox.dead} bad>
          {dead('dead-rows')}
        </Fact>
      </NumberCard>
      <NumberCard title="Write-backs" values={samples.value.map(({ writeBack }) => writeBack.dirty)} unit="waiting">
        <Oldest waiting={answer.writeBack.dirty} ageMs={answer.writeBack.oldestAgeMs} />
        <Fact name="dead" value={answer.writeBack.dead} bad>
          {dead('dead-letters')}
        </Fact>
      </NumberCard>
      <NumberCard title="Readers" values={samples.value.map(({ readers }) => readers)} unit="connected">
        <Fact name="streams of this admin" value={answer.streams} />
      </NumberCard>
      <Workers workers={answer.workers} />
    </div>
  );
}

interface ServerCardProps {
  readonly name: string;
  readonly server: Overview['redis'];
  readonly values: readonly (number | undefined)[];
}

function ServerCard({ name, server, values }: ServerCardProps): JSX.Element {
  return (
    <section class="panel card" aria-label={name}>
      <h2>{name}</h2>
      {server.reachable ? (
        <Badge icon="good" text="answers" kind="good" />
      ) : (
        <Badge icon="warning" text="does not answer" kind="bad" />
      )}
      {server.problem && <p class="issue">{server.problem}</p>}
      <dl class="facts-list">
        {server.version && <Fact name="version" value={server.version} />}
        {server.ms !== undefined && <Fact name="answered in" value={<Span ms={server.ms} />} />}
      </dl>
      <Sparkline label={`${name}: time to answer in ms`} values={values} />
    </section>
  );
}

interface NumberCardProps {
  readonly title: string;
  readonly unit: string;
  readonly values: readonly (number | undefined)[];
  readonly children: ComponentChildren;
}

function NumberCard({ title, unit, values, children }: NumberCardProps): JSX.Element {
  const now = values.at(-1);
  return (
    <section class="panel card" aria-label={title}>
      <h2>{title}</h2>
      <p class="big">
        {now === undefined ? 'unknown' : now.toLocaleString()} <span class="quiet">{unit}</span>
      </p>
      <dl class="facts-list">{children}</dl>
      <Sparkline label={`${title} ${unit}`} values={values} />
    </section>
  );
}

/** How long the first of them has waited; nothing where the server does not say it. */
function Oldest({ waiting, ageMs }: { waiting: number | undefined; ageMs: number | undefined }): JSX.Element | null {
  if (waiting === 0) return <Fact name="oldest" value="none" />;
  return ageMs === undefined ? null : <Fact name="oldest" value={<Span ms={ageMs} />} />;
}

interface FactProps {
  readonly name: string;
  readonly value: ComponentChildren;
  /** More than none of it wants somebody to look. */
  readonly bad?: boolean;
  readonly children?: ComponentChildren;
}

function Fact({ name, value, bad, children }: FactProps): JSX.Element {
  const wants = bad === true && typeof value === 'number' && value > 0;
  return (
    <div>
      <dt>{name}</dt>
      <dd class={wants ? 'bad' : undefined}>
        {value ?? 'unknown'} {wants && children}
      </dd>
    </div>
  );
}

function Workers({ workers }: { readonly workers: Overview['workers'] }): JSX.Element {
  return (
    <section class="panel card" aria-label="Workers">
      <h2>Workers</h2>
      <p class="big">
        {workers.length.toLocaleString()}{' '}
        <span class="quiet">{workers.length === 1 ? 'connection' : 'connections'}</span>
      </p>
      {workers.length === 0 && (
        <p class="issue">No worker was seen. Changes wait in the outbox when a writer cannot publish them itself.</p>
      )}
      <ul class="plain-list">
        {workers.map(({ id, seenAt, queues }) => (
          <li key={id}>
            on the queue <strong>{queues.join(', ')}</strong>
            <div class="quiet">
              connection {id}, heard <When at={seenAt} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
