import type { JSX } from 'preact';
import { Icon } from '../parts/icon.tsx';
import { useApp } from '../state/app.ts';

/** Is always there, so that screen readers hear what comes into it. */
export function NoticeRegion(): JSX.Element {
  const { notices } = useApp();
  return (
    <section class="notices" aria-label="Messages" aria-live="polite">
      {notices.shown.value.map(({ id, kind, text }) => (
        <p key={id} class={`notice notice-${kind}`}>
          <Icon name={kind === 'good' ? 'good' : 'warning'} />
          <span>{text}</span>
          <button type="button" class="quiet-button" onClick={() => notices.close(id)}>
            <Icon name="close" /> <span class="sr">Close this message</span>
          </button>
        </p>
      ))}
    </section>
  );
}
