// The alerting rules that are in a state, as Grafana lists those of a Prometheus data source.
import { css } from '@emotion/css';
import { type GrafanaTheme2, intervalToAbbreviatedDurationString } from '@grafana/data';
import { Alert as Complaint, Icon, TagList, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';

import type { Scene } from '../model';
import { type Rule, alertingRules } from '../prometheus';
import { Message } from './Message';
import { type AlertListOptions, chosen, since } from './alertRules';
import type { Drawn } from './panel';

const WORDS: Record<string, string> = { firing: 'Firing', pending: 'Pending', inactive: 'Normal' };

export function AlertListPanel({ options, scene }: Drawn<AlertListOptions>) {
  const style = useStyles2(styles);
  const { rules, error } = useRules(scene, options.datasource);
  if (error) {
    return <Complaint title={error} severity="error" />;
  }
  const shown = chosen(rules ?? [], options);
  if (rules && shown.length === 0) {
    return <Message>No alerts matching filters</Message>;
  }
  return (
    <ol className={style}>
      {shown.map((rule, index) => (
        <li key={index} data-alert={rule.name}>
          <Icon name={rule.state === 'inactive' ? 'heart' : 'exclamation-triangle'} size="lg" className={rule.state} />
          <div className="rule">
            <strong>{rule.name}</strong>
            <div>
              <span className={rule.state}>{WORDS[rule.state] ?? rule.state}</span>
              {rule.alerts.length > 0 && ` for ${intervalToAbbreviatedDurationString({ start: new Date(since(rule)), end: new Date() })}`}
            </div>
            {options.showInstances !== false && <Instances rule={rule} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Instances({ rule }: { rule: Rule }) {
  const [open, setOpen] = useState(false);
  const count = rule.alerts.length;
  return count === 0 ? null : (
    <>
      <button className="instances" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? 'angle-down' : 'angle-right'} />
        {`${count} ${rule.state} instance${count === 1 ? '' : 's'}`}
      </button>
      {open &&
        rule.alerts.map((alert, index) => (
          <TagList key={index} className="tags" tags={Object.entries(alert.labels).map(([name, value]) => `${name}=${value}`)} />
        ))}
    </>
  );
}

function useRules(scene: Scene, wanted: string | undefined): { rules?: Rule[]; error?: string } {
  const [state, setState] = useState<{ rules?: Rule[]; error?: string }>({});
  useEffect(() => {
    let current = true;
    const sources = Object.values(scene.datasources).filter((one) => one.type === 'prometheus');
    const [source] = sources.filter((one) => !wanted || one.uid === wanted || one.name === wanted);
    const asked = source ? alertingRules(source.uid) : Promise.resolve([]);
    asked.then(
      (rules) => current && setState({ rules }),
      (error: Error) => current && setState({ error: error.message })
    );
    return () => {
      current = false;
    };
  }, [scene, wanted]);
  return state;
}

const styles = (theme: GrafanaTheme2) =>
  css({
    listStyle: 'none',
    height: '100%',
    overflow: 'auto',
    li: {
      display: 'flex',
      gap: theme.spacing(1),
      padding: theme.spacing(1),
      marginBottom: theme.spacing(0.5),
      borderRadius: theme.shape.radius.default,
      background: theme.colors.background.secondary,
    },
    '.rule': { minWidth: 0, flexGrow: 1 },
    '.firing': { color: theme.colors.error.text },
    '.pending': { color: theme.colors.warning.text },
    '.inactive': { color: theme.colors.success.text },
    '.instances': { padding: 0, border: 0, background: 'none', color: theme.colors.text.secondary },
    '.tags': { justifyContent: 'flex-start', marginTop: theme.spacing(0.5) },
  });
