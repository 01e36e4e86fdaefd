// A dashboard's JSON, and what surrounds it. The JSON's own types are @grafana/schema's.
import type { ScopedVars, TimeRange } from '@grafana/data';
import type { AnnotationQuery, Dashboard, DashboardLink, DataSourceRef, Panel, RowPanel } from '@grafana/schema';

export type { AnnotationQuery, Dashboard, DashboardLink, DataSourceRef, Panel, RowPanel };

export interface ExemplarLink {
  name: string;
  url?: string;
  urlDisplayLabel?: string;
}

export interface Datasource {
  uid: string;
  name: string;
  type: string;
  jsonData: { timeInterval?: string; exemplarTraceIdDestinations?: ExemplarLink[] };
}

export interface Listed {
  uid: string;
  title: string;
  url: string;
  tags: string[];
  folderTitle: string;
}

export interface Target {
  refId: string;
  expr: string;
  datasource?: DataSourceRef | null;
  legendFormat?: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  range?: boolean;
  exemplar?: boolean;
  hide?: boolean;
  interval?: string;
  intervalFactor?: number;
}

/** A variable and what is chosen of it. `current` is what a query gets; All is every option. */
export interface Variable {
  name: string;
  label: string;
  hidden: 'no' | 'label' | 'all';
  options: string[];
  current: string[];
  multi: boolean;
  includeAll: boolean;
  all: boolean;
  allValue?: string;
}

export type Replace = (text: string, scoped?: ScopedVars, format?: string | Function) => string;

/** What every panel of a dashboard shares. */
export interface Scene {
  dashboard: Dashboard;
  range: TimeRange;
  timeZone: string;
  variables: Variable[];
  datasources: Record<string, Datasource>;
  replace: Replace;
  zoom: (from: number, to: number) => void;
}

export function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}
