// Prometheus, asked through this page's own server.
// https://prometheus.io/docs/prometheus/latest/querying/api/
import type { Labels } from '@grafana/data';

export interface Series {
  metric: Labels;
  values?: Array<[number, string]>;
  value?: [number, string];
}

export interface Exemplars {
  seriesLabels: Labels;
  exemplars: Array<{ labels: Labels; value: string; timestamp: number }>;
}

export interface Alert {
  labels: Labels;
  annotations: Labels;
  state: string;
  activeAt: string;
}

export interface Rule {
  type: string;
  name: string;
  state: string;
  labels: Labels;
  alerts: Alert[];
}

/** Ask a read-only endpoint; `fields` undefined are left out. Throws with Prometheus' own words. */
async function ask<T>(uid: string, path: string, fields: Record<string, string | number | undefined>): Promise<T> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      form.set(name, String(value));
    }
  }
  const url = `/api/datasources/proxy/uid/${encodeURIComponent(uid)}/api/v1/${path}`;
  const posted = path.startsWith('query');
  const answer = await (posted ? fetch(url, { method: 'POST', body: form }) : fetch(`${url}?${form}`));
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok || body.status !== 'success') {
    throw new Error(body.error ?? body.message ?? `HTTP ${answer.status}`);
  }
  return body.data;
}

/** Times and step are in seconds. */
export async function queryRange(uid: string, query: string, start: number, end: number, step: number): Promise<Series[]> {
  const data = await ask<{ result: Series[] }>(uid, 'query_range', { query, start, end, step });
  return data.result;
}

export async function queryInstant(uid: string, query: string, time: number): Promise<Series[]> {
  const data = await ask<{ resultType: string; result: Series[] | [number, string] }>(uid, 'query', { query, time });
  if (data.resultType === 'scalar') {
    return [{ metric: {}, value: data.result as [number, string] }];
  }
  return data.result as Series[];
}

export function queryExemplars(uid: string, query: string, start: number, end: number): Promise<Exemplars[]> {
  return ask(uid, 'query_exemplars', { query, start, end });
}

export function labelValues(uid: string, label: string, match: string | undefined, start: number, end: number): Promise<string[]> {
  return ask(uid, `label/${encodeURIComponent(label)}/values`, { 'match[]': match, start, end });
}

export async function alertingRules(uid: string): Promise<Rule[]> {
  const data = await ask<{ groups: Array<{ rules: Rule[] }> }>(uid, 'rules', { type: 'alert' });
  return data.groups.flatMap((group) => group.rules);
}
