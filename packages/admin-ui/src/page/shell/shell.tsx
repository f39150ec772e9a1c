import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { type Address, readAddress, scopeName, writeAddress } from '../address/address.ts';
import { useApp } from '../state/app.ts';
import { Keys } from './keys.tsx';
import { Menu } from './menu.tsx';
import { NoticeRegion } from './notice-region.tsx';
import { loadTheRest, PageOf } from './page-of.tsx';
import { TopBar } from './top-bar.tsx';

/** The menu, the bar, and the page that the address names. */
export function Shell(): JSX.Element {
  const app = useApp();
  const { path, query } = useLocation();
  const behind = path.startsWith(app.base.slice(0, -1)) ? path.slice(app.base.length - 1) : path;
  const address = useMemo(() => readAddress(behind, query), [behind, query]);
  useArrival(address);
  useEffect(() => {
    const timer = setTimeout(loadTheRest, 2_000);
    return () => clearTimeout(timer);
  }, []);
  const isFull = address.query.full === '1';
  return (
    <div class={isFull ? 'shell shell-full' : 'shell'}>
      <SkipLink />
      <TopBar />
      {!isFull && <Menu at={address} />}
      <main id="main" tabIndex={-1}>
        {app.me.value?.readOnly !== undefined && (
          <p class="banner" role="status">
            Nothing can be written now: {app.me.value.readOnly}
          </p>
        )}
        <PageOf at={address} />
      </main>
      <NoticeRegion />
      <Keys />
    </div>
  );
}

/** A button, not a link: under a base address `#main` would lead to another page. */
function SkipLink(): JSX.Element {
  return (
    <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
      To the content
    </button>
  );
}

/** After a step to another page its title is read and has the focus; a filter that changes leaves the focus where it is. */
function useArrival(address: Address): void {
  const place = writeAddress({ ...address, query: {} });
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${titleOf(address)} – Tenantry`;
    if (isFirst.current) {
      isFirst.current = false;
      return undefined;
    }
    return focusTitle();
  }, [place]);
}

/** Of the page that is coming: until its title is there, the content as a whole has the focus. */
function focusTitle(): () => void {
  const main = document.getElementById('main');
  main?.scrollTo(0, 0);
  main?.focus();
  const focus = (): void => {
    // Not if somebody went on meanwhile.
    const isWaiting = document.activeElement === main || document.activeElement === document.body;
    const title = main?.querySelector('h1');
    if (isWaiting && !title) return;
    if (isWaiting) title?.focus();
    watch.disconnect();
  };
  const watch = new MutationObserver(focus);
  if (main) watch.observe(main, { childList: true, subtree: true });
  focus();
  return () => watch.disconnect();
}

const TITLES: Readonly<Record<string, string>> = {
  ...{ tenants: 'Tenants', configs: 'Configs', groups: 'Groups', operations: 'Operations' },
  ...{ audit: 'Audit log', grants: 'Grants', unknown: 'Not found' },
};

function titleOf(address: Address): string {
  if (address.page === 'config') return `${address.config} of ${scopeName(address.scope)}`;
  if (address.page === 'records') return `${address.entity} of ${scopeName(address.scope)}`;
  if (address.page === 'matrix') return `${address.config} in all scopes`;
  if (address.page === 'scope') return scopeName(address.scope);
  return TITLES[address.page] ?? 'Tenantry';
}
