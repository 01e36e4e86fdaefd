import type { DataFrame } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import { TableNG } from '@grafana/ui/unstable';

import { Message } from './Message';
import type { Drawn } from './panel';

/** The frame that the panel chooses; several frames must be joined by a transformation. */
export function TablePanel({ options, frames, fieldConfig, scene, width, height }: Drawn<Options>) {
  const frame: DataFrame | undefined = frames[options.frameIndex] ?? frames[0];
  if (!frame || frame.fields.length === 0) {
    return <Message>No data</Message>;
  }
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={!options.showHeader}
      showTypeIcons={options.showTypeIcons}
      sortBy={options.sortBy}
      cellHeight={options.cellHeight}
      fieldConfig={fieldConfig}
      timeRange={scene.range}
      resizable
      transparent
    />
  );
}
