import type { JSX } from 'preact';

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
