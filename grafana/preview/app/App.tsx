// Theme, banner, and which page the address asks for.
import { ThemeContext, getThemeById } from '@grafana/data';
import { Alert, ErrorBoundaryAlert, GlobalStyles, PortalContainer, TextLink } from '@grafana/ui';
import { useEffect, useMemo } from 'react';

import { Banner } from './Banner';
import { DashboardPage } from './DashboardPage';
import { ListPage } from './ListPage';
import { useLoaded } from './loading';
import { themeName } from './theme';
import { useSearch } from './url';

export function App() {
  const search = useSearch();
  const name = themeName(search);
  const theme = useMemo(() => getThemeById(name), [name]);
  useEffect(() => {
    document.documentElement.style.colorScheme = name;
    document.body.style.margin = '0';
    // A scrollbar that comes with the first panels would make all of them ask twice.
    document.documentElement.style.scrollbarGutter = 'stable';
  }, [name]);
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Banner />
      <ErrorBoundaryAlert>
        <Page path={window.location.pathname} />
      </ErrorBoundaryAlert>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

function Page({ path }: { path: string }) {
  const uid = /^\/d\/([^/]+)/.exec(path)?.[1];
  if (uid) {
    return <DashboardPage uid={decodeURIComponent(uid)} />;
  }
  if (path === '/dashboards') {
    return <ListPage />;
  }
  if (path === '/') {
    return <Home />;
  }
  return (
    <Alert title="There is no such page" severity="info">
      <TextLink href="/dashboards">All dashboards</TextLink>
    </Alert>
  );
}

function Home() {
  const { value, error } = useLoaded<{ redirectUri: string }>('/api/dashboards/home');
  useEffect(() => {
    if (value) {
      window.location.replace(value.redirectUri + window.location.search);
    }
  }, [value]);
  return error ? <Alert title="The server does not answer">{error}</Alert> : null;
}
