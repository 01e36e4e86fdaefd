// The panel types that can be drawn, with the defaults that they have in Grafana:
// https://github.com/grafana/grafana, public/app/plugins/panel/<type>/
import { FieldColorModeId } from '@grafana/data';

import { plugin } from '../fieldOptions';
import { AlertListPanel } from './AlertListPanel';
import { BarGaugePanel } from './BarGaugePanel';
import { HeatmapPanel } from './HeatmapPanel';
import { StatPanel } from './StatPanel';
import { TablePanel } from './TablePanel';
import { TextPanel } from './TextPanel';
import { TimeSeriesPanel } from './TimeSeriesPanel';
import type { Kind } from './panel';

const REDUCE = { values: false, calcs: ['lastNotNull'], fields: '' };
const HIDE = { legend: false, tooltip: false, viz: false };

const TIME_SERIES_FIELDS = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  lineStyle: undefined,
  fillOpacity: 0,
  fillBelowTo: undefined,
  gradientMode: 'none',
  barAlignment: 0,
  spanNulls: false,
  insertNulls: false,
  showPoints: 'auto',
  pointSize: 5,
  stacking: { mode: 'none', group: 'A' },
  transform: undefined,
  axisPlacement: 'auto',
  axisLabel: undefined,
  axisWidth: undefined,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  axisGridShow: undefined,
  axisColorMode: 'text',
  axisBorderShow: false,
  axisCenteredZero: false,
  scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: HIDE,
};
const TABLE_FIELDS = {
  align: 'auto',
  cellOptions: { type: 'auto' },
  inspect: false,
  width: undefined,
  minWidth: undefined,
  hidden: undefined,
  filterable: undefined,
};

export const kinds: Record<string, Kind> = {
  stat: {
    plugin: plugin(FieldColorModeId.Thresholds, {
      reduceOptions: REDUCE,
      orientation: 'auto',
      textMode: 'auto',
      wideLayout: true,
      colorMode: 'value',
      graphMode: 'area',
      justifyMode: 'auto',
      showPercentChange: false,
      percentChangeColorMode: 'standard',
    }),
    Drawing: StatPanel,
    queries: true,
    drawsNothing: true,
  },
  bargauge: {
    plugin: plugin(FieldColorModeId.Thresholds, {
      reduceOptions: REDUCE,
      orientation: 'auto',
      displayMode: 'gradient',
      valueMode: 'color',
      namePlacement: 'auto',
      showUnfilled: true,
      sizing: 'auto',
      minVizWidth: 8,
      minVizHeight: 16,
      maxVizHeight: 300,
    }),
    Drawing: BarGaugePanel,
    queries: true,
    drawsNothing: true,
  },
  timeseries: {
    plugin: plugin(
      FieldColorModeId.PaletteClassic,
      {
        tooltip: { mode: 'single', sort: 'none', hideZeros: false },
        legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
      },
      TIME_SERIES_FIELDS
    ),
    Drawing: TimeSeriesPanel,
    queries: true,
  },
  heatmap: {
    plugin: plugin(
      FieldColorModeId.Thresholds,
      {
        color: { scheme: 'Oranges', steps: 64, reverse: false, exponent: 0.5, mode: 'scheme', scale: 'exponential', fill: 'dark-orange' },
        cellGap: 1,
        filterValues: { le: 1e-9 },
        yAxis: {},
        rowsFrame: {},
        cellValues: {},
        tooltip: { mode: 'single' },
        legend: { show: true },
      },
      { hideFrom: HIDE, scaleDistribution: { type: 'linear' } }
    ),
    Drawing: HeatmapPanel,
    queries: true,
  },
  table: {
    plugin: plugin(FieldColorModeId.Thresholds, { frameIndex: 0, showHeader: true, cellHeight: 'sm' }, TABLE_FIELDS),
    Drawing: TablePanel,
    queries: true,
    padding: 'none',
  },
  alertlist: {
    plugin: plugin(FieldColorModeId.Thresholds, {
      viewMode: 'list',
      groupMode: 'default',
      maxItems: 20,
      sortOrder: 1,
      alertName: '',
      alertInstanceLabelFilter: '',
      stateFilter: { firing: true, pending: true, normal: false },
    }),
    Drawing: AlertListPanel,
    queries: false,
  },
  text: {
    plugin: plugin(FieldColorModeId.Thresholds, { mode: 'markdown', content: '' }),
    Drawing: TextPanel,
    queries: false,
  },
};
