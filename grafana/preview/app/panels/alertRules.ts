// Which alerting rules a list shows, and in which order.
import type { Labels } from '@grafana/data';

import type { Rule } from '../prometheus';

export interface AlertListOptions {
  maxItems: number;
  sortOrder: number;
  alertName: string;
  alertInstanceLabelFilter: string;
  stateFilter: Record<string, boolean | undefined>;
  datasource?: string;
  showInstances?: boolean;
}

const MATCHER = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;
const IMPORTANCE = ['firing', 'pending', 'inactive'];
const [ALPHABETICAL, ALPHABETICAL_DOWN, OLDEST_FIRST, NEWEST_FIRST] = [1, 2, 4, 5];

function matches(filter: string, labels: Labels): boolean {
  return [...filter.matchAll(MATCHER)].every(([, name, operator, wanted]) => {
    const value = labels[name!] ?? '';
    const found = operator!.includes('~') ? new RegExp(`^(?:${wanted})$`).test(value) : value === wanted;
    return operator!.startsWith('!') ? !found : found;
  });
}

/** Return when a rule's oldest alert began, in milliseconds; infinity where there is none. */
export function since(rule: Rule): number {
  return Math.min(...rule.alerts.map((one) => Date.parse(one.activeAt)));
}

/** Return the rules to show, each with the alerts that match the filter. */
export function chosen(rules: Rule[], options: AlertListOptions): Rule[] {
  const states = { ...options.stateFilter, inactive: options.stateFilter.normal };
  const filter = options.alertInstanceLabelFilter;
  const found = rules
    .filter((rule) => states[rule.state as keyof typeof states])
    .filter((rule) => rule.name.toLowerCase().includes(options.alertName.toLowerCase()))
    .map((rule) => ({ ...rule, alerts: rule.alerts.filter((one) => matches(filter, one.labels)) }))
    .filter((rule) => !filter || rule.alerts.length > 0);
  return found.sort((one, other) => compare(one, other, options.sortOrder)).slice(0, options.maxItems);
}

function compare(one: Rule, other: Rule, order: number): number {
  switch (order) {
    case ALPHABETICAL:
      return one.name.localeCompare(other.name);
    case ALPHABETICAL_DOWN:
      return other.name.localeCompare(one.name);
    case OLDEST_FIRST:
      return since(one) - since(other);
    case NEWEST_FIRST:
      return since(other) - since(one);
    default:
      return IMPORTANCE.indexOf(one.state) - IMPORTANCE.indexOf(other.state);
  }
}
