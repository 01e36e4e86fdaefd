// Grafana's grid: 24 columns, rows of 30 pixels, 8 pixels apart; rows open and close.
import { type Panel, type RowPanel, isRow } from './model';

export const COLUMNS = 24;
export const CELL = 30;
export const GAP = 8;

export interface Placed {
  panel: Panel | RowPanel;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Return what is visible, in reading order; panels of closed rows are not. */
export function placed(panels: Array<Panel | RowPanel>, isClosed: (row: RowPanel) => boolean): Placed[] {
  const found: Placed[] = [];
  let [closed, shift, end] = [false, 0, 0];
  for (const place of inOrder(panels)) {
    if (isRow(place.panel)) {
      // What a closed row hides takes no room: everything below moves up.
      shift = closed ? place.y - end : shift;
      closed = isClosed(place.panel);
      end = place.y - shift + place.h;
      found.push({ ...place, x: 0, y: place.y - shift, w: COLUMNS });
    } else if (!closed) {
      found.push({ ...place, y: place.y - shift });
    }
  }
  return found;
}

function placeOf(panel: Panel | RowPanel): Placed {
  const { x = 0, y = 0, w = COLUMNS, h = 8 } = panel.gridPos ?? {};
  return { panel, x, y, w, h };
}

/** Rows that were saved closed hold their panels themselves: return all as if every row were open. */
function inOrder(panels: Array<Panel | RowPanel>): Placed[] {
  const sorted = panels.map(placeOf).sort((one, other) => one.y - other.y || one.x - other.x);
  let shift = 0;
  return sorted.flatMap((one) => {
    const moved = { ...one, y: one.y + shift };
    if (!isRow(one.panel) || one.panel.panels.length === 0) {
      return [moved];
    }
    // Their own places are those that they had when the row was open.
    const inner = one.panel.panels.map(placeOf);
    const first = Math.min(...inner.map(({ y }) => y));
    const below = moved.y + one.h - first;
    shift += Math.max(...inner.map(({ y, h }) => y + h)) - first;
    return [moved, ...inner.map((place) => ({ ...place, y: place.y + below }))];
  });
}
