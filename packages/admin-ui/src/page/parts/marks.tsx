import type { JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

const STATES: Readonly<Record<string, readonly [IconName, string]>> = {
  set: ['set', 'set here'],
  null: ['null', 'null'],
  inherited: ['inherited', 'inherited'],
  default: ['default', 'default'],
  none: ['none', 'nothing'],
  unset: ['none', 'unset'],
  silent: ['inherited', 'inherits'],
  wrote: ['set', 'set'],
};

/** Where a value stands: unset, `null` and inherited are three things, and each has its sign and its word. */
export function StateMark({ state }: { readonly state: string }): JSX.Element {
  const [icon, text] = STATES[state] ?? ['none', state];
  return (
    <span class={`mark mark-${state}`}>
      <Icon name={icon} /> {text}
    </span>
  );
}

const STALE = {
  answer: 'A server does not answer: a newer value may stand.',
  readers: 'Readers may not have it yet.',
};

interface Flags {
  readonly dirty?: boolean;
  readonly behind?: 'answer' | 'readers' | undefined;
  readonly secret?: boolean;
}

export function FlagMarks({ dirty, behind, secret }: Flags): JSX.Element {
  return (
    <>
      {secret && <Badge icon="secret" text="secret" title="Its values are masked." />}
      {dirty && (
        <Badge icon="dirty" text="not in the database yet" kind="warn" title="A write-back that waits for its flush." />
      )}
      {behind && <Badge icon="stale" text="stale" kind="warn" title={STALE[behind]} />}
    </>
  );
}

interface BadgeProps {
  readonly icon: IconName;
  readonly text: string;
  readonly kind?: 'good' | 'warn' | 'bad';
  readonly title?: string;
}

export function Badge({ icon, text, kind, title }: BadgeProps): JSX.Element {
  return (
    <span class={kind ? `badge badge-${kind}` : 'badge'} title={title}>
      <Icon name={icon} /> {text}
    </span>
  );
}
