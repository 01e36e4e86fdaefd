import { css } from '@emotion/css';
import type { GrafanaTheme2, SelectableValue } from '@grafana/data';
import { InlineLabel, MultiSelect, Select, useStyles2 } from '@grafana/ui';

import type { Variable } from './model';
import { changeSearch } from './url';
import { ALL, inAddress } from './variables';

/** A variable's choice, written into the address. */
export function VariableSelect({ variable }: { variable: Variable }) {
  const style = useStyles2(styles);
  const id = `var-${variable.name}`;
  const all: SelectableValue<string> = { value: ALL, label: 'All' };
  const options = variable.options.map((value) => ({ value, label: value }));
  const offered = variable.includeAll ? [all, ...options] : options;
  const current = variable.all ? [all] : variable.current.map((value) => ({ value, label: value }));
  const choose = (picked: string[]) => changeSearch({ [id]: inAddress(picked) });
  const shared = { inputId: id, options: offered, width: 'auto' as const, 'aria-label': variable.label };
  return (
    <div className={style}>
      {variable.hidden !== 'label' && (
        <InlineLabel htmlFor={id} width="auto">
          {variable.label}
        </InlineLabel>
      )}
      {variable.multi ? (
        <MultiSelect
          {...shared}
          value={current}
          onChange={(picked) => {
            const values = picked.flatMap((one) => one.value ?? []);
            // All beside a value: what was picked last counts.
            choose(values.at(-1) === ALL ? [] : values.filter((one) => one !== ALL));
          }}
        />
      ) : (
        <Select {...shared} value={current[0]} onChange={(one) => choose(one.value && one.value !== ALL ? [one.value] : [])} />
      )}
    </div>
  );
}

const styles = (theme: GrafanaTheme2) =>
  css({ display: 'flex', maxWidth: '100%', label: { marginRight: 0, whiteSpace: 'nowrap', background: theme.colors.background.primary } });
