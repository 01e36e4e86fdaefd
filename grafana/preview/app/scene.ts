// What all panels of a dashboard share, renewed when the address changes or a refresh is due.
import type { DataFrame } from '@grafana/data';
import { useEffect, useState } from 'react';

import { annotations } from './annotations';
import { replacer } from './interpolation';
import type { Dashboard, Datasource, Scene } from './model';
import { showRange, timeRange } from './time';
import { useSearch } from './url';
import { variables } from './variables';
import { dateTime } from '@grafana/data';

interface State {
  scene?: Scene;
  loading: boolean;
  error?: string;
}

async function make(dashboard: Dashboard, datasources: Record<string, Datasource>, search: URLSearchParams): Promise<Scene> {
  const timeZone = search.get('timezone') || dashboard.timezone || 'browser';
  const range = timeRange(dashboard, search, timeZone);
  const chosen = await variables(dashboard.templating?.list ?? [], search, range, datasources);
  return {
    dashboard,
    range,
    timeZone,
    variables: chosen,
    datasources,
    replace: replacer(chosen, range, search),
    zoom: (from, to) => showRange({ from: dateTime(from), to: dateTime(to) }),
  };
}

/** Return the newest scene; the old one stays until its variables are known. */
export function useScene(dashboard: Dashboard, datasources: Record<string, Datasource>, tick: number): State {
  const search = useSearch();
  const [state, setState] = useState<State>({ loading: true });
  useEffect(() => {
    let current = true;
    setState((one) => ({ ...one, loading: true }));
    make(dashboard, datasources, search).then(
      (scene) => current && setState({ scene, loading: false }),
      (error: Error) => current && setState((one) => ({ ...one, loading: false, error: error.message }))
    );
    return () => {
      current = false;
    };
  }, [dashboard, datasources, search, tick]);
  return state;
}

const NONE: { frames: DataFrame[]; errors: string[] } = { frames: [], errors: [] };

/** Return a scene's annotations; panels don't wait for them. */
export function useAnnotations(scene: Scene | undefined): typeof NONE {
  const [found, setFound] = useState(NONE);
  useEffect(() => {
    let current = true;
    if (scene) {
      void annotations(scene).then((all) => current && setFound(all));
    }
    return () => {
      current = false;
    };
  }, [scene]);
  return found;
}
