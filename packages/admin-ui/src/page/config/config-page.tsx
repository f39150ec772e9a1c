import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import { later } from '../parts/later.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemBox, Waiting } from '../parts/quiet.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { useApp } from '../state/app.ts';
import { ArrivedBanner } from './arrived-banner.tsx';
import { ConfigHead } from './config-head.tsx';
import { type ConfigView, useConfig } from './edit/use-config.ts';
import type { WriteStep } from './edit/write-step.ts';
import { EditBar } from './edit-bar.tsx';
import { FormTab } from './tabs/form-tab.tsx';
import { JsonTab } from './tabs/json-tab.tsx';
import { WriteDialogs } from './write/write-dialogs.tsx';

const load = () => import('./rest-of-config.ts');
const ExplainTab = later(async () => (await load()).ExplainTab);
const HistoryTab = later(async () => (await load()).HistoryTab);
const OverridesTab = later(async () => (await load()).OverridesTab);

type ConfigAddress = AddressOf<'config'>;

const TABS = [
  ['form', 'Form'],
  ['json', 'JSON'],
  ['history', 'History'],
  ['explain', 'Where it comes from'],
  ['overrides', 'Who overrides it'],
] as const;

/** One config of one scope. */
export function ConfigPage({ at }: { readonly at: ConfigAddress }): JSX.Element {
  const { follow } = useApp();
  const { scope, config } = at;
  const state = useConfig(scope, config);
  useEffect(() => follow([scope]), [scope]);
  if (state.view === undefined && state.problem)
    return (
      <>
        <PageHead title={config} />
        <ProblemBox problem={state.problem} />
      </>
    );
  if (state.view === undefined) return <Waiting />;
  return <Known key={`${scope} ${config}`} at={at} view={state.view} />;
}

function Known({ at, view }: { readonly at: ConfigAddress; readonly view: ConfigView }): JSX.Element {
  // Of a copy the difference is shown at once.
  const step = useSignal<WriteStep | undefined>(at.query.look === '1' && view.isDirty ? { step: 'look' } : undefined);
  const tab = at.query.tab ?? 'form';
  const isEditor = tab === 'form' || tab === 'json';
  const tabs = view.scope.startsWith('tenants/') ? TABS.slice(0, -1) : TABS;
  return (
    <>
      <ConfigHead view={view} at={at} />
      {view.arrived && <ArrivedBanner view={view} step={step} />}
      <Tabs label="Views of this config" at={at} first="form" tabs={tabs} />
      {tab === 'form' && <FormTab view={view} at={at} />}
      {tab === 'json' && <JsonTab view={view} />}
      {tab === 'history' && <HistoryTab view={view} at={at} />}
      {tab === 'explain' && <ExplainTab view={view} />}
      {tab === 'overrides' && <OverridesTab view={view} at={at} />}
      {(isEditor || view.isDirty) && <EditBar view={view} step={step} />}
      <WriteDialogs view={view} step={step} />
    </>
  );
}
