import { Api } from '../../connection/api.ts';
import { profilesPath, readProfiles } from '../../connection/profiles.ts';
import { settingsOf } from '../../connection/settings.ts';
import type { Catalog } from '../../program/catalog.ts';
import type { Io } from '../../program/io.ts';
import type { Names } from '../../program/options.ts';
import { type Candidate, wordsBelow } from './words-below.ts';

/** What is asked for, and where. */
export interface Asking {
  readonly io: Pick<Io, 'env' | 'signal'>;
  readonly catalog: Catalog;
  readonly current: string;
  readonly url: string | undefined;
  readonly profile: string | undefined;
  readonly timeout: string | undefined;
  /** The arguments before it. */
  readonly given?: readonly string[];
}

/** Somebody waits at the keyboard, and has not said for how long. */
const TIMEOUT_MS = 1_000;
const MOST = 100;

/** The names of this kind that begin as the current word does: those of the server are asked for. */
export async function namesFor(names: Names, asking: Asking): Promise<readonly Candidate[]> {
  switch (names) {
    case 'scope':
      return scopes(asking);
    case 'tenant':
      return tenants(asking, asking.current);
    case 'group':
      return groups(asking, asking.current);
    case 'config':
      return configs(asking);
    case 'profile': {
      const { profiles } = await readProfiles(profilesPath(asking.io.env));
      return Object.entries(profiles).map(([word, { url }]) => ({ word, summary: url }));
    }
    case 'command':
      return wordsBelow(asking.catalog, asking.given ?? []);
    default:
      return [];
  }
}

async function scopes(asking: Asking): Promise<readonly Candidate[]> {
  const [, kind, name = ''] = /^(groups|tenants)\/(.*)$/s.exec(asking.current) ?? [];
  if (kind === 'groups') return prefixed('groups/', await groups(asking, name));
  if (kind === 'tenants') return prefixed('tenants/', await tenants(asking, name));
  const fixed = [
    { word: 'global', summary: 'all tenants' },
    { word: 'groups/', summary: 'a group of tenants' },
    { word: 'tenants/', summary: 'a tenant' },
  ];
  const found = await tenants(asking, asking.current).catch(() => []);
  return [...fixed, ...found.map(({ word, summary }) => ({ word: isShort(word) ? word : `tenants/${word}`, summary }))];
}

/** Whether the id of a tenant alone names its scope. */
function isShort(id: string): boolean {
  return id !== 'global' && !id.includes('/') && !id.startsWith('-');
}

function prefixed(start: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.map(({ word, summary }) => ({ word: start + word, summary }));
}

async function tenants(asking: Asking, search: string): Promise<readonly Candidate[]> {
  const api = await apiOf(asking);
  const { answer } = await api.call('tenants.list', { query: { search: search || undefined, limit: MOST } });
  return answer.items.map(({ id, groups: of }) => ({ word: id, summary: of.join(' ') }));
}

async function groups(asking: Asking, search: string): Promise<readonly Candidate[]> {
  const api = await apiOf(asking);
  const { answer } = await api.call('groups.list', { query: { search: search || undefined, limit: MOST } });
  return answer.items.map(({ name, members }) => ({ word: name, summary: `${members} members` }));
}

async function configs(asking: Asking): Promise<readonly Candidate[]> {
  const api = await apiOf(asking);
  const query = { search: asking.current || undefined, limit: MOST };
  const { answer } = await api.call('definitions.list', { query });
  return answer.items.map(({ name, groups: of, secret }) => ({
    word: name,
    summary: secret ? 'secret' : of.join(' '),
  }));
}

async function apiOf({ io, url, profile, timeout = '' }: Asking): Promise<Api> {
  const settings = await settingsOf({ url, profile }, io.env);
  const timeoutMs = /^[1-9]\d{0,6}$/.test(timeout) ? Number(timeout) : TIMEOUT_MS;
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(timeoutMs)]);
  return new Api({ ...settings, timeoutMs, signal, debug: () => undefined, readsOnly: true });
}
