// A panel's queries: with which step they are asked, and what becomes of the answers.
import { type DataFrame, type DataTransformerConfig, type ScopedVars, rangeUtil, transformDataFrame } from '@grafana/data';
import { firstValueFrom } from 'rxjs';

import { exemplarFrame } from './exemplars';
import { heatmap, table, timeSeries } from './frames';
import type { DataSourceRef, Datasource, Panel, Scene, Target } from './model';
import { queryInstant, queryRange } from './prometheus';

// Prometheus refuses more points in a series.
const MOST_POINTS = 11_000;
const DEFAULT_SCRAPE = '15s';

export interface Step {
  /** Seconds between points. */
  step: number;
  /** What `$__interval`, `$__interval_ms` and `$__rate_interval` stand for. */
  scoped: ScopedVars;
}

/** Return a panel's data source: its own, or the target's; a variable in its uid is replaced. */
export function sourceOf(scene: Scene, ...refs: Array<DataSourceRef | null | undefined>): Datasource {
  const uid = refs.map((ref) => ref?.uid).find((one) => one) ?? '';
  const found = scene.datasources[scene.replace(uid)] ?? (uid ? undefined : Object.values(scene.datasources)[0]);
  if (!found) {
    throw new Error(`There is no data source ${uid}`);
  }
  return found;
}

/**
 * Return the step of a query, as Grafana computes it: `range / points`, rounded, no less than the
 * least interval. pkg/promlib/models/query.go: the rate interval is at least four scrapes.
 */
export function stepOf(scene: Scene, source: Datasource, panel: Panel, target: Target, width: number): Step {
  const scrape = source.jsonData.timeInterval || DEFAULT_SCRAPE;
  const least = scene.replace(target.interval || panel.interval || scrape).replace(/^>/, '');
  const points = panel.maxDataPoints || Math.max(1, Math.round(width));
  const { intervalMs } = rangeUtil.calculateInterval(scene.range, points, least);
  const seconds = (scene.range.to.valueOf() - scene.range.from.valueOf()) / 1000;
  const step = Math.max((intervalMs / 1000) * (target.intervalFactor || 1), Math.ceil(seconds / MOST_POINTS));
  const scrapeMs = rangeUtil.intervalToMs(scene.replace(target.interval || scrape));
  const rateMs = Math.max(step * 1000 + scrapeMs, 4 * scrapeMs);
  const variable = (value: string | number) => ({ text: value, value });
  return {
    step,
    scoped: {
      __interval: variable(duration(step * 1000)),
      __interval_ms: variable(step * 1000),
      __rate_interval: variable(duration(rateMs)),
    },
  };
}

function duration(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${Math.round(milliseconds)}ms`;
}

/** Variables in PromQL: several values are alternatives of a regular expression. */
export function escaped(value: string | string[], variable: { multi?: boolean; includeAll?: boolean }): string {
  const values = Array.isArray(value) ? value : [value];
  if (!variable.multi && !variable.includeAll) {
    return values.map((one) => one.replace(/\\/g, '\\\\').replace(/"/g, '\\"')).join('|');
  }
  const safe = values.map((one) => one.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&'));
  return safe.length > 1 ? `(${safe.join('|')})` : (safe[0] ?? '');
}

export interface Result {
  series: DataFrame[];
  exemplars: DataFrame[];
}

async function ask(scene: Scene, panel: Panel, target: Target, width: number, several: boolean): Promise<Result> {
  const source = sourceOf(scene, target.datasource, panel.datasource);
  const { step, scoped } = stepOf(scene, source, panel, target, width);
  const query = scene.replace(target.expr, scoped, escaped);
  // Points at whole steps: a picture that is drawn again a moment later keeps its shape.
  const aligned = (time: number) => Math.floor(time / 1000 / step) * step;
  const [from, to] = [aligned(scene.range.from.valueOf()), aligned(scene.range.to.valueOf())];
  const found = target.instant
    ? await queryInstant(source.uid, query, scene.range.to.valueOf() / 1000)
    : await queryRange(source.uid, query, from, to, step);
  const named = { ...target, legendFormat: scene.replace(target.legendFormat ?? '', scoped), expr: query };
  if (target.format === 'table') {
    return { series: table(named, found, several), exemplars: [] };
  }
  const exemplars = target.exemplar && !target.instant ? await exemplarFrame(scene, source, query, step) : [];
  const interval = target.instant ? undefined : step;
  const series = target.format === 'heatmap' ? heatmap(named, found) : timeSeries(named, found, interval);
  return { series, exemplars };
}

/** Ask all of a panel's queries and transform the answers; `width` in pixels. */
export async function run(scene: Scene, panel: Panel, width: number): Promise<Result> {
  const targets = ((panel.targets ?? []) as unknown as Target[]).filter((one) => !one.hide && one.expr);
  const answers = await Promise.all(targets.map((one) => ask(scene, panel, one, width, targets.length > 1)));
  const transformations = (panel.transformations ?? []).filter((one) => !one.disabled);
  const series = answers.flatMap((one) => one.series);
  const context = { interpolate: (text: string) => scene.replace(text) };
  return {
    series: await firstValueFrom(transformDataFrame(transformations as DataTransformerConfig[], series, context)),
    exemplars: answers.flatMap((one) => one.exemplars),
  };
}
