import type { JSX } from 'preact';
import { Go } from '../parts/go.tsx';
import { Icon } from '../parts/icon.tsx';
import { useApp } from '../state/app.ts';

/** Where this is, who is looking, and how fresh what is shown is. */
export function TopBar(): JSX.Element {
  const { me } = useApp();
  const who = me.value;
  return (
    <header class="top-bar">
      <Go class="brand" to={{ page: 'tenants', query: {} }}>
        <svg class="logo" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
          <path d="M2 3h12v2.6H9.4V14H6.6V5.6H2z" />
        </svg>
        Tenantry
      </Go>
      <span class="grow" />
      <LiveMark />
      <ThemeSwitch />
      {who && (
        <span class="who">
          {who.name ?? who.id}
          {who.logout && (
            <>
              {' '}
              {/* The page's own links stay in it: this one leaves. */}
              <a href={who.logout} target="_top">
                Sign out
              </a>
            </>
          )}
        </span>
      )}
    </header>
  );
}

const LIVE_TEXTS = {
  live: ['live', 'Changes appear as they are made.'],
  polling: ['polling', 'There is no stream: the page asks for changes every 5 s.'],
} as const;

/** Says how changes arrive: a page that is behind must not look as if it were not. */
function LiveMark(): JSX.Element {
  const { liveMode } = useApp();
  const mode = liveMode.value;
  const [text, title] = mode === undefined ? ['', ''] : LIVE_TEXTS[mode];
  return (
    <span class={`live live-${mode ?? 'none'}`} role="status" title={title}>
      {text}
    </span>
  );
}

const ICONS = { auto: 'half', light: 'sun', dark: 'moon' } as const;

const NEXT_THEME = { auto: 'light', light: 'dark', dark: 'auto' } as const;

function ThemeSwitch(): JSX.Element {
  const { theme } = useApp();
  return (
    <button
      type="button"
      class="quiet-button"
      title="Colours: as the system, light, dark"
      onClick={() => {
        theme.value = NEXT_THEME[theme.peek()];
      }}
    >
      <Icon name={ICONS[theme.value]} /> <span class="sr">Colours: </span>
      {theme.value}
    </button>
  );
}
