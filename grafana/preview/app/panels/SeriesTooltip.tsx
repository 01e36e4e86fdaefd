// What the pointer is at; a click pins it, with the data links. Dragging zooms.
import { type DataFrame, FieldType, formattedValueToString, getLinksSupplier } from '@grafana/data';
import { TooltipDisplayMode, type VizTooltipOptions } from '@grafana/schema';
import {
  TooltipPlugin2,
  type UPlotConfigBuilder,
  VizTooltipContent,
  VizTooltipFooter,
  VizTooltipHeader,
  VizTooltipWrapper,
  getFieldDisplayItems,
} from '@grafana/ui';

import type { Scene } from '../model';

interface Props {
  config: UPlotConfigBuilder;
  /** All series, with one time field in front. */
  frame: DataFrame;
  options: VizTooltipOptions;
  scene: Scene;
}

// TooltipHoverMode of @grafana/ui, an enumeration that is gone after its compilation.
const ONE_SERIES = 0;
const ALL_SERIES = 1;

export function SeriesTooltip({ config, frame, options, scene }: Props) {
  const { mode, sort, hideZeros, maxWidth } = options;
  const links = (seriesIdx: number, dataIdx: number) => {
    const field = frame.fields[seriesIdx];
    return field ? getLinksSupplier(frame, field, field.state?.scopedVars ?? {}, scene.replace)({ valueRowIndex: dataIdx }) : [];
  };
  return (
    <TooltipPlugin2
      config={config}
      hoverMode={(mode === TooltipDisplayMode.Single ? ONE_SERIES : ALL_SERIES) as never}
      queryZoom={({ from, to }) => scene.zoom(Math.round(from), Math.round(to))}
      getDataLinks={links}
      maxWidth={maxWidth}
      render={(_, dataIdxs, seriesIdx, isPinned, __, ___, ____, dataLinks) => {
        if (mode === TooltipDisplayMode.None) {
          return null;
        }
        const time = frame.fields[0]!;
        const at = formattedValueToString(time.display!(time.values[dataIdxs[0]!]));
        const numeric = (field: { type: FieldType }) => field.type === FieldType.number;
        const items = getFieldDisplayItems(frame.fields, time, dataIdxs, seriesIdx, mode, sort, numeric, hideZeros);
        return (
          <VizTooltipWrapper>
            <VizTooltipHeader item={{ label: '', value: at }} isPinned={isPinned} />
            <VizTooltipContent items={items} isPinned={isPinned} />
            {isPinned && dataLinks.length > 0 && <VizTooltipFooter dataLinks={dataLinks as never} />}
          </VizTooltipWrapper>
        );
      }}
    />
  );
}
