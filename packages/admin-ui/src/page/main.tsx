import { render } from 'preact';
import { LocationProvider } from 'preact-iso/router';
import { Shell } from './shell/shell.tsx';
import { AppContext } from './state/app.ts';
import { createApp } from './state/create-app.ts';

const base = new URL(document.baseURI).pathname;
const root = document.getElementById('app');
if (root !== null)
  render(
    <AppContext.Provider value={createApp(base)}>
      <LocationProvider scope={base}>
        <Shell />
      </LocationProvider>
    </AppContext.Provider>,
    root,
  );
