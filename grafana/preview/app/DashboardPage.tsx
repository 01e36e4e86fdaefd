// One dashboard: its JSON and the data sources, then everything that follows the address.
import { Alert, TextLink } from '@grafana/ui';
import { useEffect } from 'react';

import { Controls } from './Controls';
import { Grid } from './Grid';
import { Header } from './Header';
import { useLoaded } from './loading';
import type { Dashboard, Datasource } from './model';
import { useRefresh } from './refresh';
import { useAnnotations, useScene } from './scene';

interface Stored {
  dashboard: Dashboard;
  meta: { folderTitle: string };
}

export function DashboardPage({ uid }: { uid: string }) {
  const stored = useLoaded<Stored>(`/api/dashboards/uid/${encodeURIComponent(uid)}`);
  const settings = useLoaded<{ datasources: Record<string, Datasource> }>('/api/frontend/settings');
  const error = stored.error ?? settings.error;
  if (error) {
    return (
      <Alert title={`The dashboard ${uid} cannot be shown: ${error}`}>
        <TextLink href="/dashboards">All dashboards</TextLink>
      </Alert>
    );
  }
  if (!stored.value || !settings.value) {
    return null;
  }
  return (
    <>
      <Header folder={stored.value.meta.folderTitle} title={stored.value.dashboard.title} />
      <Drawn dashboard={stored.value.dashboard} datasources={settings.value.datasources} />
    </>
  );
}

function Drawn({ dashboard, datasources }: { dashboard: Dashboard; datasources: Record<string, Datasource> }) {
  const { tick, refresh, again } = useRefresh(dashboard);
  const { scene, loading, error } = useScene(dashboard, datasources, tick);
  const { frames, errors } = useAnnotations(scene);
  useEffect(() => {
    document.title = `${dashboard.title} (preview)`;
  }, [dashboard]);
  const complaints = [error, ...errors].filter((one) => one);
  return (
    <>
      {complaints.map((one) => (
        <Alert key={one} title={one!} severity="error" />
      ))}
      {scene && <Controls scene={scene} refresh={refresh} loading={loading} onRefresh={again} />}
      {scene && <Grid scene={scene} annotations={frames} />}
    </>
  );
}
