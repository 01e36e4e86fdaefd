// The row above the panels: variables, links to other dashboards, time range, refresh.
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { RefreshPicker, TimeRangePicker, defaultIntervals, useStyles2 } from '@grafana/ui';

import { DashboardLinks } from './DashboardLinks';
import { VariableSelect } from './VariableSelect';
import type { Scene } from './model';
import { moveRange, showRange, widenRange } from './time';
import { changeSearch } from './url';

interface Props {
  scene: Scene;
  refresh: string;
  loading: boolean;
  onRefresh: () => void;
}

export function Controls({ scene, refresh, loading, onRefresh }: Props) {
  const style = useStyles2(styles);
  const { dashboard, range, timeZone } = scene;
  const variables = scene.variables.filter((one) => one.hidden !== 'all');
  return (
    <div className={style}>
      {variables.map((one) => (
        <VariableSelect key={one.name} variable={one} />
      ))}
      <div className={variables.length > 0 ? 'space' : 'space empty'} />
      <DashboardLinks scene={scene} />
      {!dashboard.timepicker?.hidden && (
        <div className="time">
          <TimeRangePicker
            value={range}
            timeZone={timeZone}
            onChange={(changed) => showRange(changed.raw)}
            onChangeTimeZone={(timezone) => changeSearch({ timezone })}
            onMoveBackward={() => moveRange(range, -0.5)}
            onMoveForward={() => moveRange(range, 0.5)}
            onZoom={() => widenRange(range)}
            isOnCanvas
          />
          <RefreshPicker
            value={refresh}
            intervals={dashboard.timepicker?.refresh_intervals ?? defaultIntervals}
            onIntervalChanged={(interval) => changeSearch({ refresh: interval })}
            onRefresh={onRefresh}
            isLoading={loading}
            isOnCanvas
          />
        </div>
      )}
    </div>
  );
}

const styles = (theme: GrafanaTheme2) =>
  css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(1, 2, 0),
    '.space': { flexGrow: 1 },
    '.time': { display: 'flex', gap: theme.spacing(1), maxWidth: '100%' },
    [theme.breakpoints.down('md')]: {
      padding: theme.spacing(1, 1, 0),
      '.space': { flexBasis: '100%' },
      '.empty': { display: 'none' },
    },
  });
