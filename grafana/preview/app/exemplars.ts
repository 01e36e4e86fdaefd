// Exemplars as a frame: time, value, and a field for each label, one of which links to the trace.
import { type DataFrame, type DataLink, FieldType, createDataFrame } from '@grafana/data';

import type { Datasource, Scene } from './model';
import { type Exemplars, queryExemplars } from './prometheus';

interface Point {
  time: number;
  value: number;
  labels: Record<string, string>;
}

/** Ask for the exemplars of a query's metrics; `step` in seconds thins them out. */
export async function exemplarFrame(scene: Scene, source: Datasource, query: string, step: number): Promise<DataFrame[]> {
  const [from, to] = [scene.range.from.valueOf() / 1000, scene.range.to.valueOf() / 1000];
  const points = sample(flatten(await queryExemplars(source.uid, query, from, to)), step);
  if (points.length === 0) {
    return [];
  }
  const names = [...new Set(points.flatMap((one) => Object.keys(one.labels)))];
  return [
    createDataFrame({
      name: 'exemplar',
      fields: [
        { name: 'Time', type: FieldType.time, values: points.map((one) => one.time * 1000) },
        { name: 'Value', type: FieldType.number, values: points.map((one) => one.value) },
        ...names.map((name) => ({
          name,
          type: FieldType.string,
          values: points.map((one) => one.labels[name] ?? ''),
          config: { links: links(source, name) },
        })),
      ],
    }),
  ];
}

function links(source: Datasource, label: string): DataLink[] {
  return (source.jsonData.exemplarTraceIdDestinations ?? [])
    .filter((one) => one.name === label && one.url)
    .map((one) => ({ title: one.urlDisplayLabel || `Go to ${one.url}`, url: one.url!, targetBlank: true }));
}

function flatten(found: Exemplars[]): Point[] {
  return found.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.map((one) => ({
      time: one.timestamp,
      value: Number(one.value),
      labels: { ...one.labels, ...seriesLabels },
    }))
  );
}

// pkg/promlib/.../sampler.go: of each step the highest, and those two standard deviations below.
function sample(points: Point[], step: number): Point[] {
  const mean = points.reduce((sum, one) => sum + one.value, 0) / points.length;
  const variance = points.reduce((sum, one) => sum + (one.value - mean) ** 2, 0) / Math.max(1, points.length - 1);
  const apart = 2 * Math.sqrt(variance);
  const steps = Map.groupBy(points, (one) => Math.floor(one.time / step));
  return [...steps.values()].flatMap((inStep) => {
    const taken: Point[] = [];
    for (const one of inStep.sort((a, b) => b.value - a.value)) {
      const last = taken.at(-1);
      if (!last || (apart > 0 && last.value - one.value >= apart)) {
        taken.push(one);
      }
    }
    return taken;
  });
}
