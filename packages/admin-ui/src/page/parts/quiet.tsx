import type { ComponentChildren, JSX } from 'preact';
import type { CallFailed } from '../api/problem.ts';
import { useApp } from '../state/app.ts';
import { Icon } from './icon.tsx';

/** Nothing is there, and why, and what one may do about it. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** What went wrong, in the server's words. */
export function ProblemBox({
  problem,
  retry,
}: {
  readonly problem: CallFailed;
  readonly retry?: () => void;
}): JSX.Element {
  const isMissing = problem.status === 404 || problem.status === 403;
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <div>
        <p>{isMissing ? 'This does not exist, or you may not see it.' : problem.message}</p>
        {problem.status === 401 && <SignInAgain />}
        {retry && !isMissing && (
          <button type="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** In another tab: what was typed in this one stays, and is there again once it is known who asks. */
function SignInAgain(): JSX.Element {
  const { base } = useApp();
  return (
    <p>
      You are not signed in any more.{' '}
      <a href={base} target="_blank" rel="noreferrer">
        Sign in in another tab
      </a>
      : what you have typed here stays.
    </p>
  );
}

/** Shown only where nothing is known yet. */
export function Waiting(): JSX.Element {
  return (
    <p class="waiting" role="status">
      Reading…
    </p>
  );
}

/** Code of the page that did not come: for a moment, or for ever where the server has another version of the page by now. */
export function NotLoaded({ retry }: { readonly retry: () => void }): JSX.Element {
  return (
    <p role="alert">
      This part of the page could not be loaded. The server may have a newer page by now.{' '}
      <button type="button" onClick={retry}>
        Try again
      </button>{' '}
      <button type="button" onClick={() => location.reload()}>
        Reload the page
      </button>
    </p>
  );
}
