// Dark or light: what the address says, else what was chosen last, else Grafana's own default.
import { changeSearch } from './url';

type Name = 'dark' | 'light';

export function themeName(search: URLSearchParams): Name {
  return (search.get('theme') ?? window.localStorage.getItem('theme')) === 'light' ? 'light' : 'dark';
}

export function chooseTheme(name: Name): void {
  window.localStorage.setItem('theme', name);
  changeSearch({ theme: undefined });
}
