// Annotations: a dashed line for a moment, a band for a while, with a mark at the axis to read.
import { css } from '@emotion/css';
import { type DataFrame, type GrafanaTheme2, colorManipulator, dateTimeFormat } from '@grafana/data';
import { DEFAULT_ANNOTATION_COLOR, EventsCanvas, TagList, Tooltip, type UPlotConfigBuilder, useStyles2, useTheme2 } from '@grafana/ui';
import { useCallback, useEffect } from 'react';
import type uPlot from 'uplot';

import { usePlot } from './usePlot';

interface Props {
  config: UPlotConfigBuilder;
  frames: DataFrame[];
  timeZone: string;
}

function value<T>(frame: DataFrame, name: string, row: number): T {
  return frame.fields.find((field) => field.name === name)?.values[row];
}

export function AnnotationMarks({ config, frames, timeZone }: Props) {
  const style = useStyles2(styles);
  const theme = useTheme2();
  const color = useCallback(
    (frame: DataFrame, row: number) => theme.visualization.getColorByName(value<string>(frame, 'color', row) || DEFAULT_ANNOTATION_COLOR),
    [theme]
  );
  const plot = usePlot(config, (u) => {
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    u.ctx.clip();
    for (const frame of frames) {
      for (let row = 0; row < frame.length; row++) {
        drawOne(u, value(frame, 'time', row), value(frame, 'timeEnd', row), color(frame, row));
      }
    }
    u.ctx.restore();
  });
  // They come after the data: the plot is there already.
  useEffect(() => plot.current?.redraw(), [plot, frames]);
  const ends = (frame: DataFrame, row: number): [number, number] => {
    const [width, place] = [plot.current!.over.clientWidth, (time: number) => plot.current!.valToPos(time, 'x')];
    return [Math.max(0, place(value(frame, 'time', row))), Math.min(width, place(value(frame, 'timeEnd', row)))];
  };
  return (
    <EventsCanvas
      id="annotations"
      config={config}
      events={frames}
      mapEventToXYCoords={(frame, row) => {
        const [left, right] = plot.current ? ends(frame, row) : [1, 0];
        return right < left ? undefined : { x: (left + right) / 2, y: plot.current!.over.clientHeight + 2 };
      }}
      renderEventMarker={(frame, row) => {
        const [left, right] = ends(frame, row);
        return (
          <Tooltip interactive content={<Words frame={frame} row={row} timeZone={timeZone} />}>
            <div
              className={right > left ? style.region : style.moment}
              style={right > left ? { width: right - left, background: color(frame, row) } : { borderBottomColor: color(frame, row) }}
              tabIndex={0}
              data-annotation={value(frame, 'title', row)}
            />
          </Tooltip>
        );
      }}
    />
  );
}

function drawOne({ ctx, bbox, valToPos }: uPlot, from: number, to: number, color: string): void {
  const [left, right] = [valToPos(from, 'x', true), valToPos(to, 'x', true)];
  ctx.lineWidth = 2;
  ctx.setLineDash([5, 5]);
  ctx.strokeStyle = color;
  for (const x of right > left ? [left, right] : [left]) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.fillStyle = colorManipulator.alpha(color, 0.1);
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
}

function Words({ frame, row, timeZone }: { frame: DataFrame; row: number; timeZone: string }) {
  const [from, to] = [value<number>(frame, 'time', row), value<number>(frame, 'timeEnd', row)];
  const times = (to > from ? [from, to] : [from]).map((one) => dateTimeFormat(one, { timeZone }));
  return (
    <div>
      <strong>{value<string>(frame, 'title', row)}</strong>
      <div>{times.join(' – ')}</div>
      <div>{value<string>(frame, 'text', row)}</div>
      <TagList tags={value<string[]>(frame, 'tags', row)} />
    </div>
  );
}

const styles = (_: GrafanaTheme2) => ({
  region: css({ height: 5, cursor: 'pointer', transform: 'translateX(-50%)' }),
  moment: css({
    cursor: 'pointer',
    transform: 'translateX(-50%)',
    borderLeft: '5px solid transparent',
    borderRight: '5px solid transparent',
    borderBottom: '5px solid',
  }),
});
