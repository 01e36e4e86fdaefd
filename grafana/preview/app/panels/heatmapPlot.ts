// A heatmap as a plot: an axis of time, an axis of buckets of the same height, and the cells.
import { type GrafanaTheme2, formattedValueToString, getValueFormat } from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import { UPlotConfigBuilder } from '@grafana/ui';
import type uPlot from 'uplot';

import type { Scene } from '../model';
import type { Hovered } from './HeatmapTooltip';
import { type Cells, colorOf } from './heatmapCells';
import { PADDING } from './padding';

interface Plotted {
  cells: Cells;
  colors: string[];
  options: Options;
  scene: Scene;
  theme: GrafanaTheme2;
  onHover: (hovered: Hovered | undefined) => void;
}

const LEAST_ZOOM = 5;

export function plot({ cells, colors, options, scene, theme, onHover }: Plotted): UPlotConfigBuilder {
  const { bounds, times, step, values } = cells;
  const builder = new UPlotConfigBuilder(scene.timeZone);
  const upward = { orientation: ScaleOrientation.Vertical, direction: ScaleDirection.Up };
  const unit = getValueFormat(options.yAxis.unit ?? 'short');
  const label = (bound: string | undefined) =>
    bound === '+Inf' || bound === undefined ? '+Inf' : formattedValueToString(unit(Number(bound), options.yAxis.decimals ?? undefined));
  builder.setPadding(PADDING);
  builder.setPrepData((frames) => frames as never);
  builder.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: () => [scene.range.from.valueOf(), scene.range.to.valueOf()],
  });
  builder.addAxis({ scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, timeZone: scene.timeZone, theme });
  builder.addScale({ scaleKey: 'y', ...upward, range: () => [0, bounds.length] });
  builder.addAxis({
    scaleKey: 'y',
    placement: options.yAxis.axisPlacement ?? AxisPlacement.Left,
    label: options.yAxis.axisLabel,
    theme,
    grid: { show: false },
    splits: (u) => everyFew(bounds.length, u.bbox.height / window.devicePixelRatio),
    values: (_, splits) => splits.map((split) => label(bounds[split - 1])),
  });
  builder.addSeries({ scaleKey: 'y', theme, pathBuilder: () => null, pointsBuilder: () => undefined, show: true } as never);
  builder.addHook('draw', (u) => {
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    u.ctx.clip();
    const gap = (options.cellGap ?? 1) * window.devicePixelRatio;
    values.forEach((row, y) => {
      const [top, bottom] = [u.valToPos(y + 1, 'y', true), u.valToPos(y, 'y', true)];
      row.forEach((value, index) => {
        if (value > (options.filterValues?.le ?? 1e-9)) {
          const [left, right] = [u.valToPos(times[index]! - step, 'x', true), u.valToPos(times[index]!, 'x', true)];
          u.ctx.fillStyle = colorOf(value, cells, colors);
          // Cells of a pixel or two would be all gap.
          const space = right - left > 3 * gap ? gap : 0;
          u.ctx.fillRect(left, top, right - left - space, bottom - top - gap);
        }
      });
    });
    u.ctx.restore();
  });
  builder.addHook('setCursor', (u) => onHover(hovered(u, cells, label)));
  builder.addHook('setSelect', (u) => {
    if (u.select.width > LEAST_ZOOM) {
      const at = (left: number) => Math.round(u.posToVal(left, 'x'));
      scene.zoom(at(u.select.left), at(u.select.left + u.select.width));
    }
  });
  builder.setCursor({ drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false });
  return builder;
}

/** As many bounds as fit below each other: the last (+Inf) and every few before it. */
function everyFew(count: number, height: number): number[] {
  const every = Math.max(1, Math.ceil((count * 14) / height));
  return Array.from({ length: count }, (_, index) => index + 1).filter((one) => (count - one) % every === 0);
}

function hovered(u: uPlot, { times, step, bounds, values }: Cells, label: (bound?: string) => string): Hovered | undefined {
  const { left = -1, top = -1 } = u.cursor;
  if (left < 0 || top < 0) {
    return undefined;
  }
  const [time, row] = [u.posToVal(left, 'x'), Math.floor(u.posToVal(top, 'y'))];
  const index = times.findIndex((end) => time > end - step && time <= end);
  const value = values[row]?.[index];
  if (value === undefined) {
    return undefined;
  }
  const { x, y } = u.over.getBoundingClientRect();
  const from = row === 0 ? label('0') : label(bounds[row - 1]);
  return { x: x + left, y: y + top, time: times[index]!, bucket: `${from} – ${label(bounds[row])}`, value };
}
