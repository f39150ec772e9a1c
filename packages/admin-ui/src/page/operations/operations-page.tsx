import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AddressOf } from '../address/address.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Empty } from '../parts/quiet.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { useApp } from '../state/app.ts';
import { AuditsTab } from './audits-tab.tsx';
import { DeadTab } from './dead-tab.tsx';
import { DoctorTab } from './doctor-tab.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { ReadersTab } from './readers-tab.tsx';

/** How the installation stands, for those who keep it running. */
export function OperationsPage({ at }: { readonly at: AddressOf<'operations'> }): JSX.Element {
  const { follow, can, does } = useApp();
  useEffect(() => follow([]), []);
  if (!can('operate', 'installation'))
    return (
      <>
        <PageHead title="Operations" />
        <Empty title="You may not operate this installation.">
          <p>Somebody who may can give you the right “operate”.</p>
        </Empty>
      </>
    );
  if (!does('operations.overview'))
    return (
      <>
        <PageHead title="Operations" />
        <Empty title="This admin shows a folder.">
          <p>There is no database, no Redis and no worker behind it.</p>
        </Empty>
      </>
    );
  const tab = at.query.tab ?? 'overview';
  return (
    <div class="list-page">
      <PageHead title="Operations" />
      <Tabs
        label="Views of the installation"
        at={at}
        first="overview"
        tabs={[
          ['overview', 'Overview'],
          ['doctor', 'Doctor'],
          ['dead-rows', 'Dead rows'],
          ['dead-letters', 'Dead letters'],
          ['audits', 'Audits'],
          ['readers', 'Readers'],
        ]}
      />
      {tab === 'overview' && <OverviewTab at={at} />}
      {tab === 'doctor' && <DoctorTab />}
      {tab === 'dead-rows' && <DeadTab key="rows" kind="rows" />}
      {tab === 'dead-letters' && <DeadTab key="letters" kind="letters" />}
      {tab === 'audits' && <AuditsTab />}
      {tab === 'readers' && <ReadersTab />}
    </div>
  );
}
