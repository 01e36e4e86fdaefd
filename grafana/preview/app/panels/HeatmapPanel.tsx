// Buckets over time; the more is in one, the stronger its colour.
import { css } from '@emotion/css';
import { type GrafanaTheme2, formattedValueToString, getValueFormat } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import { UPlotChart, useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';

import { type Hovered, HeatmapTooltip } from './HeatmapTooltip';
import { Message } from './Message';
import { cells, palette } from './heatmapCells';
import { plot } from './heatmapPlot';
import type { Drawn } from './panel';

const LEGEND_HEIGHT = 24;

export function HeatmapPanel({ options, frames, scene, theme, width, height }: Drawn<Options>) {
  const style = useStyles2(styles);
  const [hovered, setHovered] = useState<Hovered>();
  const found = useMemo(() => cells(frames, options), [frames, options]);
  const colors = useMemo(() => palette(options.color, theme), [options, theme]);
  const config = useMemo(
    () => found && plot({ cells: found, colors, options, scene, theme, onHover: setHovered }),
    [found, colors, options, scene, theme]
  );
  if (!found || !config) {
    return <Message>No data</Message>;
  }
  const unit = (value: number) => formattedValueToString(getValueFormat(options.cellValues?.unit)(value, options.cellValues?.decimals));
  const legend = options.legend.show ? LEGEND_HEIGHT : 0;
  return (
    <div onMouseLeave={() => setHovered(undefined)}>
      <UPlotChart config={config} data={[found.times, found.times.map(() => 0)]} width={width} height={height - legend} />
      {options.legend.show && (
        <div className={style} style={{ height: legend }}>
          {unit(found.min)}
          <div style={{ background: `linear-gradient(to right, ${colors.join(', ')})` }} />
          {unit(found.max)}
        </div>
      )}
      {hovered && options.tooltip.mode !== ('none' as never) && <HeatmapTooltip hovered={hovered} timeZone={scene.timeZone} format={unit} />}
    </div>
  );
}

const styles = (theme: GrafanaTheme2) =>
  css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
    div: { width: 200, maxWidth: '50%', height: 9 },
  });
