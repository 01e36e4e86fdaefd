// Exemplars: dots that lead to their traces.
import { css } from '@emotion/css';
import { type DataFrame, type Field, type GrafanaTheme2, dateTimeFormat, locationUtil } from '@grafana/data';
import { EventsCanvas, Tooltip, type UPlotConfigBuilder, useStyles2 } from '@grafana/ui';

import type { Scene } from '../model';
import { usePlot } from './usePlot';

interface Props {
  config: UPlotConfigBuilder;
  frames: DataFrame[];
  scene: Scene;
}

export function ExemplarMarks({ config, frames, scene }: Props) {
  const style = useStyles2(styles);
  const plot = usePlot(config, () => undefined);
  return (
    <EventsCanvas
      id="exemplars"
      config={config}
      events={frames}
      mapEventToXYCoords={({ fields }, row) => {
        const u = plot.current;
        const [time, value] = [fields[0]!.values[row], fields[1]!.values[row]];
        const scale = Object.keys(u?.scales ?? {}).find((key) => key !== 'x' && key !== 'y');
        const { min = 0, max = 0 } = (scale && u?.scales[scale]) || {};
        if (!u || !scale || time < u.scales.x!.min! || time > u.scales.x!.max!) {
          return undefined;
        }
        // One beyond the axis is shown at its end.
        const y = Math.min(Math.max(value, min), max);
        return { x: u.valToPos(time, 'x'), y: u.valToPos(y, scale) };
      }}
      renderEventMarker={(frame, row) => {
        const address = frame.fields.map((field) => href(field, row, scene)).find(Boolean);
        return (
          <Tooltip interactive content={<Words frame={frame} row={row} scene={scene} />}>
            {address ? (
              <a className={style} href={address} target="_blank" rel="noreferrer" aria-label="Open the trace" data-exemplar="" />
            ) : (
              <div className={style} tabIndex={0} data-exemplar="" />
            )}
          </Tooltip>
        );
      }}
    />
  );
}

/** Return where a label's value leads to, `undefined` where it leads nowhere. */
function href(field: Field, row: number, scene: Scene): string | undefined {
  const [link] = field.config.links ?? [];
  const value = field.values[row];
  if (!link || !value) {
    return undefined;
  }
  return locationUtil.processUrl(scene.replace(link.url, { __value: { value, text: value } }, 'percentencode'));
}

function Words({ frame, row, scene }: { frame: DataFrame; row: number; scene: Scene }) {
  const style = useStyles2(tableStyles);
  return (
    <table className={style}>
      <caption>Exemplar</caption>
      <tbody>
        {frame.fields.map((field, index) => {
          const value = field.values[row];
          const address = href(field, row, scene);
          return (
            <tr key={field.name}>
              <th>{field.name}</th>
              <td>
                {index === 0 ? dateTimeFormat(value, { timeZone: scene.timeZone }) : String(value)}
                {address && (
                  <a href={address} target="_blank" rel="noreferrer">
                    {field.config.links?.[0]?.title}
                  </a>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const styles = (theme: GrafanaTheme2) =>
  css({
    display: 'block',
    width: 7,
    height: 7,
    transform: 'translate(-50%, -50%) rotate(45deg)',
    background: theme.visualization.getColorByName('blue'),
    border: `1px solid ${theme.colors.background.primary}`,
    cursor: 'pointer',
  });

const tableStyles = (theme: GrafanaTheme2) =>
  css({
    fontSize: theme.typography.bodySmall.fontSize,
    caption: { captionSide: 'top', fontWeight: 500 },
    th: { paddingRight: theme.spacing(1), fontWeight: 400, color: theme.colors.text.secondary },
    td: { wordBreak: 'break-all' },
    a: { marginLeft: theme.spacing(1), color: theme.colors.text.link },
  });
