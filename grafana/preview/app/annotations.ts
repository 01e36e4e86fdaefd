// A dashboard's annotations: where a Prometheus query isn't zero. Neighbouring points are a region.
// https://grafana.com/docs/grafana/latest/datasources/prometheus/annotations/
import { type DataFrame, arrayToDataFrame, rangeUtil } from '@grafana/data';

import type { AnnotationQuery, Scene } from './model';
import { type Series, queryRange } from './prometheus';
import { escaped, sourceOf } from './queries';

const DEFAULT_STEP = '60s';

interface PrometheusAnnotation extends AnnotationQuery {
  expr?: string;
  step?: string;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  useValueForTime?: boolean;
}

interface Event {
  time: number;
  timeEnd: number;
  isRegion: boolean;
  color: string;
  title: string;
  text: string;
  tags: string[];
}

/** Return the events of all enabled annotation queries, and what went wrong with the others. */
export async function annotations(scene: Scene): Promise<{ frames: DataFrame[]; errors: string[] }> {
  const asked = (scene.dashboard.annotations?.list ?? []).filter((one) => one.enable && one.datasource?.type === 'prometheus');
  const answers = await Promise.allSettled(asked.map((one) => events(scene, one as PrometheusAnnotation)));
  return {
    frames: answers.flatMap((one) => (one.status === 'fulfilled' && one.value.length > 0 ? [arrayToDataFrame(one.value)] : [])),
    errors: answers.flatMap((one, index) => (one.status === 'rejected' ? [`${asked[index]!.name}: ${one.reason.message}`] : [])),
  };
}

async function events(scene: Scene, query: PrometheusAnnotation): Promise<Event[]> {
  const source = sourceOf(scene, query.datasource);
  const target = query.target as { expr?: string; interval?: string } | undefined;
  const least = rangeUtil.intervalToSeconds(scene.replace(query.step || target?.interval || DEFAULT_STEP));
  const [from, to] = [scene.range.from.valueOf() / 1000, scene.range.to.valueOf() / 1000];
  const step = Math.max(least, Math.ceil((to - from) / 11_000));
  const scoped = { __interval: { text: `${step}s`, value: `${step}s` } };
  const text = scene.replace(query.expr ?? target?.expr ?? '', scoped, escaped);
  const found = await queryRange(source.uid, text, Math.floor(from / step) * step, Math.ceil(to / step) * step, step);
  return found.flatMap((series) => ofSeries(query, series, step * 1000));
}

function ofSeries(query: PrometheusAnnotation, series: Series, stepMs: number): Event[] {
  const template = (format: string) => format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => series.metric[label] ?? '');
  const tags = (query.tagKeys ?? '').split(',').flatMap((key) => series.metric[key.trim()] ?? []);
  const found: Event[] = [];
  for (const [seconds, value] of series.values ?? []) {
    if (Number(value) === 0) {
      continue;
    }
    const time = query.useValueForTime ? Math.floor(Number(value)) : Math.floor(seconds * 1000);
    const last = found.at(-1);
    if (last && last.timeEnd + stepMs >= time) {
      last.timeEnd = time;
      last.isRegion = last.timeEnd !== last.time;
      continue;
    }
    found.push({
      time,
      timeEnd: time,
      isRegion: false,
      color: query.iconColor ?? '',
      title: template(query.titleFormat ?? '{{alertname}}'),
      text: template(query.textFormat ?? ''),
      tags,
    });
  }
  return found;
}
