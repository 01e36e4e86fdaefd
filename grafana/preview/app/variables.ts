// Template variables: their options, and what the address or the dashboard chooses of them.
import { VariableSort, type TimeRange } from '@grafana/data';
import { type VariableModel, VariableHide } from '@grafana/schema';

import type { Datasource, Variable } from './model';
import { replacer } from './interpolation';
import { labelValues, queryInstant } from './prometheus';

const ALL = '$__all';
const LABEL_VALUES = /^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)\s*$/;
const QUERY_RESULT = /^query_result\((.+)\)\s*$/;
const HIDDEN = { [VariableHide.hideVariable]: 'all', [VariableHide.hideLabel]: 'label' } as const;

/** Return the variables in the dashboard's order; a query may use those before it. */
export async function variables(
  models: VariableModel[],
  search: URLSearchParams,
  range: TimeRange,
  datasources: Record<string, Datasource>
): Promise<Variable[]> {
  const found: Variable[] = [];
  for (const model of models) {
    found.push(chosen(model, await options(model, found, search, range, datasources), search));
  }
  return found;
}

async function options(
  model: VariableModel,
  before: Variable[],
  search: URLSearchParams,
  range: TimeRange,
  datasources: Record<string, Datasource>
): Promise<string[]> {
  const replace = replacer(before, range, search);
  const text = replace(typeof model.query === 'string' ? model.query : String(model.query?.query ?? ''), undefined, 'regex');
  switch (model.type) {
    case 'query': {
      const uid = replace(model.datasource?.uid ?? Object.keys(datasources)[0] ?? '');
      return sorted(filtered(await values(uid, text, range), model.regex), model.sort);
    }
    case 'custom':
    case 'interval':
    case 'constant':
      return text.split(',').map((one) => one.trim());
    case 'datasource':
      return Object.values(datasources)
        .filter((one) => one.type === text)
        .map((one) => one.uid);
    default:
      throw new Error(`The preview does not know variables of type ${model.type}`);
  }
}

async function values(uid: string, query: string, range: TimeRange): Promise<string[]> {
  const [from, to] = [range.from.valueOf() / 1000, range.to.valueOf() / 1000];
  const [, match, label] = LABEL_VALUES.exec(query) ?? [];
  if (label) {
    return labelValues(uid, label, match?.trim(), from, to);
  }
  const [, expression] = QUERY_RESULT.exec(query) ?? [];
  if (!expression) {
    throw new Error(`The preview does not know the variable query ${query}`);
  }
  const found = await queryInstant(uid, expression, to);
  return found.map(({ metric: { __name__: name = '', ...labels }, value }) => {
    const pairs = Object.entries(labels).map(([key, one]) => `${key}="${one}"`);
    return `${name}{${pairs.join(',')}} ${value?.[1]} ${(value?.[0] ?? 0) * 1000}`;
  });
}

function filtered(found: string[], regex: string | undefined): string[] {
  if (!regex) {
    return found;
  }
  const pattern = new RegExp(regex.replace(/^\/(.*)\/\w*$/, '$1'));
  return [...new Set(found.flatMap((one) => pattern.exec(one)?.slice(0, 2).at(-1) ?? []))];
}

function sorted(found: string[], order: number | undefined): string[] {
  if (!order) {
    return found;
  }
  const numeric = order === VariableSort.numericalAsc || order === VariableSort.numericalDesc;
  const result = [...found].sort((a, b) => a.localeCompare(b, undefined, { numeric }));
  return order % 2 === 0 ? result.reverse() : result;
}

function chosen(model: VariableModel, found: string[], search: URLSearchParams): Variable {
  const stored = model.current?.value;
  const given = search.getAll(`var-${model.name}`);
  const wanted = given.length > 0 ? given : Array.isArray(stored) ? stored.map(String) : stored ? [String(stored)] : [];
  const [first = ''] = found;
  const all = Boolean(model.includeAll) && (wanted.includes(ALL) || wanted.includes('All') || wanted.length === 0);
  // An address may name a value that has no series any more: Grafana keeps it, too.
  const picked = given.length > 0 ? wanted : wanted.filter((one) => found.includes(one));
  const current = picked.length > 0 ? picked : [first];
  return {
    name: model.name,
    label: model.label || model.name,
    hidden: HIDDEN[model.hide as keyof typeof HIDDEN] ?? (model.type === 'constant' ? 'all' : 'no'),
    options: found,
    current: all ? found : model.multi ? current : current.slice(0, 1),
    multi: Boolean(model.multi),
    includeAll: Boolean(model.includeAll),
    all,
    allValue: model.allValue || undefined,
  };
}

/** Return the value in the address for a choice. */
export function inAddress(picked: string[]): string[] {
  return picked.length > 0 ? picked : [ALL];
}

export { ALL };
