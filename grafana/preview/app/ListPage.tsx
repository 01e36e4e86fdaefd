// All dashboards, by folder.
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Card, TagList, useStyles2 } from '@grafana/ui';
import { useEffect } from 'react';

import { Header } from './Header';
import { useLoaded } from './loading';
import type { Listed } from './model';

export function ListPage() {
  const { value, error } = useLoaded<Listed[]>('/api/search?type=dash-db');
  const style = useStyles2(styles);
  useEffect(() => {
    document.title = 'Dashboards (preview)';
  }, []);
  const folders = Map.groupBy(value ?? [], (one) => one.folderTitle);
  return (
    <>
      <Header />
      <main className={style}>
        {error && <Alert title="The dashboards cannot be listed">{error}</Alert>}
        {value?.length === 0 && <Alert severity="info" title="No dashboard is provisioned" />}
        {[...folders].map(([folder, dashboards]) => (
          <section key={folder}>
            <h2>{folder}</h2>
            {dashboards.map((one) => (
              <Card key={one.uid} noMargin href={`${one.url}${window.location.search}`}>
                <Card.Heading>{one.title}</Card.Heading>
                <Card.Tags>
                  <TagList tags={one.tags} />
                </Card.Tags>
              </Card>
            ))}
          </section>
        ))}
      </main>
    </>
  );
}

const styles = (theme: GrafanaTheme2) =>
  css({
    maxWidth: 880,
    margin: '0 auto',
    padding: theme.spacing(2),
    section: { display: 'grid', gap: theme.spacing(1), marginBottom: theme.spacing(3) },
    h2: { ...theme.typography.h4, margin: 0 },
  });
