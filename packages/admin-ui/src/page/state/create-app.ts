import { computed, effect, signal } from '@preact/signals';
import type { RouteId } from '@tenantry/admin-api';
import { PATHS } from '@tenantry/admin-api/paths';
import { may, mayAnywhere, type Principal, rightsOf } from '@tenantry/admin-api/rights';
import { Api } from '../api/api.ts';
import { browserTabs } from '../live/browser-tabs.ts';
import type { LiveMode } from '../live/live-message.ts';
import { LiveTab } from '../live/live-tab.ts';
import { openStreams } from '../live/open-stream.ts';
import { Answers } from './answers.ts';
import type { App, Me } from './app.ts';
import { Drafts } from './drafts.ts';
import { Notices } from './notices.ts';

/** Where streams do not work, and for pages that have none. */
const POLL_MS = 5_000;

/** Under a stream: should it ever lose something, the page is right again after so long. */
const DOUBT_MS = 60_000;

/** Several changes of one moment are one refresh. */
const TOGETHER_MS = 100;

/** Wires the page's state, and starts its timers. */
export function createApp(base: string): App {
  const me = signal<Me | undefined>(undefined);
  const api = new Api(`${base}api/v1`, () => me.peek()?.limits);
  const answers = new Answers(api);
  const principal = computed((): Principal | undefined => me.value && { id: me.value.id, groups: me.value.groups });
  const rights = computed(() => rightsOf(principal.value ?? { id: '', groups: [] }, (me.value?.grants ?? []) as never));
  const live = startLive(base, api, answers, me);
  const app: App = {
    ...{ base, api, answers, me, principal, rights, drafts: new Drafts(), notices: new Notices() },
    can: (verb, target, config) => may(rights.value, verb, target, config, Date.now()),
    canAnywhere: (verb, config) => mayAnywhere(rights.value, verb, config, Date.now()),
    does: what => isDone(me.value, what),
    follow: live.follow,
    liveMode: live.mode,
    theme: signal(readTheme()),
  };
  followMe(app);
  applyTheme(app);
  addEventListener('beforeunload', event => {
    if (app.drafts.open.peek() > 0) event.preventDefault();
  });
  return app;
}

/** They change nothing, though they have bodies; an audit that repairs is told apart where it is offered. */
const READS: ReadonlySet<string> = new Set<RouteId>(['configs.preview', 'audits.run']);

function isDone(me: Me | undefined, what: Parameters<App['does']>[0]): boolean {
  if (me?.lacks?.includes(what)) return false;
  const method = PATHS[what as RouteId]?.split(' ')[0];
  return me?.readOnly === undefined || method === undefined || method === 'GET' || READS.has(what);
}

function followMe({ answers, me }: App): void {
  const entry = answers.entry('me.get', {});
  answers.hold(entry as never);
  effect(() => {
    const { answer, problem } = entry.state.value;
    if (answer !== undefined || problem !== undefined) me.value = answer;
  });
}

function startLive(
  base: string,
  api: Api,
  answers: Answers,
  me: App['me'],
): Pick<App, 'follow'> & { readonly mode: App['liveMode'] } {
  const followed = signal<readonly string[]>([]);
  const modes = signal<ReadonlyMap<string, LiveMode>>(new Map());
  let soon = 0;
  const refreshSoon = (): void => {
    window.clearTimeout(soon);
    soon = window.setTimeout(() => answers.refresh(), TOGETHER_MS);
  };
  const tab = new LiveTab({
    tab: crypto.randomUUID?.() ?? String(Math.random()),
    open: openStreams(scope => api.address('events.stream', { names: { scope } })),
    tabs: browserTabs(`tenantry ${base}`),
    now: Date.now,
    event: refreshSoon,
    mode: (scope, mode) => {
      if (modes.peek().get(scope) !== mode) modes.value = new Map(modes.peek()).set(scope, mode);
    },
  });
  const mode = computed((): LiveMode | undefined => {
    if (followed.value.length === 0) return undefined;
    return followed.value.every(scope => modes.value.get(scope) === 'live') ? 'live' : 'polling';
  });
  startTimers(answers, tab, () => mode.peek() === 'live' && me.peek() !== undefined);
  const follow = (scopes: readonly string[]): void => {
    if (scopes.join(' ') === followed.peek().join(' ')) return;
    followed.value = scopes;
    tab.follow(scopes);
  };
  return { follow, mode };
}

/** `isFollowed`: changes arrive by a stream, and it is known for whom. */
function startTimers(answers: Answers, tab: LiveTab, isFollowed: () => boolean): void {
  let last = Date.now();
  const refresh = (): void => {
    last = Date.now();
    answers.refresh();
  };
  setInterval(() => {
    if (!document.hidden && Date.now() - last >= (isFollowed() ? DOUBT_MS : POLL_MS)) refresh();
  }, 1_000);
  setInterval(() => tab.remind(), 30_000);
  addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh();
  });
  addEventListener('pagehide', event => {
    if (!event.persisted) tab.close();
  });
}

function readTheme(): 'auto' | 'light' | 'dark' {
  const stored = document.documentElement.dataset.theme;
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
}

function applyTheme({ theme }: App): void {
  effect(() => {
    if (theme.value === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
    try {
      localStorage.setItem('tenantry-theme', theme.value);
    } catch {} // a browser that stores nothing forgets it
  });
}
