// The time range that the address or the dashboard asks for.
import { type RawTimeRange, type TimeRange, dateMath, dateTime, rangeUtil } from '@grafana/data';

import type { Dashboard } from './model';
import { changeSearch } from './url';

/** Text as `now-6h`, milliseconds since 1970, or a date → what Grafana's functions take. */
function moment(text: string): RawTimeRange['from'] {
  if (text.includes('now')) {
    return text;
  }
  return /^\d+$/.test(text) ? dateTime(Number(text)) : dateTime(text);
}

/** Return the range as it is now; one that can't be read is the dashboard's own. */
export function timeRange(dashboard: Dashboard, search: URLSearchParams, timeZone: string): TimeRange {
  const own = { from: dashboard.time?.from ?? 'now-6h', to: dashboard.time?.to ?? 'now' };
  const raw = { from: moment(search.get('from') ?? own.from), to: moment(search.get('to') ?? own.to) };
  const range = rangeUtil.convertRawToRange(raw, timeZone);
  const valid = dateMath.isValid(range.from) && dateMath.isValid(range.to) && range.from.isBefore(range.to);
  return valid ? range : rangeUtil.convertRawToRange(own, timeZone);
}

function written(one: RawTimeRange['from']): string {
  return typeof one === 'string' ? one : String(one.valueOf());
}

export function showRange(raw: RawTimeRange): void {
  changeSearch({ from: written(raw.from), to: written(raw.to) });
}

/** Show the range moved by half of itself (`by` -0.5 or 0.5). */
export function moveRange(range: TimeRange, by: number): void {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const distance = Math.round((to - from) * by);
  changeSearch({ from: String(from + distance), to: String(to + distance) });
}

/** Show twice as much. */
export function widenRange(range: TimeRange): void {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const more = Math.round((to - from) / 2);
  changeSearch({ from: String(from - more), to: String(to + more) });
}
