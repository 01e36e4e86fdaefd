// Prometheus' results as data frames, named and shaped as Grafana's data source does it.
import {
  type DataFrame,
  type Field,
  FieldType,
  type Labels,
  TIME_SERIES_TIME_FIELD_NAME,
  TIME_SERIES_VALUE_FIELD_NAME,
  createDataFrame,
} from '@grafana/data';

import type { Target } from './model';
import type { Series } from './prometheus';

const MILLISECONDS = 1000;

function number(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function samples(series: Series): Array<[number, string]> {
  return series.values ?? (series.value ? [series.value] : []);
}

/** Return the name of a series after `legendFormat`; undefined where labels name it (Auto). */
export function legend(target: Target, labels: Labels): string | undefined {
  const { __name__: name = '', ...rest } = labels;
  if (!target.legendFormat || target.legendFormat === '__auto') {
    return Object.keys(rest).length > 0 && target.legendFormat ? undefined : selector(name, rest) || target.expr;
  }
  return target.legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
}

function selector(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length > 0 ? `${name}{${pairs.join(', ')}}` : name;
}

/** One frame a series: time and value. `step` in seconds tells where samples are missing. */
export function timeSeries(target: Target, found: Series[], step: number | undefined): DataFrame[] {
  return found.map((series) => {
    const points = samples(series);
    const { __name__: _, ...labels } = series.metric;
    const name = legend(target, series.metric);
    return createDataFrame({
      refId: target.refId,
      name,
      fields: [
        {
          name: TIME_SERIES_TIME_FIELD_NAME,
          type: FieldType.time,
          values: points.map(([time]) => time * MILLISECONDS),
          config: step === undefined ? {} : { interval: step * MILLISECONDS },
        },
        {
          name: TIME_SERIES_VALUE_FIELD_NAME,
          type: FieldType.number,
          labels,
          values: points.map(([, text]) => number(text)),
          config: name === undefined ? {} : { displayNameFromDS: name },
        },
      ],
    });
  });
}

/** One frame for all series: time, a column for each label, value. */
export function table(target: Target, found: Series[], several: boolean): DataFrame[] {
  if (found.length === 0) {
    return [];
  }
  const labels = [...new Set(found.flatMap((series) => Object.keys(series.metric)))].sort();
  const rows = found.flatMap((series) => samples(series).map(([time, text]) => ({ metric: series.metric, time, text })));
  const text = (label: string): Partial<Field> => ({
    name: label,
    type: FieldType.string,
    config: { filterable: true },
    values: rows.map((row) => row.metric[label] ?? ''),
  });
  return [
    createDataFrame({
      refId: target.refId,
      fields: [
        { name: TIME_SERIES_TIME_FIELD_NAME, type: FieldType.time, values: rows.map((row) => row.time * MILLISECONDS) },
        ...labels.map((label) => ({ ...text(label), name: label })),
        {
          name: several ? `Value #${target.refId}` : TIME_SERIES_VALUE_FIELD_NAME,
          type: FieldType.number,
          values: rows.map((row) => number(row.text)),
        },
      ],
    }),
  ];
}

/** One frame: time, and for each `le` (its field's name) what is in this bucket alone. */
export function heatmap(target: Target, found: Series[]): DataFrame[] {
  const sorted = found
    .filter((series) => series.metric.le !== undefined)
    .sort((one, other) => number(one.metric.le!) - number(other.metric.le!));
  const times = [...new Set(sorted.flatMap((series) => samples(series).map(([time]) => time)))].sort((a, b) => a - b);
  if (times.length === 0) {
    return [];
  }
  // Buckets are cumulative: each holds those below it too.
  let below: number[] = times.map(() => 0);
  const fields: Array<Partial<Field> & { name: string }> = sorted.map((series) => {
    const byTime = new Map(samples(series).map(([time, text]) => [time, number(text)]));
    const cumulative = times.map((time, index) => byTime.get(time) ?? below[index]!);
    const values = cumulative.map((value, index) => Math.max(0, value - below[index]!));
    below = cumulative;
    return { name: series.metric.le!, type: FieldType.number, labels: series.metric, values, config: {} };
  });
  const time = { name: TIME_SERIES_TIME_FIELD_NAME, type: FieldType.time, values: times.map((one) => one * MILLISECONDS) };
  return [createDataFrame({ refId: target.refId, fields: [{ ...time, config: {} }, ...fields] })];
}
