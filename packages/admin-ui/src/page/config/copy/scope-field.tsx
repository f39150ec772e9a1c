import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { isScope, type ScopeText } from '../../address/address.ts';
import { useAnswer } from '../../state/hooks.ts';

const KINDS = ['tenants', 'groups', 'global'] as const;
type Kind = (typeof KINDS)[number];

const KIND_WORDS: Readonly<Record<Kind, string>> = { tenants: 'a tenant', groups: 'a group', global: 'global' };

/** A scope that somebody is about to name. */
export interface NamedScope {
  readonly kind: Kind;
  readonly name: string;
}

/** The scope, once it is one, and another than `source`. */
export function scopeNamed({ kind, name }: NamedScope, source: ScopeText): ScopeText | undefined {
  const text = kind === 'global' ? 'global' : `${kind}/${name.trim()}`;
  return isScope(text) && text !== source ? text : undefined;
}

interface ScopeFieldProps {
  readonly source: ScopeText;
  readonly onlyTenants?: boolean;
  readonly named: NamedScope;
  readonly set: (named: NamedScope) => void;
}

/** Where a copy goes. */
export function ScopeField({ source, onlyTenants, named, set }: ScopeFieldProps): JSX.Element {
  const { kind } = named;
  return (
    <>
      <label class="field">
        <span>To</span>
        <select value={kind} onChange={({ currentTarget }) => set({ ...named, kind: currentTarget.value as Kind })}>
          {KINDS.filter(each => (onlyTenants ? each === 'tenants' : each !== source)).map(each => (
            <option key={each} value={each}>
              {KIND_WORDS[each]}
            </option>
          ))}
        </select>
      </label>
      {kind !== 'global' && <NameField kind={kind} name={named.name} typed={name => set({ ...named, name })} />}
    </>
  );
}

interface NameFieldProps {
  readonly kind: 'tenants' | 'groups';
  readonly name: string;
  readonly typed: (name: string) => void;
}

/** A name, with those that the server finds. A tenant that nobody has heard of may be named too. */
function NameField({ kind, name, typed }: NameFieldProps): JSX.Element {
  const id = useId();
  const query = { search: name.trim(), limit: '20' };
  const tenants = useAnswer('tenants.list', { query: kind === 'tenants' ? query : { limit: '1' } }).answer;
  const groups = useAnswer('groups.list', { query: kind === 'groups' ? query : { limit: '1' } }).answer;
  const names =
    kind === 'tenants' ? tenants?.items.map(({ id: tenant }) => tenant) : groups?.items.map(each => each.name);
  return (
    <label class="field">
      <span>{kind === 'tenants' ? 'Tenant' : 'Group'}</span>
      <input
        type="text"
        required
        maxLength={128}
        autocomplete="off"
        spellcheck={false}
        list={id}
        value={name}
        onInput={({ currentTarget }) => typed(currentTarget.value)}
      />
      <datalist id={id}>
        {names?.map(each => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </label>
  );
}
