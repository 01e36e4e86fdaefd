// A heatmap's cells and colours.
import { type DataFrame, FieldType, type GrafanaTheme2 } from '@grafana/data';
import { HeatmapColorMode, type HeatmapColorOptions, type Options } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import * as chromatic from 'd3-scale-chromatic';

export interface Cells {
  /** The end of each cell's time, in milliseconds. */
  times: number[];
  /** How long a cell lasts, in milliseconds. */
  step: number;
  /** The upper bound of each row of cells, lowest first, as Prometheus writes it. */
  bounds: string[];
  /** By row, then by time. */
  values: number[][];
  min: number;
  max: number;
}

/** Return the cells of a frame in heatmap format; undefined where there are none. */
export function cells(frames: DataFrame[], options: Options): Cells | undefined {
  const [frame] = frames;
  const time = frame?.fields.find((field) => field.type === FieldType.time);
  const rows = frame?.fields.filter((field) => field.type === FieldType.number) ?? [];
  if (!time || rows.length === 0) {
    return undefined;
  }
  const times: number[] = time.values;
  const gaps = times.slice(1).map((one, index) => one - times[index]!);
  const step = Math.min(...gaps, time.config.interval ?? Infinity);
  const values = rows.map((row): number[] => row.values);
  const { le = 1e-9, ge = Infinity } = options.filterValues ?? {};
  const shown = values.flat().filter((value) => value > le && value < ge);
  return {
    times,
    step: Number.isFinite(step) ? step : 60_000,
    bounds: rows.map((row) => row.name),
    values,
    min: options.color.min ?? (shown.length > 0 ? Math.min(...shown) : 0),
    max: options.color.max ?? (shown.length > 0 ? Math.max(...shown) : 1),
  };
}

// Schemes that begin dark, and so are turned round on light ground; all others begin light.
const BEGIN_DARK = new Set(['Turbo', 'Cividis', 'Viridis', 'Magma', 'Inferno', 'Plasma', 'Warm', 'Cool', 'Cubehelix', 'CubehelixDefault']);

/** Return the colours from least to most. */
export function palette(color: HeatmapColorOptions, theme: GrafanaTheme2): string[] {
  const last = (color.steps || 64) - 1;
  const parts = Array.from({ length: last + 1 }, (_, index) => index / last);
  if (color.mode === HeatmapColorMode.Opacity) {
    const fill = theme.visualization.getColorByName(color.fill);
    return parts.map((part) => `color-mix(in srgb, ${fill} ${100 * part ** color.exponent}%, transparent)`);
  }
  const interpolate = (chromatic as unknown as Record<string, (part: number) => string>)[`interpolate${color.scheme}`];
  const colors = parts.map(interpolate ?? chromatic.interpolateOranges);
  const inverted = BEGIN_DARK.has(color.scheme) === theme.isLight;
  return inverted !== Boolean(color.reverse) ? colors.reverse() : colors;
}

/** Return the colour of a value. */
export function colorOf(value: number, { min, max }: Cells, colors: string[]): string {
  const part = max > min ? (value - min) / (max - min) : 1;
  return colors[Math.min(colors.length - 1, Math.max(0, Math.floor(part * colors.length)))]!;
}
