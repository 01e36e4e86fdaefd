// Variables in text: `$name`, `${name}`, `${name:format}`, `${name.path}`, `[[name]]`.
// https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/
import {
  type DataContextScopedVar,
  type ScopedVars,
  type TimeRange,
  formattedValueToString,
  getFieldDisplayName,
  rangeUtil,
} from '@grafana/data';

import type { Replace, Variable } from './model';

const PATTERN = /\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]|\$\{(\w+)((?:\.[\w-]+|\["[^"]+"\])*)(?::([^}]+))?\}/g;

type Format = string | Function | undefined;

/** Return the function that replaces variables in a text; what it doesn't know stays as it is. */
export function replacer(variables: Variable[], range: TimeRange, search: URLSearchParams): Replace {
  return (text, scoped, format) =>
    (text ?? '').replace(PATTERN, (match, plain, square, squareFormat, braced, path, bracedFormat) => {
      const name = plain ?? square ?? braced;
      const wanted: Format = bracedFormat ?? squareFormat ?? format;
      const given = scoped?.[name] ? String(scoped[name].value) : ofContext(name, path ?? '', scoped);
      const found = given === undefined ? builtIn(name, range, search, variables) : formatted([given], wanted);
      if (found !== undefined) {
        return found;
      }
      const variable = variables.find((one) => one.name === name);
      return variable ? ofVariable(variable, wanted) : match;
    });
}

function ofVariable(variable: Variable, format: Format): string {
  if (format === 'text' && variable.all) {
    return 'All';
  }
  if (format === 'queryparam') {
    return queryParameters([variable]);
  }
  if (variable.all && variable.allValue) {
    return variable.allValue;
  }
  if (typeof format === 'function') {
    const single = variable.current.length === 1 && !variable.multi;
    return format(single ? variable.current[0] : variable.current, variable);
  }
  return formatted(variable.current, format);
}

function formatted(values: string[], format: Format): string {
  const [only = ''] = values;
  switch (format) {
    case 'pipe':
      return values.join('|');
    case 'csv':
      return values.join(',');
    case 'text':
      return values.join(' + ');
    case 'percentencode':
      return encodeURIComponent(values.length > 1 ? `{${values.join(',')}}` : only);
    case 'uriencode':
      return encodeURI(values.length > 1 ? `{${values.join(',')}}` : only);
    case 'regex': {
      const escaped = values.map((one) => one.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
      return escaped.length > 1 ? `(${escaped.join('|')})` : (escaped[0] ?? '');
    }
    default:
      return values.length > 1 ? `{${values.join(',')}}` : only;
  }
}

function builtIn(name: string, range: TimeRange, search: URLSearchParams, all: Variable[]): string | undefined {
  const milliseconds = range.to.valueOf() - range.from.valueOf();
  const seconds = Math.round(milliseconds / 1000);
  switch (name) {
    case '__range':
      return `${seconds}s`;
    case '__range_s':
      return `${seconds}`;
    case '__range_ms':
      return `${milliseconds}`;
    case '__from':
      return `${range.from.valueOf()}`;
    case '__to':
      return `${range.to.valueOf()}`;
    case '__url_time_range': {
      const raw = rangeUtil.isRelativeTimeRange(range.raw) ? range.raw : { from: range.from.valueOf(), to: range.to.valueOf() };
      return `from=${search.get('from') ?? raw.from}&to=${search.get('to') ?? raw.to}`;
    }
    case '__all_variables':
      return queryParameters(all);
    default:
      return undefined;
  }
}

export function queryParameters(variables: Variable[]): string {
  return variables
    .flatMap((one) => (one.all ? ['$__all'] : one.current).map((value) => `var-${one.name}=${encodeURIComponent(value)}`))
    .join('&');
}

// `__value`, `__field`, `__series` and `__data` of the point that a data link starts from.
function ofContext(name: string, path: string, scoped?: ScopedVars): string | undefined {
  const context = (scoped?.__dataContext as DataContextScopedVar | undefined)?.value;
  if (!context || !name.startsWith('__')) {
    return undefined;
  }
  const { field, frame, rowIndex, calculatedValue } = context;
  const keys = [...path.matchAll(/\.([\w-]+)|\["([^"]+)"\]/g)].map((one) => one[1] ?? one[2] ?? '');
  const raw = rowIndex === undefined ? calculatedValue?.numeric : field.values[rowIndex];
  const shown = rowIndex === undefined ? calculatedValue : field.display?.(raw);
  const time = frame.fields.find((one) => one.type === 'time')?.values[rowIndex ?? -1];
  switch (`${name}.${keys[0]}`) {
    case '__value.raw':
    case '__value.numeric':
      return String(raw ?? '');
    case '__value.text':
      return shown ? formattedValueToString(shown) : '';
    case '__value.time':
      return String(time ?? '');
    case '__field.name':
    case '__series.name':
      return getFieldDisplayName(field, frame);
    case '__field.labels':
      return keys[1] === undefined ? undefined : (field.labels?.[keys[1]] ?? '');
    case '__data.fields': {
      const other = frame.fields.find((one) => one.name === keys[1] || getFieldDisplayName(one, frame) === keys[1]);
      return String(other?.values[rowIndex ?? 0] ?? '');
    }
    default:
      return undefined;
  }
}
