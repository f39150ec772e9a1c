import type { JSX } from 'preact';
import type { AddressOf } from '../address/address.ts';
import { Count } from '../parts/count.tsx';
import { useGo, withQuery } from '../parts/go.tsx';
import { SearchBox } from '../parts/search-box.tsx';
import type { Listing } from '../state/hooks.ts';
import { useAnswer } from '../state/hooks.ts';

type ScopeAddress = AddressOf<'scope'>;

const STATES = [
  ['', 'any state'],
  ['set', 'set here'],
  ['inherited', 'inherited'],
  ['default', 'default'],
  ['none', 'nothing'],
] as const;

/** Every filter stands in the address. */
export function ConfigFilters<T>({
  at,
  listing,
}: {
  readonly at: ScopeAddress;
  readonly listing: Listing<T>;
}): JSX.Element {
  const { answer: state } = useAnswer('state.get', { names: { scope: at.scope } });
  const groups = state?.groups ?? [];
  return (
    <div class="filters">
      <SearchBox label="Search configs" at={at} />
      <SearchBox label="Search values" at={at} name="value" />
      {groups.length > 0 && (
        <Choice
          at={at}
          name="group"
          label="Group of configs"
          options={[
            ['', 'all groups'],
            ...groups.map(({ group, total }) => [group, `${group || 'without'} (${total})`] as const),
          ]}
        />
      )}
      <Choice at={at} name="state" label="State" options={STATES} />
      <Choice
        at={at}
        name="dirty"
        label="In the database"
        options={[
          ['', 'saved or not'],
          ['true', `not in the database yet${state ? ` (${state.dirty})` : ''}`],
        ]}
      />
      <Count listing={listing} />
    </div>
  );
}

interface ChoiceProps {
  readonly at: ScopeAddress;
  readonly name: string;
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
}

function Choice({ at, name, label, options }: ChoiceProps): JSX.Element {
  const go = useGo();
  return (
    <label>
      <span class="sr">{label}</span>
      <select
        value={at.query[name] ?? ''}
        onChange={({ currentTarget }) => go(withQuery(at, { [name]: currentTarget.value }), true)}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
