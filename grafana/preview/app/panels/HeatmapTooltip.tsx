import { dateTimeFormat } from '@grafana/data';
import { Portal, VizTooltipContainer, VizTooltipContent, VizTooltipHeader, VizTooltipWrapper } from '@grafana/ui';

export interface Hovered {
  /** In the window. */
  x: number;
  y: number;
  time: number;
  bucket: string;
  value: number;
}

interface Props {
  hovered: Hovered;
  timeZone: string;
  format: (value: number) => string;
}

export function HeatmapTooltip({ hovered, timeZone, format }: Props) {
  return (
    <Portal>
      <VizTooltipContainer position={{ x: hovered.x, y: hovered.y }} offset={{ x: 10, y: 10 }} allowPointerEvents={false}>
        <VizTooltipWrapper>
          <VizTooltipHeader item={{ label: '', value: dateTimeFormat(hovered.time, { timeZone }) }} isPinned={false} />
          <VizTooltipContent items={[{ label: hovered.bucket, value: format(hovered.value) }]} isPinned={false} />
        </VizTooltipWrapper>
      </VizTooltipContainer>
    </Portal>
  );
}
